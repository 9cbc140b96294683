using Kindred.Evaluation.Metrics;

namespace Kindred.Evaluation;

/// <summary>Are popular items recommended more than in proportion?</summary>
internal static class Deciles
{
    private const int Parts = 10;

    /// <param name="events">[items]: training events.</param>
    public static PopularityBias Of(Exposure exposure, int[] events)
    {
        int items = events.Length;
        int[] byPopularity = [.. Enumerable.Range(0, items).OrderByDescending(item => events[item]).ThenBy(item => item)];

        double[] training = new double[Parts], recommended = new double[Parts];
        for (int place = 0; place < items; place++)
        {
            int part = (int)((long)place * Parts / items);
            training[part] += events[byPopularity[place]];
            recommended[part] += exposure.Counts.Span[byPopularity[place]];
        }
        return new(exposure.K, SharesOf(training), SharesOf(recommended));
    }

    private static double[] SharesOf(double[] sums)
    {
        double all = sums.Sum();
        return [.. sums.Select(sum => all == 0 ? 0 : sum / all)];
    }
}
