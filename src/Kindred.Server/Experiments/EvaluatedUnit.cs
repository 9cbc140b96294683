using Kindred.OnlineExperiments.Metrics;
using Kindred.Store;

namespace Kindred.Server.Experiments;

/// <summary>A unit of an experiment, and what it has added up to.</summary>
internal sealed class EvaluatedUnit(int arm, int metrics)
{
    private Answered[] _answered = []; // by day, in the order in which days came

    public int Arm => arm;

    /// <summary>Of its first exposure.</summary>
    public int Day { get; private set; }

    public DateTimeOffset First { get; private set; } = DateTimeOffset.MaxValue;

    public bool HasBefore { get; set; }

    /// <summary>It is in the sums, from when on its first exposure cannot be moved.</summary>
    public bool HasEntered { get; private set; }

    /// <summary>[metrics][4]: numerator, denominator, both before the first exposure.</summary>
    public double[] Values { get; } = new double[metrics * UnitSums.Width];

    /// <summary>[metrics]: the day of the last change.</summary>
    public short[] Changed { get; } = new short[metrics];

    /// <summary>All that is known of its answers, the earliest day first.</summary>
    public IEnumerable<Answered> Answers => _answered.OrderBy(answered => answered.Day);

    /// <returns>False: the row has an exposure before the first one, with which the unit has entered already.</returns>
    public bool Begin(ExposedUnit row)
    {
        if (row.First >= First) return true;
        if (HasEntered) return false;
        (First, Day) = (row.First, row.Day);
        return true;
    }

    public void Enter()
    {
        HasEntered = true;
        Array.Fill(Changed, (short)Day);
    }

    /// <returns>What a row says more than it did before, whichever row came between.</returns>
    public Answered Take(ExposedUnit row)
    {
        var now = new Answered((short)row.Day, (int)row.Answers, (int)row.Empty, (int)row.Failed, row.Latency);
        int place = Array.FindIndex(_answered, answered => answered.Day == row.Day);
        if (place < 0)
        {
            _answered = [.. _answered, now];
            return now;
        }
        var before = _answered[place];
        _answered[place] = now;
        return new(now.Day, now.Answers - before.Answers, now.Empty - before.Empty, now.Failed - before.Failed,
            now.Latency - before.Latency);
    }

    /// <summary>The answers of a day.</summary>
    /// <param name="Latency">Of all together, ms.</param>
    internal readonly record struct Answered(short Day, int Answers, int Empty, int Failed, double Latency);
}
