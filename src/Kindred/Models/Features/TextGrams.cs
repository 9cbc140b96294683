using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Kindred.Data;

namespace Kindred.Models.Features;

/// <summary>
/// Texts as the grams they are made of: words, pairs of neighbouring words, and the three-letter pieces of each word with its ends marked,
/// so that words of the same stem are alike. P. Bojanowski, E. Grave, A. Joulin, T. Mikolov, "Enriching Word Vectors with Subword
/// Information", TACL 2017,
/// §3.2; hashed as in K. Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009. Immutable.
/// </summary>
/// <remarks>A word is a run of letters and digits, in lower case. Of red tea: red, tea, red tea, and the pieces ‹re, red, ed›, ‹te, tea,
/// ea›.</remarks>
internal sealed class TextGrams
{
    /// <summary>Grams are distinguished by so many hashes.</summary>
    public const int Buckets = 1 << 16;

    private readonly int[] _starts, _buckets; // [rows + 1], [entries]
    private readonly float[] _counts; // [entries]

    private TextGrams(int[] starts, int[] buckets, float[] counts) => (_starts, _buckets, _counts) = (starts, buckets, counts);

    /// <summary>Texts.</summary>
    public int Count => _starts.Length - 1;

    /// <summary>[entries], the grams of all rows, each once a row.</summary>
    public ReadOnlySpan<int> Rows => _buckets;

    /// <returns>The grams of a text, each once.</returns>
    public ReadOnlySpan<int> this[int row] => _buckets.AsSpan(_starts[row], _starts[row + 1] - _starts[row]);

    /// <returns>How often each of them occurs in it.</returns>
    public ReadOnlySpan<float> CountsOf(int row) => _counts.AsSpan(_starts[row], _starts[row + 1] - _starts[row]);

    public static TextGrams Of(StringTable texts)
    {
        var starts = new int[texts.Count + 1];
        List<int> buckets = [];
        List<float> counts = [];
        for (int row = 0; row < texts.Count; row++)
        {
            var places = new Dictionary<int, int>();
            foreach (string gram in Split(texts[row]))
            {
                int bucket = BucketOf(gram);
                if (places.TryAdd(bucket, buckets.Count))
                {
                    buckets.Add(bucket);
                    counts.Add(0);
                }
                counts[places[bucket]]++;
            }
            starts[row + 1] = buckets.Count;
        }
        return new(starts, [.. buckets], [.. counts]);
    }

    /// <returns>The grams as they are written: words, pairs of words, pieces between ‹ and › where a word ends.</returns>
    public static IEnumerable<string> Split(string text)
    {
        string? last = null;
        foreach (string word in Words(text))
        {
            yield return word;
            if (last is not null) yield return $"{last} {word}";
            string marked = $"‹{word}›";
            for (int n = 0; n + 3 <= marked.Length; n++) yield return $"~{marked[n..(n + 3)]}";
            last = word;
        }
    }

    public static int BucketOf(string gram) => (int)(XxHash3.HashToUInt64(MemoryMarshal.AsBytes(gram.AsSpan())) & (Buckets - 1));

    private static IEnumerable<string> Words(string text)
    {
        var word = new StringBuilder();
        foreach (char c in text)
        {
            if (char.IsLetterOrDigit(c)) word.Append(char.ToLowerInvariant(c));
            else if (word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }
        }
        if (word.Length > 0) yield return word.ToString();
    }
}
