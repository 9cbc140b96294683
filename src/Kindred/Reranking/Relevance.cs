namespace Kindred.Reranking;

/// <summary>Makes the scores of one request comparable with similarities and shares, whatever gave them.</summary>
internal static class Relevance
{
    /// <param name="scores">Finite, as those of candidates are between two stages.</param>
    /// <returns>[scores]: 0 for the worst, 1 for the best, in proportion between; all 1 where they are equal.</returns>
    public static float[] Of(ReadOnlySpan<float> scores)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (float score in scores) (low, high) = (Math.Min(low, score), Math.Max(high, score));
        var relevance = new float[scores.Length];
        for (int n = 0; n < scores.Length; n++)
            relevance[n] = low == high ? 1 : (float)((scores[n] - low) / (high - low));
        return relevance;
    }
}
