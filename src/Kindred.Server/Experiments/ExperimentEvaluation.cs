using System.Runtime.InteropServices;
using Kindred.OnlineExperiments.Analysis;
using Kindred.OnlineExperiments.Design;
using Kindred.Store;

namespace Kindred.Server.Experiments;

/// <summary>
/// An experiment as it stands: sums by metric, arm and day, and what each unit has added up to. It is brought up to date with what the
/// store got since the last time, from wherever it came, so that every server, and each one after a restart, has the same sums. One caller
/// at a time. Memory: about 200 bytes a unit, 35 a unit and metric, and 24 a day on which it was answered.
/// </summary>
internal sealed class ExperimentEvaluation(LiveExperiment experiment, IStore store)
{
    private const int Page = 10_000, MostEvents = 10_000;

    private readonly MetricSources _sources = new(experiment.Setup.Experiment.Metrics);
    private readonly Dictionary<string, EvaluatedUnit> _units = new(StringComparer.Ordinal);
    private readonly HashSet<string> _mixed = new(StringComparer.Ordinal), _joined = new(StringComparer.Ordinal);
    private readonly EvaluatedSums _sums = new(experiment.Setup.Experiment);
    private readonly List<string> _entered = [];
    private long _number, _position = -1, _first;

    /// <summary>Units that entered since this was asked last.</summary>
    public IReadOnlyList<string> TakeEntered()
    {
        string[] entered = [.. _entered];
        _entered.Clear();
        return entered;
    }

    /// <summary>Reads what is new.</summary>
    /// <returns>False: something came late that is to be seen before what was read already. Begin with a new evaluation.</returns>
    public async Task<bool> UpdateAsync(CancellationToken cancellation = default)
    {
        if (_position < 0)
            _position = _first = await EventsSince.FindAsync(
                store.Events, experiment.StartedAt!.Value.AddDays(-experiment.Setup.Experiment.Design.BeforeDays - 1), cancellation);
        if (!await ReadUnits(cancellation)) return false;
        await ReadEvents(cancellation);
        return true;
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
        data.Notes = [.. Notes()];
        return Ended(ExperimentAnalysis.Read(experiment.Setup.Experiment, data, now));
    }

    /// <summary>What has stopped does not run, whatever its numbers would ask for.</summary>
    private OnlineExperimentReport Ended(OnlineExperimentReport report)
    {
        if (experiment.State != ExperimentState.Stopped) return report;
        static ExperimentVerdict Final(ExperimentVerdict verdict) =>
            verdict == ExperimentVerdict.Running ? ExperimentVerdict.Undecided : verdict;
        string summary = report.Verdict is ExperimentVerdict.Running or ExperimentVerdict.Undecided
            ? "Nothing was decided by then." : report.Summary;
        return report with
        {
            Verdict = Final(report.Verdict),
            Verdicts = [.. report.Verdicts.Select(arm => arm with { Verdict = Final(arm.Verdict), DaysLeft = null })],
            Summary = $"Stopped on {experiment.StoppedAt:yyyy-MM-dd HH:mm} UTC. {summary}",
        };
    }

    private IEnumerable<string> Notes()
    {
        if (_joined.Count > 0)
        {
            int mixed = _joined.Count(_mixed.Contains);
            string visitors = _joined.Count == 1 ? "visitor" : "visitors";
            yield return FormattableString.Invariant($"{_joined.Count:N0} {visitors} signed in after a session of theirs was exposed: ")
                + "session and user are one unit, in the arm that was exposed, with what they did before and after."
                + (mixed == 0 ? "" : FormattableString.Invariant(
                    $" {mixed:N0} of them saw another arm as user, and are left out: {100.0 * mixed / _joined.Count:F0} %."));
        }
        if (experiment.State == ExperimentState.Stopped)
            yield return $"Stopped on {experiment.StoppedAt:yyyy-MM-dd HH:mm} UTC. {experiment.StopReason}".TrimEnd();
    }

