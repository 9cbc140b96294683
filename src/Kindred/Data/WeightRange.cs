namespace Kindred.Data;

/// <summary>
/// What an event may weigh: above 0, and at most so much that the squares and sums of models stay finite in single precision.
/// </summary>
internal static class WeightRange
{
    public const float Least = float.Epsilon, Most = 1e9f;

    /// <returns>The same weights, those outside the range at its nearer end; not copied where all are within.</returns>
    public static ReadOnlyMemory<float> Within(ReadOnlyMemory<float> weights)
    {
        if (OutsideIn(weights.Span) < 0) return weights;
        float[] within = weights.ToArray();
        foreach (ref float weight in within.AsSpan()) weight = weight > Least ? Math.Min(weight, Most) : Least;
        return within;
    }

    /// <returns>The same ratings, which may be 0 or negative, those too large at the nearer end; not copied where all are within.</returns>
    public static ReadOnlyMemory<float> RatingsWithin(ReadOnlyMemory<float> ratings)
    {
        if (RatingOutsideIn(ratings.Span) < 0) return ratings;
        float[] within = ratings.ToArray();
        foreach (ref float rating in within.AsSpan()) rating = float.IsNaN(rating) ? Least : Math.Clamp(rating, -Most, Most);
        return within;
    }

    /// <returns>The place of the first rating that is not from −<see cref="Most"/> to <see cref="Most"/>, or −1.</returns>
    public static int RatingOutsideIn(ReadOnlySpan<float> ratings)
    {
        for (int n = 0; n < ratings.Length; n++)
            if (!(ratings[n] is >= -Most and <= Most)) return n;
        return -1;
    }

    /// <returns>The place of the first weight that is not in the range, or −1.</returns>
    public static int OutsideIn(ReadOnlySpan<float> weights)
    {
        for (int n = 0; n < weights.Length; n++)
            if (!(weights[n] is >= Least and <= Most)) return n;
        return -1;
    }
}
