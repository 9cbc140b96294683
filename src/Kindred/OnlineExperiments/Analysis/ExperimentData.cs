using Kindred.OnlineExperiments.Metrics;

namespace Kindred.OnlineExperiments.Analysis;

/// <summary>
/// All that an analysis reads of an experiment: sums by metric, arm, day, segment and stratum. Its size does not depend on how many units
/// there are.
/// </summary>
/// <remarks>
/// Units come one after the other, each with its events by day: <see cref="Begin"/>, at most one <see cref="AddBefore"/>, any number of
/// <see cref="Add"/> with ascending days, <see cref="End"/>. What a unit has added up to by each day is kept in the sums of that day, so
/// that the result of every earlier day can be shown. Not thread-safe.
/// </remarks>
public sealed class ExperimentData
{
    private readonly OnlineExperiment _experiment;
    private readonly UnitSums[,,] _byDay; // [metric, arm, day]: changes of the day, until they are added up
    private readonly UnitSums[,,] _bySegment; // [metric, arm, segment]
    private readonly UnitSums[,,] _byStratum; // [metric, arm, stratum]
    private readonly double[] _caps, _before, _now;
    private readonly double[] _last; // [metric][4] as they were added
    private readonly List<int> _segments = [];
    private readonly bool[] _isLeftOut; // [metric] of the unit
    private int _arm, _day, _stratum;
    private bool _hasBefore, _isIn, _isSummed;

