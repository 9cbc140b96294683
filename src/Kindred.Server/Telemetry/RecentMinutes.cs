using System.Diagnostics.Metrics;
using Kindred.Server.Ingestion;
using Kindred.Store;

namespace Kindred.Server.Telemetry;

/// <summary>
/// What <see cref="Instruments"/> measured in each of the last minutes since this server started: for people who look now. What happened
/// earlier is known to whoever collects the measurements.
/// </summary>
internal sealed class RecentMinutes : IDisposable
{
    /// <summary>Minutes that are kept, the present one among them.</summary>
    public const int Length = 60;

    private const string Step = "kindred.stage.duration"; // seconds; its attribute is the step's name

    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private readonly Minute[] _minutes = new Minute[Length];
    private readonly TimeProvider _clock;

    public RecentMinutes(EventWriter writer, TimeProvider clock)
    {
        (_clock, Started) = (clock, clock.GetUtcNow());
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // the library's steps have a meter of their own, of the same name
            if (instrument.Meter.Name == Instruments.Name && !instrument.IsObservable) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>(Take);
        _listener.SetMeasurementEventCallback<long>(Take);
        _listener.Start();
        writer.Stored += Take;
    }

    public DateTimeOffset Started { get; }

    /// <returns>All minutes, oldest first; those before the start are empty.</returns>
    public IReadOnlyList<Minute> ToList()
    {
        lock (_gate)
        {
            long last = Now;
            return [.. Enumerable.Range(0, Length).Select(n => last - Length + 1 + n)
                .Select(number => _minutes[number % Length] is { } minute && minute.Number == number ? minute.Copy() : new(number))];
        }
    }

    public void Dispose() => _listener.Dispose();

    private long Now => _clock.GetUtcNow().ToUnixTimeSeconds() / 60;

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        lock (_gate)
        {
            var minute = Present();
            if (instrument == Instruments.RecommendDuration)
            {
                foreach (var tag in tags)
                    if (tag is { Key: "kindred.outcome", Value: string outcome })
                    {
                        if (outcome is "refused" or "cancelled") return; // no answer, by the asker's doing
                        if (outcome == "failed") minute.Failures++;
                    }
                minute.Latency.Add(value);
            }
            else if (instrument == Instruments.Freshness) minute.Freshness.Add(value);
            else if (instrument == Instruments.EventsAge) minute.Lateness.Add(value);
            else if (instrument == Instruments.CommitDuration) minute.Commits.Add(value);
            else if (instrument.Name == Step && tags is [{ Value: string step }, ..]) TimesOf(minute, step)?.Add(value);
        }
    }

    private void Take(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        lock (_gate)
        {
            if (instrument == Instruments.RecommendFallbacks) Present().Fallbacks += value;
            if (instrument != Instruments.EventsRejected || tags is not [{ Value: string reason }, ..]) return;
            Present().Rejected[reason] = Present().Rejected.GetValueOrDefault(reason) + value;
        }
    }

    private void Take(IReadOnlyList<StoredEvent> events)
    {
        const int MostTypes = 20;
        lock (_gate)
        {
            var types = Present().Events;
            foreach (var e in events)
            {
                string type = types.ContainsKey(e.Type) || types.Count < MostTypes ? e.Type : "other types";
                types[type] = types.GetValueOrDefault(type) + 1;
            }
        }
    }

    /// <returns>Null: there are too many steps to keep.</returns>
    private static Quantiles? TimesOf(Minute minute, string step)
    {
        const int MostSteps = 50;
        if (minute.Steps.TryGetValue(step, out var times)) return times;
        if (minute.Steps.Count >= MostSteps) return null;
        minute.Steps.Add(step, times = new());
        return times;
    }

    private Minute Present()
    {
        long number = Now;
        ref var minute = ref _minutes[number % Length];
        if (minute?.Number != number) minute = new(number);
        return minute;
    }
}

/// <summary>What was measured in a minute.</summary>
/// <param name="Number">Minutes since 1970.</param>
internal sealed record Minute(long Number)
{
    /// <summary>Answers, by their time in seconds.</summary>
    public Quantiles Latency { get; private init; } = new();

    /// <summary>Seconds from an event's being stored to the first answer that used it.</summary>
    public Quantiles Freshness { get; private init; } = new();

    /// <summary>Seconds from an event to its being stored.</summary>
    public Quantiles Lateness { get; private init; } = new();

    /// <summary>Commits, by their time in seconds.</summary>
    public Quantiles Commits { get; private init; } = new();

    /// <summary>Seconds of each source and stage in one answer, by its name.</summary>
    public Dictionary<string, Quantiles> Steps { get; private init; } = new(StringComparer.Ordinal);

    /// <summary>Answers in which another than the model came first.</summary>
    public long Fallbacks { get; set; }

    public long Failures { get; set; }

    /// <summary>Answers whose first item came from a source: all but the failures.</summary>
    public long Answered => Latency.Count - Failures;

    /// <summary>Stored events by type.</summary>
    public Dictionary<string, long> Events { get; private init; } = new(StringComparer.Ordinal);

    /// <summary>Events that were not stored, by reason.</summary>
    public Dictionary<string, long> Rejected { get; private init; } = new(StringComparer.Ordinal);

    public Minute Copy() => this with
    {
        Latency = Latency.Copy(),
        Freshness = Freshness.Copy(),
        Lateness = Lateness.Copy(),
        Commits = Commits.Copy(),
        Steps = Steps.ToDictionary(step => step.Key, step => step.Value.Copy(), StringComparer.Ordinal),
        Events = new(Events, StringComparer.Ordinal),
        Rejected = new(Rejected, StringComparer.Ordinal),
    };
}
