using Kindred.Numerics;

namespace Kindred.Models.Neighbours;

/// <summary>
/// The scores of a user whose events come in one by one: each adds one row of the table, whatever came before. Mutable; one thread at a
/// time.
/// </summary>
/// <remarks>
/// The old need not decay: what is new counts more (G. Cormode, V. Shkapenyuk, D. Srivastava, B. Xu, "Forward Decay", ICDE 2009), and the
/// common factor is taken out when the scores are read. Memory: 4 bytes an item. Cost of an event: Neighbours additions.
/// </remarks>
internal sealed class SessionScores
{
    // a factor of 2^this between the first event and the newest: then the sums are scaled, long before a float overflows
    private const double LargestExponent = 60;

    private readonly SimilarityTable _table;
    private readonly Recency _recency;
    private readonly float[] _sums; // [items], in units of 2^_unit
    private long _events, _firstTime, _newestTime;
    private double _unit;

    internal SessionScores(SimilarityTable table, Recency recency)
    {
        _table = table;
        _recency = recency;
        _sums = new float[table.Items];
    }

    /// <summary>Adds an event.</summary>
    /// <param name="time">UTC Unix seconds; only matters where the model's options name a half-life in days. May be older than the last
    /// one.</param>
    public void Add(int item, float weight = 1, long time = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)item, (uint)_table.Items, nameof(item));
        if (_events == 0) (_firstTime, _newestTime) = (time, time);
        _newestTime = Math.Max(_newestTime, time);
        double exponent = _recency.LogOfPlace(_events++) + _recency.LogOfTime(time, _firstTime);
        if (exponent - _unit > LargestExponent)
        {
            Scale((float)Math.Pow(2, _unit - exponent), _sums);
            _unit = exponent;
        }
        _table.AddRow(item, weight * (float)Math.Pow(2, exponent - _unit), _sums);
    }

    /// <summary>The scores that the model gives to the history so far, up to rounding. Cost: a pass over the items.</summary>
    /// <param name="scores">[items], overwritten; NaN where no event reaches.</param>
    public void CopyTo(Span<float> scores)
    {
        _sums.CopyTo(scores);
        double newest = _recency.LogOfPlace(Math.Max(0, _events - 1)) + _recency.LogOfTime(_newestTime, _firstTime);
        if (newest != _unit) Scale((float)Math.Pow(2, _unit - newest), scores[.._sums.Length]);
        Kernels.ReplaceZeros(scores[.._sums.Length], float.NaN);
    }

    private static void Scale(float factor, Span<float> values)
    {
        foreach (ref float value in values) value *= factor;
    }
}
