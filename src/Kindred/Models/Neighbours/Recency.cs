namespace Kindred.Models.Neighbours;

/// <summary>How much less an event counts the older it is, by its place in the history and by its time.</summary>
/// <remarks>weight · 2^(−later events / Events) · 2^(−age / Days), the age counted from the newest event of the history.</remarks>
/// <param name="Events">Later events after which one counts half; 0: the place does not matter.</param>
/// <param name="Days">Days after which one counts half; 0, or a history without times: the time does not matter.</param>
internal readonly record struct Recency(double Events, double Days)
{
    private const double SecondsOfADay = 86400;

    /// <param name="weights">[history], overwritten.</param>
    public void Weigh(in Query query, Span<float> weights)
    {
        var times = query.Times.Span;
        long newest = 0;
        if (Days > 0) foreach (long time in times) newest = Math.Max(newest, time);
        for (int n = 0; n < weights.Length; n++)
        {
            weights[n] = query.IsLiked(n) ? query.WeightOf(n) : 0;
            if (Events > 0) weights[n] *= (float)Math.Pow(2, -(weights.Length - 1 - n) / Events);
            if (Days > 0 && n < times.Length) weights[n] *= (float)Math.Pow(2, LogOfTime(times[n], newest));
        }
    }

    /// <returns>The binary logarithm of what an event of such a time counts beside one of another time.</returns>
    public double LogOfTime(long time, long reference) => Days > 0 ? (time - reference) / (Days * SecondsOfADay) : 0;

    /// <returns>The binary logarithm of what an event counts beside one that many events before it.</returns>
    public double LogOfPlace(long events) => Events > 0 ? events / Events : 0;
}
