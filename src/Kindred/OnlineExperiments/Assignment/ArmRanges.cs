namespace Kindred.OnlineExperiments.Assignment;

/// <summary>Which buckets belong to which arm.</summary>
/// <remarks>
/// Each arm begins where it would begin at full traffic, and takes the given part of its own share: more traffic widens ranges at their
/// end, so that a ramp moves nobody from one arm to another. As GrowthBook does it (docs.growthbook.io/lib/build-your-own).
/// </remarks>
internal static class ArmRanges
{
    private const double MostMissing = .01;

    /// <param name="traffic">Part of all units that takes part; below 0 is 0, above 1 is 1.</param>
    /// <param name="shares">Of the arms, which add up to 1; if they do not, or are not as many as the arms, all arms are equal.</param>
    /// <returns>Of each arm, from its first bucket to the first that is not its own.</returns>
    public static (double From, double To)[] Of(int arms, double traffic, IReadOnlyList<double>? shares)
    {
        traffic = Math.Clamp(traffic, 0, 1);
        if (shares is null || shares.Count != arms || Math.Abs(shares.Sum() - 1) > MostMissing)
            shares = [.. Enumerable.Repeat(1.0 / arms, arms)];
        var ranges = new (double, double)[arms];
        double from = 0;
        for (int arm = 0; arm < arms; arm++)
        {
            ranges[arm] = (from, from + (traffic * shares[arm]));
            from += shares[arm];
        }
        return ranges;
    }

    /// <returns>The arm; −1: none.</returns>
    public static int Choose(ReadOnlySpan<(double From, double To)> ranges, double bucket)
    {
        for (int arm = 0; arm < ranges.Length; arm++)
            if (bucket >= ranges[arm].From && bucket < ranges[arm].To) return arm;
        return -1;
    }
}
