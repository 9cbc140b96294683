using System.Diagnostics.Metrics;
using Kindred.AspNetCore.Telemetry;
using Kindred.Server.Live;
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

    private static readonly TimeSpan LongestWay = TimeSpan.FromMinutes(5); // from an import's commit to here

    // of the library; their first attribute is the step's name
    private const string
        Step = "kindred.stage.duration", StepCandidates = "kindred.stage.candidates", StepSkipped = "kindred.stage.skipped";

    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private readonly Minute[] _minutes = new Minute[Length];
    private readonly TimeProvider _clock;

    public RecentMinutes(LiveState state, TimeProvider clock)
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
        state.Taken += Take;
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
            if (instrument == RecommendInstruments.Duration)
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
            else if (instrument.Name == Step && tags is [{ Value: string step }, ..]) StepOf(minute, step)?.Times.Add(value);
        }
    }

    private void Take(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        lock (_gate)
        {
            if (instrument == RecommendInstruments.Fallbacks) Present().Fallbacks += value;
            if (instrument.Name is StepCandidates or StepSkipped && tags is [{ Value: string name }, ..]
                && StepOf(Present(), name) is { } step)
            {
                if (instrument.Name == StepSkipped) step.Skipped += value;
                else if (tags is [_, { Value: "in" }]) step.In += value;
                else step.Out += value;
            }
            if (instrument != Instruments.EventsRejected || tags is not [{ Value: string reason }, ..]) return;
            Present().Rejected[reason] = Present().Rejected.GetValueOrDefault(reason) + value;
        }
    }

    private void Take(StoredEvent e)
    {
        const int MostTypes = 20;
        if (_clock.GetUtcNow() - e.ReceivedAt > LongestWay) return; // known before: a merge gave it to a user
        lock (_gate)
        {
            var types = Present().Events;
            string type = types.ContainsKey(e.Type) || types.Count < MostTypes ? e.Type : "other types";
            types[type] = types.GetValueOrDefault(type) + 1;
        }
    }

    /// <returns>Null: there are too many steps to keep.</returns>
    private static StepMinute? StepOf(Minute minute, string step)
    {
        const int MostSteps = 50;
        if (minute.Steps.TryGetValue(step, out var known)) return known;
        if (minute.Steps.Count >= MostSteps) return null;
        minute.Steps.Add(step, known = new());
        return known;
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

    /// <summary>Each source and stage, by its name.</summary>
    public Dictionary<string, StepMinute> Steps { get; private init; } = new(StringComparer.Ordinal);

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

/// <summary>What a source or a stage of pipelines did in the answers of a minute.</summary>
internal sealed record StepMinute
{
    /// <summary>Seconds in one answer.</summary>
    public Quantiles Times { get; private init; } = new();

    /// <summary>Candidates that it got, of all answers together; a source gets none.</summary>
    public long In { get; set; }

    public long Out { get; set; }

    /// <summary>Answers that did without it.</summary>
    public long Skipped { get; set; }

    /// <summary>Of those that it took part in and those that did without it.</summary>
    public double SkippedShare => Skipped == 0 ? 0 : (double)Skipped / (Skipped + Times.Count);

    public StepMinute Copy() => Sum([this]);

    public static StepMinute Sum(IReadOnlyCollection<StepMinute> parts) => new()
    {
        Times = Quantiles.Sum(parts.Select(part => part.Times)),
        In = parts.Sum(part => part.In),
        Out = parts.Sum(part => part.Out),
        Skipped = parts.Sum(part => part.Skipped),
    };

    /// <returns>All that steps did in some minutes, by their names.</returns>
    public static IReadOnlyDictionary<string, StepMinute> ByName(IEnumerable<Minute> minutes) => minutes.SelectMany(minute => minute.Steps)
        .GroupBy(step => step.Key, step => step.Value).ToDictionary(step => step.Key, step => Sum([.. step]), StringComparer.Ordinal);
}
