using System.Globalization;
using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.Server.Telemetry;
using Kindred.Store;
using Kindred.Store.Exposures;

namespace Kindred.Server.Dashboard;

/// <summary>Something that needs a person.</summary>
/// <param name="Path">Of the page where they can look; null: there is none.</param>
internal sealed record Alarm(string Sentence, string? Path = null);

/// <summary>Finds what needs a person.</summary>
internal sealed class Alarms(IStore store, SnapshotShelf shelf, ExposureLog exposures, AccessKeys keys, LivingOptions options)
{
    public static IReadOnlyList<Alarm> Of(HealthReport health) =>
        [.. (health.Reasons ?? []).Select(reason => new Alarm(reason, "/health"))];

    public async Task<IReadOnlyList<Alarm>> ListAsync(HealthReport health, CancellationToken cancellation)
    {
        var alarms = Of(health).ToList();
        if (options.AllowAnonymous && !keys.Any)
            alarms.Add(new("There are no keys: everyone who reaches the server may read, write and delete everything."));
        if (exposures.Dropped > 0)
            alarms.Add(new($"{Format.Many(exposures.Dropped, "answer")} could not be logged: the queue was full, or the disk refused."));
        var served = await shelf.ServedAsync(cancellation);
        if (served.IsHeld)
            alarms.Add(new($"After a rollback {served.Snapshot} is served, and no model is promoted by itself until you promote one.",
                ModelsPage.Path));
        if (shelf.All is [{ Promotion: { Verdict: not Outcome.Passed } promotion } newest, ..] && newest.Id != served.Snapshot)
            alarms.Add(new(promotion.Verdict == Outcome.NeedsPerson ? $"{newest.Id} waits for you: {promotion.Reason}"
                : $"{newest.Id} is not served: {promotion.Reason}", ModelsPage.Path));
        if ((await store.Jobs.ListAsync(1, cancellation)) is [{ State: JobState.Failed } job])
            alarms.Add(new(string.Create(CultureInfo.InvariantCulture,
                $"The last training failed: {RenewalJob.DetailOf(job).Reason ?? "no reason was kept."}"), ModelsPage.Path));
        return alarms;
    }
}
