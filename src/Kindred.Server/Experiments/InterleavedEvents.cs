using Kindred.Store;
using Kindred.Store.Exposures;

namespace Kindred.Server.Experiments;

/// <summary>
/// Credits events to the interleaved lists of one log: each server to those that it answered. What is credited is kept in the store, so
/// that the report is of all servers. One caller at a time.
/// </summary>
/// <param name="flush">Ends when what was answered is in the log; null: another process writes it.</param>
internal sealed class InterleavedEvents(IStore store, ExposureReader log, Func<CancellationToken, Task>? flush = null)
{
    private const int Page = 10_000;

    /// <summary>Events that are looked up together: each time the log of their days is read once.</summary>
    private const int MostTogether = 200_000;

    private long _position = -1;

    /// <summary>How long after its list an event is credited.</summary>
    public static TimeSpan Window { get; } = TimeSpan.FromHours(24);

    /// <summary>Credits what came since the last time; the first time, all since the start.</summary>
    /// <param name="experiment">As it is now; the same each time.</param>
    public async Task UpdateAsync(LiveExperiment experiment, CancellationToken cancellation = default)
    {
        var settings = await EventSettings.ReadAsync(store, cancellation);
        var (start, end) = (experiment.StartedAt!.Value, experiment.StoppedAt ?? DateTimeOffset.MaxValue - Window);
        var sources = new MetricSources(experiment.Setup.Experiment.Metrics);
        bool IsCredited(StoredEvent e) => e.Time >= start && e.Time <= end + Window && (experiment.Setup.Experiment.Metrics.Count == 0
            ? settings.WeightOf(e.Type, e.Time, e.Time) > 0 : sources.For(e.Type).Count > 0);
        long position = _position >= 0 ? _position : await EventsSince.FindAsync(store.Events, start.AddDays(-1), cancellation);
        var waiting = new List<StoredEvent>();
        while (await store.Events.AfterAsync(position, Page, cancellation) is { Count: > 0 } events)
        {
            position = events[^1].Sequence;
            waiting.AddRange(events.Where(IsCredited));
            if (waiting.Count < MostTogether) continue;
            await CreditAsync(experiment, waiting, cancellation);
            waiting.Clear();
        }
        await CreditAsync(experiment, waiting, cancellation);
        _position = position;
    }

    private async Task CreditAsync(
        LiveExperiment experiment, List<StoredEvent> events, CancellationToken cancellation)
    {
        if (events.Count == 0) return;
        if (flush is not null) await flush(cancellation); // the lists that they answer were given before
        var credits = new List<CreditedEvent>();
        foreach (var (e, found) in events.Zip(log.Attribute(events, Window)))
            if (found is { Exposure: { } exposure, Item.Arm: { } arm } && IsOf(experiment, exposure))
                credits.Add(new(e.Id, e.Owner, arm, found.Rule == AttributionRule.Direct, exposure.Time));
        foreach (var part in credits.Chunk(Page)) await store.Experiments.CreditAsync(experiment.Name, part, cancellation);
    }

    private static bool IsOf(LiveExperiment experiment, Exposure exposure) =>
        exposure.Time >= experiment.StartedAt && !(exposure.Time > experiment.StoppedAt)
        && exposure.Arms.Any(arm => arm.Experiment == experiment.Name && arm.IsTriggered);
}
