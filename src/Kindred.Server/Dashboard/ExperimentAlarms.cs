using Kindred.OnlineExperiments.Analysis;
using Kindred.Reports.Markup;
using Kindred.Server.Experiments;
using Kindred.Server.Renewal.Gate;

namespace Kindred.Server.Dashboard;

/// <summary>What people must know of experiments and canaries now: those that run, and those that ended in the last days.</summary>
/// <param name="served">The id of the snapshot that answers; null: none does.</param>
/// <param name="latest">What an experiment showed when it was last evaluated; null: it was not yet.</param>
/// <param name="problem">Why nobody takes part in one; null: users do, or may.</param>
internal sealed class ExperimentAlarms(
    string? served, Func<string, OnlineExperimentReport?> latest, Func<string, string?> problem, DateTimeOffset now)
{
    private static readonly TimeSpan Recent = TimeSpan.FromDays(7);

    /// <returns>Those that run first, then what ended last.</returns>
    public IEnumerable<Alarm> Of(IEnumerable<LiveExperiment> all)
    {
        LiveExperiment[] begun = [.. all.Where(one => one.StartedAt is not null)];
        return
        [
            .. begun.Where(one => one.State == ExperimentState.Running).OrderByDescending(one => one.StartedAt).Select(Running),
            .. begun.Where(one => now - one.StoppedAt <= Recent).OrderByDescending(one => one.StoppedAt).Select(Ended).OfType<Alarm>(),
        ];
    }

    private Alarm Running(LiveExperiment one)
    {
        Alarm Says(string sentence, bool needsPerson = true) => new(sentence, ExperimentsPage.Link(one.Name), needsPerson);
        string name = one.Canary is { } canary ? $"The canary of {canary.Snapshot}" : $"Experiment {one.Name}";
        if (problem(one.Name) is { } why) return Says($"{name} runs, but nobody takes part: {why}");
        if (latest(one.Name) is not { } report)
            return Says($"{name} has run for {Ages.Of(now - one.StartedAt!.Value)}.", needsPerson: false);
        if (report.Health.FirstOrDefault(check => !check.IsHealthy) is { } broken)
            return Says(broken.Name.StartsWith("sample ratio", StringComparison.Ordinal)
                ? $"{name} has a sample ratio mismatch, so no number of it can be believed. {broken.Says}"
                : $"{name} is unhealthy, so no number of it can be believed. {broken.Says}");
        if (one.Canary is null && report.Verdict != ExperimentVerdict.Running) return Says($"{name} waits for you. {report.Summary}");
        string units = Format.Many(report.Arms.Sum(arm => arm.Units), "user");
        return Says($"{name} runs: {report.Progress ?? "it has just begun"}, {units} until now.", needsPerson: false);
    }

    /// <returns>Null: what it came to is done.</returns>
    private Alarm? Ended(LiveExperiment one)
    {
        string ago = Ages.Ago(now - one.StoppedAt!.Value), reason = one.StopReason is { } given ? $": {given}" : ".";
        Alarm Says(string sentence, bool needsPerson) => new($"{sentence}{reason}", ExperimentsPage.Link(one.Name), needsPerson);
        if (one.Canary is not { } canary)
            return one.StoppedBy == CanaryStep.Guardrails ? Says($"A guardrail stopped experiment {one.Name} {ago}", true)
                : Says($"Experiment {one.Name} was stopped {ago}", false);
        string name = $"The canary of {canary.Snapshot}";
        if (canary.Outcome == Outcome.Failed) return Says($"{name} failed {ago}", canary.Snapshot != served);
        if (canary.IsPromoted) return Says($"{name} ended well {ago}", false);
        if (canary.Snapshot == served) return null;
        bool isOpen = canary.Outcome == Outcome.NeedsPerson && one.StoppedBy == CanaryStep.Gate;
        return isOpen ? Says($"{name} ended {ago} and waits for you", true) : Says($"{name} was ended {ago}", false);
    }
}
