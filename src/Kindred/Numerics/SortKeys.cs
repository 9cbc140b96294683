using System.Diagnostics;

namespace Kindred.Numerics;

/// <summary>
/// A score and a row in one number that orders them: the greater score first, of equal scores the lower row. Keys of different rows differ,
/// so that any way of selecting the greatest gives the same ones.
/// </summary>
internal static class SortKeys
{
    private const uint Sign = 0x8000_0000;

    /// <param name="score">Not NaN.</param>
    public static ulong Of(float score, int row) => OrderOf(score) | ~(uint)row;

    /// <returns>The score alone as a number that orders it, in the upper 32 bits.</returns>
    /// <param name="score">Not NaN.</param>
    public static ulong OrderOf(float score)
    {
        // −0 equals 0 and becomes it; negative floats order backwards in their bits
        uint bits = BitConverter.SingleToUInt32Bits(score + 0f);
        uint ordered = bits ^ ((uint)((int)bits >> 31) | Sign);
        return (ulong)ordered << 32;
    }

    /// <summary>Of a row that has no score: after all that have one.</summary>
    public static ulong WithoutScore(int row) => ~(uint)row;

    public static int NumberOf(ulong key) => (int)~(uint)key;

    public static float ScoreOf(ulong key)
    {
        uint ordered = (uint)(key >> 32);
        return BitConverter.UInt32BitsToSingle((ordered & Sign) != 0 ? ordered ^ Sign : ~ordered);
    }

    /// <summary>
    /// Moves the greatest keys to the front, in any order: at least <paramref name="k"/>, at most <paramref name="most"/>.
    /// </summary>
    /// <remarks>C. A. R. Hoare, "Algorithm 65: Find", CACM 1961, without branches that depend on the keys, its pivot from a sample as in R.
    /// W. Floyd, R. L. Rivest, "Algorithm 489: Select", CACM 1975. Cost: about 2·|keys| steps.</remarks>
    /// <param name="keys">All different.</param>
    /// <param name="k">1…|keys|</param>
    /// <returns>How many, and a key that all of those behind them are ≤ to.</returns>
    public static (int Kept, ulong Bound) KeepGreatest(Span<ulong> keys, int k, int most)
    {
        Debug.Assert(k >= 1 && k <= keys.Length && most >= k);
        int first = 0, last = keys.Length - 1;
        while (true)
        {
            ulong pivot = PivotToEnd(keys, first, last, ((k + most) / 2) - first);
            int above = first;
            for (int n = first; n < last; n++)
            {
                ulong key = keys[n];
                keys[n] = keys[above];
                keys[above] = key;
                above += key > pivot ? 1 : 0;
            }
            (keys[above], keys[last]) = (keys[last], keys[above]);
            if (above > most) last = above - 1;
            else if (above >= k - 1) return (Math.Max(above, k), pivot);
            else first = above + 1;
        }
    }

    // a key that has about as many above it as wanted, by a sample, goes to the end
    private static ulong PivotToEnd(Span<ulong> keys, int first, int last, int wanted)
    {
        const int Sampled = 9;
        int count = last - first + 1, step = count / Sampled;
        if (step == 0) return keys[last];
        Span<ulong> sample = stackalloc ulong[Sampled];
        for (int n = 0; n < Sampled; n++)
        {
            ulong key = keys[first + (n * step)];
            int at = n;
            for (; at > 0 && sample[at - 1] < key; at--) sample[at] = sample[at - 1];
            sample[at] = key;
        }
        ulong pivot = sample[(int)Math.Clamp((long)wanted * Sampled / count, 0, Sampled - 1)];
        int place = first;
        while (keys[place] != pivot) place += step;
        (keys[place], keys[last]) = (keys[last], pivot);
        return pivot;
    }
}
