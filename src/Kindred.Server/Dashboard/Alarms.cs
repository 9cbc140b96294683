using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Kindred.Server.Experiments;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.Server.Telemetry;
using Kindred.Store;
using Kindred.Store.Exposures;

namespace Kindred.Server.Dashboard;

/// <summary>Something that people must know now.</summary>
/// <param name="Path">Of the page where they can look; null: there is none.</param>
/// <param name="NeedsPerson">Whether a person must look, too.</param>
internal sealed record Alarm(string Sentence, string? Path = null, bool NeedsPerson = true);

/// <summary>Finds what people must know now.</summary>
internal sealed class Alarms(
    IStore store, SnapshotShelf shelf, ExperimentService experiments, ExposureLog exposures, AccessKeys keys, LivingOptions options,
    TimeProvider clock)
{
    private const int RecentJobs = 5, MostExperiments = 12;

    public static IReadOnlyList<Alarm> Of(HealthReport health) =>
        [.. (health.Reasons ?? []).Select(reason => new Alarm(reason, "/health"))];

    public async Task<IReadOnlyList<Alarm>> ListAsync(HealthReport health, CancellationToken cancellation)
    {
        var alarms = Of(health).ToList();
        if (options.AllowAnonymous && !keys.Any)
            alarms.Add(new("There are no keys: everyone who reaches the server may read, write and delete everything.", AccessPage.Path));
        if (exposures.Dropped > 0)
            alarms.Add(new($"{Format.Many(exposures.Dropped, "answer")} could not be logged: the queue was full, or the disk refused."));
        var jobs = await store.Jobs.ListAsync(RecentJobs, cancellation);
        alarms.AddRange(OfTrainings(jobs));
        if (jobs.FirstOrDefault(job => job is { Kind: RenewalJob.Kind, State: JobState.Running }) is { } running)
            alarms.Add(new($"A model is being trained: {RenewalJob.DetailOf(running).Step ?? "it has just begun"}.", ModelsPage.Path,
                NeedsPerson: false));
        try
        {
            var (served, list) = await shelf.TrafficAsync(cancellation);
            var found = new ExperimentAlarms(served.Snapshot, experiments.LatestOf, experiments.ConditionProblem, clock.GetUtcNow())
                .Of(list.Experiments).ToList();
            var all = shelf.All;
            bool isCanary = all is [var newest, ..] && list.Experiments.Any(one => one.Canary?.Snapshot == newest.Id);
            alarms.AddRange(OfSnapshots(served, all, isCanary));
            if (all.FirstOrDefault(one => one.Id == served.Snapshot)?.Promotion is { } promotion
                && promotion.Model.StartsWith("popularity", StringComparison.Ordinal))
                alarms.Add(new($"Everyone sees what is popular, and nothing personal. {promotion.Why}", ModelsPage.Path,
                    NeedsPerson: false));
            alarms.AddRange(found.Take(MostExperiments));
            if (found.Count > MostExperiments)
                alarms.Add(new($"{Format.Many(found.Count - MostExperiments, "more experiment")} ran in the last days.",
                    ExperimentsPage.Path, NeedsPerson: false));
        }
        catch (InputException e)
        {
            alarms.Add(new(e.Message)); // a newer server wrote them
        }
        return alarms;
    }

    /// <param name="jobs">Newest first.</param>
    public static IEnumerable<Alarm> OfTrainings(IEnumerable<Job> jobs)
    {
        var ended = jobs.FirstOrDefault(job => job is { Kind: RenewalJob.Kind, State: JobState.Succeeded or JobState.Failed });
        if (ended is { State: JobState.Failed })
            yield return new($"The last training failed: {RenewalJob.DetailOf(ended).Reason ?? "no reason was kept."}", ModelsPage.Path);
    }

    /// <param name="all">Newest first.</param>
    /// <param name="isCanary">Whether the newest one had or has a canary, which says what became of it.</param>
    public static IEnumerable<Alarm> OfSnapshots(ServedSnapshot served, IReadOnlyList<ShelvedSnapshot> all, bool isCanary)
    {
        if (served.IsHeld)
            yield return new($"After a rollback {served.Snapshot} is served, and no model is promoted by itself until you promote one.",
                ModelsPage.Path);
        if (isCanary || all is not [{ Promotion: { } promotion } newest, ..]) yield break;
        if (newest.Id == served.Snapshot || served.Previous.Contains(newest.Id)) yield break;
        if (promotion.Verdict == Outcome.NeedsPerson) yield return new($"{newest.Id} waits for you: {promotion.Reason}", ModelsPage.Path);
        else if (promotion.Verdict == Outcome.Failed) yield return new($"{newest.Id} is not served: {promotion.Reason}", ModelsPage.Path);
        else if (promotion.Policy == PromotionPolicy.Ask)
            yield return new($"{newest.Id} passed the gate and waits for you: {promotion.Reason}", ModelsPage.Path);
    }
}
