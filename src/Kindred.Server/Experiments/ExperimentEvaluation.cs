using Kindred.OnlineExperiments.Analysis;
using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Metrics;
using Kindred.Store;

namespace Kindred.Server.Experiments;

/// <summary>
/// An experiment as it stands: sums by metric, arm and day, and what each unit has added up to. It is brought up to date with what the
/// store got since the last time, from wherever it came, so that every server, and each one after a restart, has the same sums. One caller
/// at a time. Memory: about 300 bytes a unit and 40 a unit and metric.
/// </summary>
internal sealed class ExperimentEvaluation(LiveExperiment experiment, IStore store)
{
    private const int Page = 10_000, MostEvents = 10_000;

    private readonly MetricSources _sources = new(experiment.Setup.Experiment.Metrics);
    private readonly Dictionary<string, EvaluatedUnit> _units = new(StringComparer.Ordinal);
    private readonly HashSet<string> _mixed = new(StringComparer.Ordinal);
    private readonly EvaluatedSums _sums = new(experiment.Setup.Experiment);
    private long _number, _position = -1, _first;

    public IReadOnlyCollection<string> Units => _units.Keys;

    /// <summary>Reads what is new.</summary>
    public async Task UpdateAsync(CancellationToken cancellation = default)
    {
        if (_position < 0)
            _position = _first = await EventsSince.FindAsync(
                store.Events, experiment.StartedAt!.Value.AddDays(-experiment.Setup.Experiment.Design.BeforeDays - 1), cancellation);
        await ReadUnits(cancellation);
        while (await store.Events.AfterAsync(_position, Page, cancellation) is { Count: > 0 } events)
        {
            foreach (var e in events) if (_units.TryGetValue(e.Owner, out var unit)) Take(unit, e);
            _position = events[^1].Sequence;
        }
    }

    /// <param name="now">The report shows only what the design allows then.</param>
    public OnlineExperimentReport Report(DateTimeOffset now)
    {
        var end = experiment.StoppedAt is { } stopped && stopped < now ? stopped : now;
        var design = experiment.Setup.Experiment.Design;
        int days = experiment.DayOf(end) + 1;
        bool isOver = experiment.IsOver(end);
        if (isOver) days = design.Days;
        var data = _sums.ToData(days, _units.Values);
        data.Start = experiment.StartedAt;
        data.IsLastDayComplete = isOver;
        data.UnitsInSeveralArms = _mixed.Count;
        var report = ExperimentAnalysis.Read(experiment.Setup.Experiment, data, now);
        return experiment.State != ExperimentState.Stopped ? report : report with
        {
            Notes = [.. report.Notes, $"Stopped on {experiment.StoppedAt:yyyy-MM-dd HH:mm} UTC. {experiment.StopReason}".TrimEnd()],
        };
    }

    private async Task ReadUnits(CancellationToken cancellation)
    {
        var rows = new List<ExposedUnit>();
        while (await store.Experiments.AfterAsync(_number, Page, cancellation) is { Count: > 0 } page)
        {
            rows.AddRange(page.Where(row => row.Experiment == experiment.Name));
            _number = page[^1].Number;
        }
        foreach (var row in rows.OrderBy(row => row.Day).ThenBy(row => row.Number))
        {
            if (!Counts(row.First) || ArmOf(row.Arm) is not { } arm || _mixed.Contains(row.Unit)) continue;
            if (!_units.TryGetValue(row.Unit, out var unit)) unit = await Enter(row, arm, cancellation);
            else if (unit.Arm != arm)
            {
                _sums.Remove(unit); // it is in no sum
                _units.Remove(row.Unit);
                _mixed.Add(row.Unit);
                continue;
            }
            foreach (var (source, value, count) in unit.Added(row)) Add(unit, source, row.Day, row.Day - unit.Day, value, count);
        }
    }

    private async Task<EvaluatedUnit> Enter(ExposedUnit row, int arm, CancellationToken cancellation)
    {
        var unit = new EvaluatedUnit(arm, row.Day, row.First, experiment.Setup.Experiment.Metrics.Count);
        _units.Add(row.Unit, unit);
        _sums.Enter(unit);
        if (_position == _first) return unit; // all its events are still to be read
        var history = await store.Events.HistoryAsync(row.Unit, MostEvents, _first, null, cancellation);
        foreach (var e in history.Where(e => e.Sequence <= _position).OrderBy(e => e.Sequence)) Take(unit, e);
        return unit;
    }

    private void Take(EvaluatedUnit unit, StoredEvent e)
    {
        var design = experiment.Setup.Experiment.Design;
        if (e.Time < unit.First)
        {
            if (!design.UsesBefore || e.Time < unit.First.AddDays(-design.BeforeDays)) return;
            unit.HasBefore = true;
            foreach (var part in _sources.For(e.Type))
                _sums.Change(unit, part.Metric, unit.Day, part.IsDenominator, isBefore: true, part.Counts ? 1 : e.Value ?? 1);
            return;
        }
        if (Counts(e.Time))
            Add(unit, e.Type, experiment.DayOf(e.Time), (e.Time - unit.First).TotalDays, e.Value ?? 1, 1);
    }

    /// <param name="age">Days since the first exposure.</param>
    private void Add(EvaluatedUnit unit, string source, int day, double age, double value, long count)
    {
        foreach (var part in _sources.For(source))
        {
            var metric = experiment.Setup.Experiment.Metrics[part.Metric];
            if (age < metric.FromDay || age >= (metric.ToDay ?? double.PositiveInfinity)) continue;
            _sums.Change(unit, part.Metric, day, part.IsDenominator, isBefore: false, part.Counts ? count : value);
        }
    }

    /// <summary>What comes after the end of an experiment does not count.</summary>
    private bool Counts(DateTimeOffset time) => !(time > experiment.StoppedAt)
        && (experiment.Setup.Experiment.Design.Kind == DesignKind.AlwaysValid
            || experiment.DayOf(time) < experiment.Setup.Experiment.Design.Days);

    private int? ArmOf(string name)
    {
        var arms = experiment.Setup.Experiment.Arms;
        for (int n = 0; n < arms.Count; n++) if (arms[n].Name == name) return n;
        return null;
    }
}

/// <summary>A unit of an experiment, and what it has added up to.</summary>
/// <param name="day">Of its first exposure.</param>
internal sealed class EvaluatedUnit(int arm, int day, DateTimeOffset first, int metrics)
{
    private ExposedUnit? _row; // the latest, of which all was taken

    public int Arm => arm;

    public int Day => day;

    public DateTimeOffset First => first;

    public bool HasBefore { get; set; }

    /// <summary>[metrics][4]: numerator, denominator, both before the first exposure.</summary>
    public double[] Values { get; } = new double[metrics * UnitSums.Width];

    /// <summary>[metrics]: the day of the last change.</summary>
    public int[] Changed { get; } = [.. Enumerable.Repeat(day, metrics)];

    /// <returns>What a row says more than it did before.</returns>
    public IEnumerable<(string Source, double Value, long Count)> Added(ExposedUnit row)
    {
        var before = _row?.Day == row.Day ? _row : null;
        if (_row is null || row.Day >= _row.Day) _row = row;
        long answers = row.Answers - (before?.Answers ?? 0);
        return
        [
            (MetricSources.Latency, row.Latency - (before?.Latency ?? 0), answers),
            (MetricSources.Empty, row.Empty - (before?.Empty ?? 0), answers),
            (MetricSources.Failed, row.Failed - (before?.Failed ?? 0), answers),
        ];
    }
}
