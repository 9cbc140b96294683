using System.Globalization;
using Kindred.OnlineExperiments.Analysis;
using Kindred.Server.Experiments;
using Kindred.Store.Exposures;

namespace Kindred.Server.Renewal.Gate;

/// <summary>The last step of the gate: whether it can tell, what it decides, and what is kept of it.</summary>
internal static class CanaryStep
{
    public const string Name = "canary", Gate = "gate", Guardrails = "guardrails", RejectedAction = "rejected", PromotedAction = "promoted";

    private const string StartedAction = "canary started", EndedAction = "canary ended";

    public static GateCheck NotAnswered(string reason) => new(Name, Outcome.NotAnswered, reason);

    /// <summary>Whether enough users come, by those who came.</summary>
    /// <param name="answers">Of the last <see cref="CanarySettings.LongestDays"/>; read until there are enough users.</param>
    /// <returns>Null: enough.</returns>
    public static GateCheck? TooFew(IEnumerable<Exposure> answers, CanarySettings settings)
    {
        int needed = (int)Math.Ceiling(settings.FewestUsers / settings.Share);
        var users = new HashSet<string>(StringComparer.Ordinal);
        foreach (var answer in answers)
            if (answer is { Scenario: null, UserId: { } user } && users.Add(user) && users.Count >= needed) return null;
        return NotAnswered(string.Create(CultureInfo.InvariantCulture,
            $"{users.Count:N0} users and sessions were answered in the last {settings.LongestDays:0.##} days; a canary with "
                + $"{IntegrityChecks.Share(settings.Share)} of them needs {needed:N0} to tell, so there is none."));
    }

    /// <summary>What becomes of a running canary.</summary>
    /// <returns>Null: it runs on.</returns>
    public static (Outcome Outcome, string Reason)? Decide(LiveExperiment experiment, OnlineExperimentReport report, DateTimeOffset now)
    {
        if (ExperimentService.Breach(experiment, report) is { } harm) return (Outcome.Failed, harm);
        var canary = experiment.Canary!;
        double days = (now - experiment.StartedAt!.Value).TotalDays;
        long users = report.Arms.Single(arm => arm.Arm == Canary.Arm).Units;
        string after = string.Create(CultureInfo.InvariantCulture, $"After {days:0.##} days and {users:N0} users of the snapshot");
        if (users >= canary.FewestUsers && days >= canary.ShortestDays)
            return (Outcome.Passed, $"{after} no guardrail was worse by more than its margin.");
        return days < canary.LongestDays ? null : (Outcome.NotAnswered, string.Create(CultureInfo.InvariantCulture,
            $"{after} no guardrail was worse by more than its margin, but {canary.FewestUsers:N0} users are needed to tell."));
    }

    /// <summary>
    /// What a snapshot's record says, given the experiment. The experiment is what counts: whoever was killed before the record was
    /// written, writes it at the next start, or another server does. Applied twice it changes nothing more.
    /// </summary>
    public static Promotion Record(Promotion promotion, LiveExperiment experiment)
    {
        var check = CheckOf(experiment);
        List<GateCheck> checks = [.. promotion.Checks.Where(other => other.Name != Name), check];
        var (verdict, reason) = PromotionGate.VerdictOf(checks);
        if (check.Outcome == Outcome.NotAnswered) reason = $"Canary: {check.Reason}";
        List<PromotionStep> steps = [.. promotion.Steps];
        foreach (var step in StepsOf(experiment))
            if (steps.All(known => (known.At, known.Action) != (step.At, step.Action))) steps.Add(step);
        return promotion with { Checks = checks, Verdict = verdict, Reason = reason, Steps = [.. steps.OrderBy(step => step.At)] };
    }

    private static GateCheck CheckOf(LiveExperiment experiment) => experiment.Canary!.Outcome is { } outcome
        ? new(Name, outcome, experiment.StopReason ?? "It was stopped.")
        : NotAnswered(string.Create(CultureInfo.InvariantCulture,
            $"It runs since {experiment.StartedAt:yyyy-MM-dd HH:mm} UTC: "
                + $"{IntegrityChecks.Share(experiment.Setup.Experiment.Traffic / 2)} of the users get the snapshot; "
                + $"{experiment.Name} among the experiments says how they do."));

    private static IEnumerable<PromotionStep> StepsOf(LiveExperiment experiment)
    {
        yield return new(experiment.StartedAt!.Value, Gate, StartedAction);
        if (experiment.Canary!.Outcome is not { } outcome) yield break;
        var (by, action) = outcome switch
        {
            Outcome.Failed => (Guardrails, RejectedAction),
            _ when experiment.Canary.IsPromoted => (Gate, PromotedAction),
            _ => (Gate, EndedAction),
        };
        yield return new(experiment.StoppedAt!.Value, by, action, experiment.StopReason);
    }
}