    /// <summary>Rows come in the order of commits, which need not be that of time: who is new enters when all rows were read.</summary>
    private async Task<bool> ReadUnits(CancellationToken cancellation)
    {
        var entering = new List<string>();
        while (await store.Experiments.AfterAsync(experiment.Name, _number, Page, cancellation) is { Count: > 0 } page)
        {
            foreach (var row in page) if (!Take(row, entering)) return false;
            _number = page[^1].Number;
        }
        foreach (string id in entering)
            if (_units.TryGetValue(id, out var unit)) await Enter(id, unit, cancellation);
        return true;
    }

    /// <summary>Reading ahead of adding up: both take about as long.</summary>
    private async Task ReadEvents(CancellationToken cancellation)
    {
        Task<IReadOnlyList<EventValue>> Next(long after) =>
            Task.Run(() => store.Events.ValuesAfterAsync(after, Page, cancellation), cancellation);
        for (var next = Next(_position); await next is { Count: > 0 } events;)
        {
            next = Next(_position = events[^1].Sequence);
            foreach (var e in events)
                if (_units.TryGetValue(e.Owner, out var unit))
                    Take(unit, e.Type, DateTimeOffset.FromUnixTimeMilliseconds(e.Time), e.Value ?? 1);
        }
    }

    private bool Take(ExposedUnit row, List<string> entering)
    {
        if (!Counts(row.First) || ArmOf(row.Arm) is not { } arm) return true;
        if (row.HasJoined) _joined.Add(row.Unit);
        if (_mixed.Contains(row.Unit)) return true;
        ref var unit = ref CollectionsMarshal.GetValueRefOrAddDefault(_units, row.Unit, out bool isKnown);
        if (!isKnown) entering.Add(row.Unit);
        unit ??= new(arm, experiment.Setup.Experiment.Metrics.Count);
        if (unit.Arm != arm)
        {
            if (unit.HasEntered) _sums.Remove(unit); // it is in no sum
            _units.Remove(row.Unit);
            _mixed.Add(row.Unit);
            return true;
        }
        if (!unit.Begin(row)) return false;
        var added = unit.Take(row);
        if (unit.HasEntered) Add(unit, added);
        return true;
    }

    private async Task Enter(string id, EvaluatedUnit unit, CancellationToken cancellation)
    {
        unit.Enter();
        _sums.Enter(unit);
        _entered.Add(id);
        foreach (var answered in unit.Answers) Add(unit, answered);
        if (_position == _first) return; // all its events are still to be read
        var history = await store.Events.HistoryAsync(id, MostEvents, _first, null, cancellation);
        foreach (var e in history.Where(e => e.Sequence <= _position).OrderBy(e => e.Sequence))
            Take(unit, e.Type, e.Time, e.Value ?? 1);
    }

    private void Take(EvaluatedUnit unit, string type, DateTimeOffset time, double value)
    {
        var design = experiment.Setup.Experiment.Design;
        if (time < unit.First)
        {
            if (!design.UsesBefore || time < unit.First.AddDays(-design.BeforeDays)) return;
            unit.HasBefore = true;
            foreach (var part in _sources.For(type))
                _sums.Change(unit, part.Metric, unit.Day, part.IsDenominator, isBefore: true, part.Counts ? 1 : value);
            return;
        }
        if (Counts(time)) Add(unit, type, experiment.DayOf(time), (time - unit.First).TotalDays, value, 1);
    }

    private void Add(EvaluatedUnit unit, EvaluatedUnit.Answered answered)
    {
        int age = answered.Day - unit.Day;
        Add(unit, MetricSources.Latency, answered.Day, age, answered.Latency, answered.Answers);
        Add(unit, MetricSources.Empty, answered.Day, age, answered.Empty, answered.Answers);
        Add(unit, MetricSources.Failed, answered.Day, age, answered.Failed, answered.Answers);
        Add(unit, MetricSources.Filled, answered.Day, age, answered.Answers - answered.Empty, answered.Answers);
        Add(unit, MetricSources.Answered, answered.Day, age, answered.Answers - answered.Failed, answered.Answers);
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
