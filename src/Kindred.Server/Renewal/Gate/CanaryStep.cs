using System.Globalization;
using Kindred.OnlineExperiments.Analysis;
using Kindred.Server.Experiments;
using Kindred.Store;
using Kindred.Store.Exposures;

namespace Kindred.Server.Renewal.Gate;

/// <summary>The last step of the gate: whether it can tell, what it decides, and what is kept of it.</summary>
internal static class CanaryStep
{
    public const string Name = "canary", Gate = "gate", Guardrails = "guardrails", RejectedAction = "rejected", PromotedAction = "promoted";

    private const string StartedAction = "canary started", EndedAction = "canary ended";
    private const int Page = 10_000;

    public static GateCheck NotAnswered(string reason) => new(Name, Outcome.NotAnswered, reason);

    /// <summary>
    /// Whether so few users came in the last <see cref="CanarySettings.LongestDays"/> that a canary could tell nothing. Both are read until
    /// there are enough.
    /// </summary>
    /// <param name="answers">Of this server since then; others have logs of their own.</param>
    /// <param name="events">Of all servers.</param>
    /// <returns>Why there can be no canary; null: there can.</returns>
    public static async Task<GateCheck?> NoCanaryReasonAsync(
        IEnumerable<Exposure> answers, IEventStore events, CanarySettings settings, DateTimeOffset now, CancellationToken cancellation)
    {
        int needed = (int)Math.Ceiling(settings.FewestUsers / settings.Share);
        var since = now.AddDays(-settings.LongestDays);
        var users = new HashSet<string>(StringComparer.Ordinal);
        foreach (var answer in answers)
            if (answer is { Scenario: null, UserId: { } user } && users.Add(user) && users.Count >= needed) return null;
        long position = await EventsSince.FindAsync(events, since, cancellation);
        while (await events.ValuesAfterAsync(position, Page, cancellation) is { Count: > 0 } page)
        {
            foreach (var e in page.Where(e => e.Time >= since.ToUnixTimeMilliseconds()))
                if (users.Add(e.Owner) && users.Count >= needed) return null;
            position = page[^1].Sequence;
        }
        return NotAnswered(string.Create(CultureInfo.InvariantCulture,
            $"{users.Count:N0} users and sessions came in the last {settings.LongestDays:0.##} days; a canary with "
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
        MetricResult[] measured = [.. report.Results.Where(result => result.Effect is not null)]; // without an effect there is no harm
        string found = measured.Length == 0 ? "Nothing that they measure differs or happens."
            : string.Join(" ", measured.Select(result => $"{result.Metric.Name}: {result.Says}"));
        bool isSafe = measured.Length > 0 && measured.All(result => result.Outcome == MetricOutcome.WithinMargin);
        bool isEnough = users >= canary.FewestUsers;
        if (isSafe && isEnough && days >= canary.ShortestDays)
            return (Outcome.Passed, $"{after} every guardrail is within its margin. {found}");
        if (days < canary.LongestDays) return null;
        return isEnough
            ? (Outcome.NotAnswered,
                $"{after} no guardrail is surely worse by more than its margin, but not all are surely within it. {found}")
            : (Outcome.NeedsPerson, string.Create(CultureInfo.InvariantCulture,
                $"{after} the guardrails cannot tell, as {canary.FewestUsers:N0} users are needed. {found}"));
    }

    /// <summary>
    /// What a snapshot's record says, given the experiment. The experiment is what counts: whoever was killed before the record was
    /// written, writes it at the next start, or another server does. Applied twice it changes nothing more; who still sees it run, although
    /// the record knows what it came to, changes nothing.
    /// </summary>
    public static Promotion Record(Promotion promotion, LiveExperiment experiment)
    {
        if (experiment.Canary!.Outcome is null
            && promotion.Steps.Any(step => step.At >= experiment.StartedAt && step.Action != StartedAction)) return promotion;
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
