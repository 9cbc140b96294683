using System.Diagnostics;
using System.Diagnostics.Metrics;
using Kindred.Snapshots;

namespace Kindred.AspNetCore.Telemetry;

/// <summary>What answers are measured by; no attribute holds an id of a user or an item.</summary>
internal static class RecommendInstruments
{
    /// <summary>The name of all meters and of the source of spans.</summary>
    public const string Name = "Kindred";

    private static readonly Meter Meter = new(Name);

    public static ActivitySource Spans { get; } = new(Name);

    /// <summary>Of times to answer and to commit, seconds.</summary>
    public static InstrumentAdvice<double> Latency { get; } = new()
    {
        HistogramBucketBoundaries = [.0005, .001, .002, .003, .005, .0075, .01, .02, .05, .1, .25, .5, 1, 2.5, 5, 10],
    };

    /// <summary>
    /// Attributes: <c>kindred.scenario</c>, <c>kindred.source</c>, <c>kindred.outcome</c>; with several recommenders
    /// <c>kindred.recommender</c>.
    /// </summary>
    public static Histogram<double> Duration { get; } = Meter.CreateHistogram(
        "kindred.recommend.duration", "s", "Time to answer a request for recommendations.", null, Latency);

    public static Counter<long> Items { get; } =
        Meter.CreateCounter<long>("kindred.recommend.items", "{item}", "Items that were recommended.");

    /// <summary>Attribute: <c>kindred.reason</c>.</summary>
    public static Counter<long> Fallbacks { get; } =
        Meter.CreateCounter<long>("kindred.recommend.fallbacks", "{answer}", "Answers in which another than the model came first.");

    /// <summary>A name of an attribute with its value.</summary>
    public static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    /// <summary>Shows how old the snapshot is, and what its index finds.</summary>
    /// <param name="key">Of its recommender; null: the one without a key.</param>
    public static void Observe(Meter meter, LiveSnapshot snapshots, string? key = null)
    {
        KeyValuePair<string, object?>[] tags = key is null ? [] : [Tag("kindred.recommender", key)];
        meter.CreateObservableGauge("kindred.snapshot.age", () =>
        {
            using var lease = snapshots.TryAcquire();
            return lease is null ? [] : (Measurement<double>[])[new((DateTimeOffset.UtcNow - lease.Snapshot.Created).TotalSeconds, tags)];
        }, "s", "Time since the snapshot that answers was made.");
        meter.CreateObservableGauge("kindred.index.recall", () =>
        {
            using var lease = snapshots.TryAcquire();
            return lease?.Snapshot.RecallSampler?.Summary.Recall is { } recall ? (Measurement<double>[])[new(recall.Mean, tags)] : [];
        }, "1", "Share of the exact first items that the index finds, on sampled requests.");
    }
}
