using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Analysis;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.Server.Experiments;

/// <summary>Sums by day, metric and arm, each the change of its day.</summary>
internal sealed class EvaluatedSums(OnlineExperiment experiment)
{
    /// <summary>Those who did nothing in the days before their first exposure, and the others.</summary>
    private static readonly string[] Visitors = ["visitor=new", "visitor=returning"];

    private readonly List<UnitSums[,]> _byDay = []; // [day][metric, arm]
    private readonly List<long[]> _units = []; // [day][arm]

    private int Metrics => experiment.Metrics.Count;

    private int Arms => experiment.Arms.Count;

    /// <summary>A unit with nothing but its first exposure.</summary>
    public void Enter(EvaluatedUnit unit)
    {
        MakeRoom(unit.Day);
        _units[unit.Day][unit.Arm]++;
        Span<double> described = stackalloc double[UnitSums.Width];
        for (int metric = 0; metric < Metrics; metric++)
        {
            Describe(unit, metric, described);
            _byDay[unit.Day][metric, unit.Arm].Add(described);
        }
    }

    /// <summary>Takes a unit out, as if it had never entered; what it did by day stays where it last changed.</summary>
    public void Remove(EvaluatedUnit unit)
    {
        _units[unit.Day][unit.Arm]--;
        Span<double> described = stackalloc double[UnitSums.Width];
        for (int metric = 0; metric < Metrics; metric++)
        {
            Describe(unit, metric, described);
            _byDay[unit.Changed[metric]][metric, unit.Arm].Remove(described);
        }
    }

    /// <summary>A unit did something more.</summary>
    /// <param name="day">Of what it did; what comes late counts on the day of what came before it.</param>
    public void Change(EvaluatedUnit unit, int metric, int day, bool isDenominator, bool isBefore, double value)
    {
        Span<double> before = stackalloc double[UnitSums.Width], after = stackalloc double[UnitSums.Width];
        Describe(unit, metric, before);
        unit.Values[(metric * UnitSums.Width) + (isBefore ? 2 : 0) + (isDenominator ? 1 : 0)] += value;
        Describe(unit, metric, after);
        if (after.SequenceEqual(before)) return;
        day = Math.Max(day, unit.Changed[metric]);
        unit.Changed[metric] = (short)day;
        MakeRoom(day);
        _byDay[day][metric, unit.Arm].Replace(before, after);
    }

    /// <param name="days">That are over, or under way; what is dated later counts on the last of them.</param>
    /// <param name="units">All that entered.</param>
    public ExperimentData ToData(int days, IEnumerable<EvaluatedUnit> units)
    {
        UnitSums[][,] byDay = [.. Enumerable.Range(0, days).Select(_ => Empty())], byStratum = [Empty(), Empty()];
        long[][] entered = [.. Enumerable.Range(0, days).Select(_ => new long[Arms])];
        for (int day = 0; day < _byDay.Count; day++)
        {
            int shown = Math.Min(day, days - 1);
            for (int arm = 0; arm < Arms; arm++)
            {
                entered[shown][arm] += _units[day][arm];
                for (int metric = 0; metric < Metrics; metric++) byDay[shown][metric, arm].Merge(_byDay[day][metric, arm]);
            }
        }
        Span<double> described = stackalloc double[UnitSums.Width];
        foreach (var unit in units)
            for (int metric = 0; metric < Metrics; metric++)
            {
                Describe(unit, metric, described);
                byStratum[unit.HasBefore ? 1 : 0][metric, unit.Arm].Add(described);
            }
        return ExperimentData.From(experiment, byDay, byStratum, entered, experiment.Design.UsesBefore ? Visitors : []);
    }

    private void Describe(EvaluatedUnit unit, int metric, Span<double> described)
    {
        var values = unit.Values.AsSpan(metric * UnitSums.Width, UnitSums.Width);
        var definition = experiment.Metrics[metric];
        ExperimentData.Describe(definition, definition.Cap ?? double.PositiveInfinity, values[..2], values[2..], described);
    }

    private void MakeRoom(int day)
    {
        while (_byDay.Count <= day)
        {
            _byDay.Add(Empty());
            _units.Add(new long[Arms]);
        }
    }

    private UnitSums[,] Empty()
    {
        var sums = new UnitSums[Metrics, Arms];
        for (int metric = 0; metric < Metrics; metric++)
            for (int arm = 0; arm < Arms; arm++) sums[metric, arm] = new();
        return sums;
    }
}
