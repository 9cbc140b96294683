using System.Globalization;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Evaluation.Metrics.Ranking;

namespace Kindred.Server.Renewal.Gate;

/// <summary>What paired measurements on the last events say for and against a configuration.</summary>
internal static class OfflineChecks
{
    /// <summary>What is measured: NDCG@10 of users with an event in the window.</summary>
    public static IMetric Metric { get; } = new Ndcg(10);

    /// <summary>With fewer users nobody can tell.</summary>
    public const int FewestUsers = 30;

    /// <summary>Is it at most a margin worse than the current configuration, retrained on the same events?</summary>
    /// <param name="difference">Candidate − current.</param>
    /// <param name="current">Mean of the current configuration.</param>
    /// <param name="margin">Share of <paramref name="current"/>.</param>
    public static GateCheck NotInferior(PairedComparison difference, double current, double margin)
    {
        const string Name = "not worse than the current configuration";
        var (value, low, limit) = (difference.Difference / current, difference.OneSidedLow / current, -margin);
        if (difference.Users < FewestUsers) return TooFew(Name, difference.Users);
        if (!(current > 0))
            return new(Name, Outcome.Passed, $"The current configuration finds nothing on these {Users(difference.Users)}.");
        bool isFine = low >= limit;
        return new(
            Name, isFine ? Outcome.Passed : Outcome.Failed,
            $"{difference.Metric} is {Percent(value)} of that of the current configuration, retrained on the same events, " +
            $"and with 95 % confidence above {Percent(low)}; {(isFine ? "" : "not ")}within the margin of {Percent(limit)} " +
            $"({Users(difference.Users)}).",
            value, low, null, limit);
    }

    /// <summary>Is it better than popularity? A configuration that does not know users need not be.</summary>
    /// <param name="difference">Candidate − popularity; null: the candidate is popularity.</param>
    public static GateCheck AbovePopularity(PairedComparison? difference)
    {
        const string Name = "above popularity";
        if (difference is null) return new(Name, Outcome.Passed, "It is popularity itself.");
        if (difference.Users < FewestUsers) return TooFew(Name, difference.Users);
        bool isAbove = difference.OneSidedLow > 0;
        return new(
            Name, isAbove ? Outcome.Passed : Outcome.Failed,
            $"{difference.Metric} is {Points(difference.Difference)} points from popularity, and with 95 % confidence above " +
            $"{Points(difference.OneSidedLow)}{(isAbove ? "" : ": not worth its complexity")} ({Users(difference.Users)}).",
            difference.Difference, difference.OneSidedLow, null, 0);
    }

    private static GateCheck TooFew(string name, int users) => new(
        name, Outcome.NeedsPerson, $"Only {Users(users)} can be measured, and {FewestUsers} are needed to tell.");

    private static string Users(int users) => users == 1 ? "1 user" : $"{users.ToString("N0", CultureInfo.InvariantCulture)} users";

    private static string Percent(double share) => $"{Signed(100 * share, 1)} %";

    private static string Points(double value) => Signed(100 * value, 2);

    /// <summary>"+0.3", "−1.2".</summary>
    internal static string Signed(double value, int digits)
    {
        double rounded = Math.Round(value, digits) + 0.0; // + 0.0: no "-0.0"
        return $"{(rounded < 0 ? "−" : "+")}{Math.Abs(rounded).ToString($"F{digits}", CultureInfo.InvariantCulture)}";
    }
}
