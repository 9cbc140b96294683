using System.Globalization;
using Kindred.OffPolicy;

namespace Kindred.Server.Renewal.Gate;

/// <summary>What the log of answers says of a candidate: it never stands in the way where the log cannot answer.</summary>
internal static class OffPolicyCheck
{
    private const string Name = "estimate from the log of answers";

    /// <param name="margin">Share of what the log earned that may be lost.</param>
    public static GateCheck Of(OffPolicyReport report, double margin)
    {
        if (!report.IsAnswerable) return NotAnswered(report.Verdict);
        var best = report.Best;
        double logged = report.Logged.Value, limit = -margin;
        double value = best.Difference!.Value / logged, low = best.DifferenceOneSidedLow!.Value / logged,
            high = best.DifferenceHigh!.Value / logged;
        if (!(logged > 0)) return NotAnswered("Nothing came of any answer in the log.");
        string measured = $"By {best.Estimator} over {report.Decisions.ToString("N0", CultureInfo.InvariantCulture)} logged places, first "
            + $"places would have earned {OfflineChecks.Signed(100 * value, 1)} % of what they did, and with 95 % confidence more than "
            + $"{OfflineChecks.Signed(100 * low, 1)} %";
        GateCheck Say(Outcome outcome, string how) => new(Name, outcome, $"{measured}: {how}.", value, low, high, limit);
        return low >= limit ? Say(Outcome.Passed, "within the margin")
            : high < limit ? Say(Outcome.Failed, "worse by more than the margin")
            : Say(Outcome.NotAnswered, "the log cannot tell whether that is within the margin");
    }

    public static GateCheck NotAnswered(string reason) => new(Name, Outcome.NotAnswered, reason);
}
