namespace Kindred.Data;

/// <summary>How far values lie apart.</summary>
public sealed record ValueSpread(float Min, float Median, float Max)
{
    private const float Wide = 1e5f;

    /// <summary>The largest is a hundred thousand times the smallest above 0.</summary>
    public bool IsWide { get; private init; }

    /// <returns>Null where there are no values. Cost: sorting a copy.</returns>
    public static ValueSpread? Of(ReadOnlySpan<float> values)
    {
        if (values.IsEmpty) return null;
        float[] sorted = values.ToArray();
        Array.Sort(sorted);
        float smallest = Array.Find(sorted, v => v > 0);
        return new(sorted[0], sorted[sorted.Length / 2], sorted[^1]) { IsWide = smallest > 0 && sorted[^1] / smallest >= Wide };
    }

    public override string ToString() => FormattableString.Invariant($"{Min:0.####} to {Max:0.####}, {Median:0.####} in the middle");
}
