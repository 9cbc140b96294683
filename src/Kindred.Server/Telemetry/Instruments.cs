using System.Diagnostics.Metrics;
using Kindred.AspNetCore.Telemetry;

namespace Kindred.Server.Telemetry;

/// <summary>
/// What a living server measures, by OpenTelemetry's rules for names: units in seconds, not in the name. No attribute holds an id of a user
/// or an item.
/// </summary>
internal static class Instruments
{
    /// <summary>The name of the meter and of the source of spans.</summary>
    public const string Name = RecommendInstruments.Name;

    public static Meter Meter { get; } = new(Name);

    private static readonly InstrumentAdvice<double> Age = new()
    {
        HistogramBucketBoundaries = [.01, .05, .1, .5, 1, 5, 10, 60, 600, 3_600, 86_400, 604_800, 2_592_000],
    };

    public static Counter<long> EventsIngested { get; } =
        Meter.CreateCounter<long>("kindred.events.ingested", "{event}", "Events that were stored.");

    /// <summary>Attribute: <c>kindred.reason</c>: duplicate, conflict, unreadable or busy.</summary>
    public static Counter<long> EventsRejected { get; } =
        Meter.CreateCounter<long>("kindred.events.rejected", "{event}", "Events that were not stored.");

    public static Histogram<double> EventsAge { get; } = Meter.CreateHistogram(
        "kindred.events.age", "s", "Time from an event to its being stored.", null, Age);

    public static Histogram<double> CommitDuration { get; } = Meter.CreateHistogram(
        "kindred.store.commit.duration", "s", "Time to commit the events of one transaction.", null, RecommendInstruments.Latency);

    public static Histogram<double> Freshness { get; } = Meter.CreateHistogram(
        "kindred.freshness", "s", "Time from an event's being stored to the first answer that used it; of several, the oldest.", null, Age);

    public static Histogram<double> TrainingDuration { get; } = Meter.CreateHistogram(
        "kindred.training.duration", "s", "Time to train and publish a snapshot.", null, Age);

    /// <summary>Attribute: <c>kindred.verdict</c>.</summary>
    public static Counter<long> PromotionVerdicts { get; } =
        Meter.CreateCounter<long>("kindred.promotion.verdicts", "{snapshot}", "Snapshots that the gate judged.");

    public static Counter<long> ExperimentsStopped { get; } =
        Meter.CreateCounter<long>("kindred.experiments.stopped", "{experiment}", "Experiments that guardrails stopped.");

    /// <inheritdoc cref="RecommendInstruments.Tag"/>
    public static KeyValuePair<string, object?> Tag(string name, string value) => RecommendInstruments.Tag(name, value);

    /// <summary>Counts events that were not stored.</summary>
    public static void Reject(string reason, int events)
    {
        if (events > 0) EventsRejected.Add(events, Tag("kindred.reason", reason));
    }
}
