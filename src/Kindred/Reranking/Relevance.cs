namespace Kindred.Reranking;

/// <summary>Makes the scores of one request comparable with similarities and shares, whatever gave them.</summary>
internal static class Relevance
{
    /// <returns>[scores]: 0 for the worst, 1 for the best, in proportion between; all 1 where they are equal, 0 where there is none
    /// (NaN).</returns>
    public static float[] Of(ReadOnlySpan<float> scores)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (float score in scores) if (float.IsFinite(score)) (low, high) = (Math.Min(low, score), Math.Max(high, score));
        var relevance = new float[scores.Length];
        for (int n = 0; n < scores.Length; n++)
        {
            if (float.IsNaN(scores[n]) || float.IsNegativeInfinity(scores[n])) continue;
            relevance[n] = scores[n] >= high ? 1 : scores[n] <= low ? 0 : (float)((scores[n] - low) / (high - low));
        }
        return relevance;
    }
}