    /// <param name="days">Of the data, from the first exposure to the last event; 1 where times are not known.</param>
    /// <param name="segments">Names, such as <c>country=DE</c>.</param>
    /// <param name="strata">Groups of units known before their first exposure, in which arms are compared; 1: none.</param>
    /// <param name="caps">[metrics] of what a unit counts at most; ∞: as it is. Null: the metrics' own caps.</param>
    public ExperimentData(
        OnlineExperiment experiment, int days, IReadOnlyList<string>? segments = null, int strata = 1, IReadOnlyList<double>? caps = null)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(days);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(strata);
        experiment.Check();
        (_experiment, Days, Strata, Segments) = (experiment, days, strata, segments ?? []);
        int metrics = experiment.Metrics.Count, arms = experiment.Arms.Count;
        _byDay = Sums(metrics, arms, days);
        _bySegment = Sums(metrics, arms, Segments.Count);
        // those with and without a history are strata of their own
        _byStratum = Sums(metrics, arms, 2 * strata);
        _caps = [.. caps ?? experiment.Metrics.Select(metric => metric.Cap ?? double.PositiveInfinity)];
        if (_caps.Length != metrics) throw new ArgumentException("There must be a cap for each metric.", nameof(caps));
        (_before, _now, _last) = (new double[2 * metrics], new double[2 * metrics], new double[UnitSums.Width * metrics]);
        _isLeftOut = new bool[metrics];
        UnitsByDay = [.. Enumerable.Range(0, days).Select(_ => new long[arms])];
        UnitsBySegment = [.. Segments.Select(_ => new long[arms])];
    }

    public int Days { get; }

    /// <summary>Groups of units known before their first exposure, in which arms are compared; 1: none.</summary>
    public int Strata { get; }

    public IReadOnlyList<string> Segments { get; }

    /// <summary>[days][arms]: units whose first exposure was on that day.</summary>
    public IReadOnlyList<long[]> UnitsByDay { get; }

    /// <summary>[segments][arms]</summary>
    public IReadOnlyList<long[]> UnitsBySegment { get; }

    /// <summary>Units that saw two arms. They are in no sum.</summary>
    public long UnitsInSeveralArms { get; set; }

    /// <summary>Day 0; null: times are not known.</summary>
    public DateTimeOffset? Start { get; set; }

    /// <summary>Whether the last day is over; of an experiment that is under way it is not.</summary>
    internal bool IsLastDayComplete { get; set; } = true;

    /// <summary>Whether nobody said how many days are planned, so that the design's are a guess.</summary>
    internal bool IsLengthAssumed { get; set; }

    /// <summary>Whether days say when things happened.</summary>
    public bool HasTimes => Start is not null;

    /// <summary>Sentences about what was found in the data.</summary>
    public IReadOnlyList<string> Notes { get; set; } = [];

    /// <summary>[metrics]: what a unit counts at most, to be stored with the experiment.</summary>
    public IReadOnlyList<double> Caps => _caps;

    /// <summary>From sums that were made elsewhere.</summary>
    /// <param name="byDay">[day][metric, arm]: what changed on the day.</param>
    /// <param name="byStratum">[stratum][metric, arm] at the end: units without a history, and with one.</param>
    /// <param name="units">[day][arm]: those whose first exposure was then.</param>
    /// <param name="segments">[strata] names, where strata are shown as segments, too; empty: they are not.</param>
    internal static ExperimentData From(
        OnlineExperiment experiment, IReadOnlyList<UnitSums[,]> byDay, IReadOnlyList<UnitSums[,]> byStratum, IReadOnlyList<long[]> units,
        IReadOnlyList<string> segments)
    {
        var data = new ExperimentData(experiment, byDay.Count, segments);
        for (int day = 0; day < byDay.Count; day++) units[day].CopyTo(data.UnitsByDay[day], 0);
        for (int metric = 0; metric < experiment.Metrics.Count; metric++)
            for (int arm = 0; arm < experiment.Arms.Count; arm++)
            {
                for (int day = 0; day < byDay.Count; day++) data._byDay[metric, arm, day].Merge(byDay[day][metric, arm]);
                for (int s = 0; s < byStratum.Count; s++) data._byStratum[metric, arm, s].Merge(byStratum[s][metric, arm]);
                for (int s = 0; s < segments.Count; s++)
                {
                    data._bySegment[metric, arm, s].Merge(byStratum[s][metric, arm]);
                    data.UnitsBySegment[s][arm] = byStratum[s][metric, arm].Count;
                }
            }
        return data;
    }

    /// <summary>What a unit counts in the sums of a metric.</summary>
    /// <param name="now">[2] what it added up to since its first exposure: numerator and denominator.</param>
    /// <param name="before">[2] and before.</param>
    internal static void Describe(
        OnlineMetric metric, double cap, ReadOnlySpan<double> now, ReadOnlySpan<double> before, Span<double> unit)
    {
        bool isRatio = metric.Kind == OnlineMetricKind.Ratio;
        (unit[0], unit[1]) = (Counted(metric, cap, now[0]), isRatio ? now[1] : 1);
        (unit[2], unit[3]) = (Counted(metric, cap, before[0]), isRatio ? before[1] : 1);
    }

    /// <param name="day">Of its first exposure.</param>
    /// <param name="segments">It is in; numbers of <see cref="Segments"/>.</param>
    public void Begin(int arm, int day, ReadOnlySpan<int> segments = default, int stratum = 0)
    {
        (_arm, _day, _stratum, _hasBefore, _isIn) = (arm, day, stratum, false, false);
        _segments.Clear();
        _segments.AddRange(segments);
        Array.Clear(_isLeftOut);
        Array.Clear(_before);
        Array.Clear(_now);
    }

    /// <summary>What the unit did is not known of a metric, which is not 0: the unit is in none of its sums.</summary>
    /// <remarks>Before the first <see cref="Add"/> or <see cref="End"/> of the unit.</remarks>
    internal void LeaveOut(int metric) => _isLeftOut[metric] = true;

    /// <summary>What it did before its first exposure.</summary>
    /// <param name="values">[2 · metrics]: numerator and denominator of each; a mean's denominator is not read.</param>
    public void AddBefore(ReadOnlySpan<double> values)
    {
        _hasBefore = true;
        Accumulate(_before, values);
    }

    /// <summary>What it did on a day after its first exposure.</summary>
    /// <param name="day">Not before the day of its first exposure or of an earlier call.</param>
    /// <param name="values">As for <see cref="AddBefore"/>.</param>
    public void Add(int day, ReadOnlySpan<double> values)
    {
        Enter();
        Accumulate(_now, values);
        day = Math.Clamp(day, _day, Days - 1);
        Span<double> unit = stackalloc double[UnitSums.Width];
        for (int metric = 0; metric < _caps.Length; metric++)
        {
            if (_isLeftOut[metric]) continue;
            var last = _last.AsSpan(metric * UnitSums.Width, UnitSums.Width);
            Describe(metric, unit);
            if (unit.SequenceEqual(last)) continue;
            _byDay[metric, _arm, day].Replace(last, unit);
            unit.CopyTo(last);
        }
    }

    /// <summary>The unit is complete.</summary>
    public void End()
    {
        Enter();
        int stratum = (2 * _stratum) + (_hasBefore ? 1 : 0);
        for (int metric = 0; metric < _caps.Length; metric++)
        {
            if (_isLeftOut[metric]) continue;
            var unit = _last.AsSpan(metric * UnitSums.Width, UnitSums.Width);
            foreach (int segment in _segments) _bySegment[metric, _arm, segment].Add(unit);
            _byStratum[metric, _arm, stratum].Add(unit);
        }
        foreach (int segment in _segments) UnitsBySegment[segment][_arm]++;
    }

    /// <returns>Of all units that came up to a day, what they had added up to by its end.</returns>
    internal UnitSums Of(int metric, int arm, int day)
    {
        if (!_isSummed)
        {
            for (int m = 0; m < _byDay.GetLength(0); m++)
                for (int a = 0; a < _byDay.GetLength(1); a++)
                    for (int d = 1; d < Days; d++) _byDay[m, a, d].Merge(_byDay[m, a, d - 1]);
            _isSummed = true;
        }
        return _byDay[metric, arm, day];
    }

    internal UnitSums OfSegment(int metric, int arm, int segment) => _bySegment[metric, arm, segment];

    /// <returns>Control and treatment in each stratum, at the end.</returns>
    internal IReadOnlyList<(UnitSums Control, UnitSums Treatment)> StrataOf(int metric, int control, int treatment) =>
    [
        .. Enumerable.Range(0, _byStratum.GetLength(2)).Select(s => (_byStratum[metric, control, s], _byStratum[metric, treatment, s]))
            .Where(s => s.Item1.Count + s.Item2.Count > 0),
    ];

    /// <returns>[arms]: units that came up to a day.</returns>
    internal long[] UnitsUpTo(int day)
    {
        var units = new long[_experiment.Arms.Count];
        for (int d = 0; d <= day; d++)
            for (int arm = 0; arm < units.Length; arm++) units[arm] += UnitsByDay[d][arm];
        return units;
    }

    private void Enter()
    {
        if (_isIn) return;
        _isIn = true;
        UnitsByDay[_day][_arm]++;
        for (int metric = 0; metric < _caps.Length; metric++)
        {
            if (_isLeftOut[metric]) continue;
            var unit = _last.AsSpan(metric * UnitSums.Width, UnitSums.Width);
            Describe(metric, unit);
            _byDay[metric, _arm, _day].Add(unit);
        }
    }

    private void Describe(int metric, Span<double> unit) =>
        Describe(_experiment.Metrics[metric], _caps[metric], _now.AsSpan(2 * metric, 2), _before.AsSpan(2 * metric, 2), unit);

    private static double Counted(OnlineMetric metric, double cap, double value) =>
        metric.Kind == OnlineMetricKind.Proportion ? value != 0 ? 1 : 0 : Math.Min(value, cap);

    private static void Accumulate(double[] sums, ReadOnlySpan<double> values)
    {
        for (int n = 0; n < sums.Length; n++) sums[n] += values[n];
    }

    private static UnitSums[,,] Sums(int metrics, int arms, int parts)
    {
        var sums = new UnitSums[metrics, arms, parts];
        for (int m = 0; m < metrics; m++)
            for (int a = 0; a < arms; a++)
                for (int p = 0; p < parts; p++) sums[m, a, p] = new();
        return sums;
    }
}
