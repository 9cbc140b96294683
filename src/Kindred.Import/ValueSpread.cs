using System.Runtime.InteropServices;

namespace Kindred.Import;

/// <summary>How far values lie apart.</summary>
public sealed record ValueSpread(float Min, float Median, float Max)
{
    private const float Wide = 1e5f;
    private const int FewValues = 4096;

    /// <summary>The largest is a hundred thousand times the smallest above 0.</summary>
    public bool IsWide { get; private init; }

    /// <returns>Null where there are no values. Cost: a pass; where they have many different values, sorting a copy.</returns>
    public static ValueSpread? Of(ReadOnlySpan<float> values) => Of(values, Counts(values));

    /// <param name="counts">Of the values, see <see cref="Counts"/>.</param>
    internal static ValueSpread? Of(ReadOnlySpan<float> values, SortedDictionary<float, int>? counts)
    {
        if (values.IsEmpty) return null;
        if (counts is not null)
        {
            long place = values.Length / 2;
            float median = counts.First(c => (place -= c.Value) < 0).Key;
            return Of(counts.Keys.First(), median, counts.Keys.Last(), counts.Keys.FirstOrDefault(v => v > 0));
        }
        float[] sorted = values.ToArray();
        Array.Sort(sorted);
        return Of(sorted[0], sorted[sorted.Length / 2], sorted[^1], Array.Find(sorted, v => v > 0));
    }

    /// <returns>How often each value occurs, in ascending order; null where there are thousands of different ones.</returns>
    public static SortedDictionary<float, int>? Counts(ReadOnlySpan<float> values)
    {
        var counts = new Dictionary<float, int>();
        foreach (float value in values)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(counts, value, out _)++;
            if (counts.Count > FewValues) return null;
        }
        return new(counts);
    }

    public override string ToString() => FormattableString.Invariant($"{Min:0.####} to {Max:0.####}, {Median:0.####} in the middle");

    private static ValueSpread Of(float min, float median, float max, float smallest) =>
        new(min, median, max) { IsWide = smallest > 0 && max / smallest >= Wide };
}
