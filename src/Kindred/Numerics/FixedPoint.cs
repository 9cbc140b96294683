using System.Numerics;

namespace Kindred.Numerics;

/// <summary>
/// Sums of floats as whole numbers of a unit. Whole numbers add up to the same in any order and grouping, so that sums over parts of the
/// data have the same bits wherever the parts lie.
/// </summary>
/// <remarks>
/// The unit is the smallest power of two with which no sum within the bound overflows: a sum is wrong by at most 2⁻³⁰ of its bound and half
/// a unit for each part.
/// </remarks>
internal static class FixedPoint
{
    private const int Bits = 30;

    /// <param name="bound">No sum of values is larger; 0: all are 0.</param>
    /// <returns>Units in 1, a power of two; 0 for a bound of 0.</returns>
    public static float Scale(double bound) => bound > 0 ? (float)Math.ScaleB(1, Math.Clamp(Bits - 1 - Math.ILogB(bound), -120, 120)) : 0;

    /// <summary>sums ← sums + round(values · scale)</summary>
    /// <param name="values">[n]</param>
    /// <param name="sums">[n]</param>
    public static void Add(ReadOnlySpan<float> values, float scale, Span<int> sums)
    {
        int n = 0;
        for (; n + Vector<float>.Count <= values.Length; n += Vector<float>.Count)
        {
            var rounded = Vector.ConvertToInt32Native(Vector.Round(new Vector<float>(values[n..]) * scale));
            (new Vector<int>(sums[n..]) + rounded).CopyTo(sums[n..]);
        }
        for (; n < values.Length; n++) sums[n] += (int)MathF.Round(values[n] * scale);
    }

    /// <summary>sums ← sums + more</summary>
    public static void Add(ReadOnlySpan<int> more, Span<int> sums)
    {
        int n = 0;
        for (; n + Vector<int>.Count <= more.Length; n += Vector<int>.Count)
            (new Vector<int>(sums[n..]) + new Vector<int>(more[n..])).CopyTo(sums[n..]);
        for (; n < more.Length; n++) sums[n] += more[n];
    }

    /// <summary>values ← values + sums / scale; with a scale of 0 nothing.</summary>
    /// <param name="sums">[n]</param>
    /// <param name="values">[n]</param>
    public static void AddTo(ReadOnlySpan<int> sums, float scale, Span<float> values)
    {
        if (scale == 0) return;
        float unit = 1 / scale;
        int n = 0;
        for (; n + Vector<float>.Count <= sums.Length; n += Vector<float>.Count)
            (new Vector<float>(values[n..]) + (Vector.ConvertToSingle(new Vector<int>(sums[n..])) * unit)).CopyTo(values[n..]);
        for (; n < sums.Length; n++) values[n] += sums[n] * unit;
    }
}
