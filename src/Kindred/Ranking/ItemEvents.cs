using Kindred.Data;

namespace Kindred.Ranking;

/// <summary>Of each item how many events it has, since when, and how many lately. Counted once.</summary>
internal sealed class ItemEvents
{
    private const long Day = 86_400;

    private readonly Histories _histories;
    private readonly int[] _counts; // [items]
    private readonly long[] _first; // [items], seconds; empty without times

    public ItemEvents(Interactions data)
    {
        _histories = data.Histories;
        _counts = new int[data.Items.Count];
        foreach (int item in _histories.Items.Span) _counts[item]++;
        _first = new long[_histories.HasTimes ? _counts.Length : 0];
        Array.Fill(_first, long.MaxValue);
        for (int n = 0; n < _histories.Times.Length; n++)
        {
            int item = _histories.Items.Span[n];
            long time = _histories.Times.Span[n];
            _first[item] = Math.Min(_first[item], time);
            Newest = Math.Max(Newest, time);
        }
    }

    /// <summary>UTC Unix seconds of the last event of all.</summary>
    public long Newest { get; }

    public int Count(int item) => _counts[item];

    /// <returns>Seconds since the item's first event; NaN where it has none.</returns>
    public float Age(int item) => _first[item] == long.MaxValue ? float.NaN : Newest - _first[item];

    /// <returns>[items], events of the last days, to the newest one.</returns>
    public int[] CountsOfDays(int days)
    {
        var counts = new int[_counts.Length];
        for (int n = 0; n < _histories.Count; n++)
            if (_histories.Times.Span[n] > Newest - (days * Day)) counts[_histories.Items.Span[n]]++;
        return counts;
    }
}
