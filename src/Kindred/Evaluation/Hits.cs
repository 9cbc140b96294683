namespace Kindred.Evaluation;

/// <summary>What the metrics share: which places of a list hold a relevant item.</summary>
internal static class Hits
{
    public static int CheckedK(int k) => k >= 1 ? k : throw new InputException($"The cut-off of a metric must be >= 1, was {k}.");

    /// <returns>The places that count: the first <paramref name="k"/>, or all of a shorter list.</returns>
    public static ReadOnlySpan<int> First(this ReadOnlySpan<int> ranked, int k) => ranked[..Math.Min(k, ranked.Length)];

    /// <param name="relevant">[any], ascending.</param>
    public static bool Has(this ReadOnlySpan<int> relevant, int item) => relevant.BinarySearch(item) >= 0;

    /// <returns>How many of the first <paramref name="k"/> are relevant.</returns>
    public static int Count(ReadOnlySpan<int> ranked, ReadOnlySpan<int> relevant, int k)
    {
        int hits = 0;
        foreach (int item in ranked.First(k)) if (relevant.Has(item)) hits++;
        return hits;
    }
}
