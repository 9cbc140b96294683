using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Analysis;
using Kindred.OnlineExperiments.Metrics;
using Kindred.Store;

namespace Kindred.Server.Experiments;

/// <summary>What units of a store did in the last weeks, as if it had been an experiment that nobody noticed.</summary>
internal static class StoredHistory
{
    private const int Page = 10_000;

    /// <param name="days">Of the experiment: each unit begins with its first event within them.</param>
    /// <param name="now">Where they end.</param>
    /// <returns>The sums of all units, as arm 0.</returns>
    /// <exception cref="InputException">A metric asks for what the store does not have.</exception>
    public static async Task<ExperimentData> ReadAsync(
        IStore store, OnlineExperiment experiment, int days, DateTimeOffset now, CancellationToken cancellation)
    {
        await CheckSources(store, experiment, cancellation);
        var start = now.AddDays(-days);
        var sources = new MetricSources(experiment.Metrics);
        long position = await EventsSince.FindAsync(store.Events, start.AddDays(-experiment.Design.BeforeDays - 1), cancellation);
        var units = new Dictionary<string, Unit>(StringComparer.Ordinal);
        await foreach (var e in Events(store, position, cancellation))
        {
            if (e.Time < start || e.Time > now) continue;
            if (!units.TryGetValue(e.Owner, out var unit)) units.Add(e.Owner, unit = new(experiment.Metrics.Count));
            if (e.Time < unit.First) unit.First = e.Time;
        }
        await foreach (var e in Events(store, position, cancellation))
        {
            if (e.Time > now || !units.TryGetValue(e.Owner, out var unit)) continue;
            double age = (e.Time - unit.First).TotalDays;
            if (age < 0 && (!experiment.Design.UsesBefore || age < -experiment.Design.BeforeDays)) continue;
            unit.HasBefore |= age < 0;
            foreach (var part in sources.For(e.Type))
            {
                var metric = experiment.Metrics[part.Metric];
                if (age >= 0 && (age < metric.FromDay || age >= (metric.ToDay ?? double.PositiveInfinity))) continue;
                (age < 0 ? unit.Before : unit.Now)[(2 * part.Metric) + (part.IsDenominator ? 1 : 0)] += part.Counts ? 1 : e.Value ?? 1;
            }
        }
        var data = new ExperimentData(experiment, days: 1) { Start = start };
        foreach (var unit in units.Values)
        {
            data.Begin(0, 0);
            if (unit.HasBefore) data.AddBefore(unit.Before);
            data.Add(0, unit.Now);
            data.End();
        }
        return data;
    }

    private static async Task CheckSources(IStore store, OnlineExperiment experiment, CancellationToken cancellation)
    {
        var counts = await store.Events.CountsAsync(cancellation);
        string[] types = [.. counts.Select(count => count.Type).Distinct()];
        foreach (var metric in experiment.Metrics)
        {
            var one = new MetricSources([metric]);
            if (MetricSources.OfAnswers.Any(source => one.For(source).Count > 0))
                throw new InputException(
                    $"Metric '{metric.Name}' is about answers, which are counted only while an experiment runs; plan without it.");
            foreach (string? source in (string?[])[metric.Source ?? metric.Name, metric.Denominator])
                if (source is not null && types.All(type => one.For(type).Count == 0 || !source.EndsWith(type, StringComparison.Ordinal)))
                    throw new InputException(
                        $"Metric '{metric.Name}' asks for events of type '{source}', and there are none; there are "
                        + $"{(types.Length == 0 ? "no events" : string.Join(", ", types.Take(20)))}.");
        }
    }

    private static async IAsyncEnumerable<StoredEvent> Events(
        IStore store, long position, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        while (await store.Events.AfterAsync(position, Page, cancellation) is { Count: > 0 } events)
        {
            foreach (var e in events) yield return e;
            position = events[^1].Sequence;
        }
    }

    private sealed class Unit(int metrics)
    {
        public DateTimeOffset First { get; set; } = DateTimeOffset.MaxValue;

        public bool HasBefore { get; set; }

        public double[] Now { get; } = new double[2 * metrics];

        public double[] Before { get; } = new double[2 * metrics];
    }
}
