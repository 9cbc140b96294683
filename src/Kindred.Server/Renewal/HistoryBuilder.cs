using Kindred.Data;

namespace Kindred.Server.Renewal;

/// <summary>Events, as they come, become histories. Ids get indices in the order of their first event.</summary>
/// <remarks>Columns, and not a list for each user: 24 bytes an event.</remarks>
internal sealed class HistoryBuilder
{
    private const double Day = 86_400_000; // ms

    /// <summary>An old event counts little, but it was.</summary>
    private const float LeastWeight = 1e-6f;

    private readonly Dictionary<string, int> _users = new(StringComparer.Ordinal), _items = new(StringComparer.Ordinal);
    private readonly List<int> _userOf = [], _itemOf = []; // [events]
    private readonly List<long> _times = []; // [events], ms since 1970
    private readonly List<float> _weights = []; // [events]

    /// <param name="time">In ms since 1970.</param>
    /// <param name="weight">Above 0.</param>
    public void Add(string user, string item, long time, float weight)
    {
        _userOf.Add(IndexOf(_users, user));
        _itemOf.Add(IndexOf(_items, item));
        _times.Add(time);
        _weights.Add(weight);
    }

    /// <summary>Each history is ordered by time; events of one time stay in the order in which they came. O(events · log
    /// longest).</summary>
    /// <param name="halfLifeDays">An event weighs half for so many days that it is older than the newest one; null: age does not
    /// matter.</param>
    public Interactions Build(double? halfLifeDays)
    {
        var starts = new int[_users.Count + 1];
        foreach (int user in _userOf) starts[user + 1]++;
        for (int user = 0; user < _users.Count; user++) starts[user + 1] += starts[user];
        var order = new int[_userOf.Count];
        int[] next = starts[..^1];
        for (int e = 0; e < order.Length; e++) order[next[_userOf[e]]++] = e;
        for (int user = 0; user < _users.Count; user++) SortByTime(order.AsSpan(starts[user]..starts[user + 1]));

        long newest = _times.Count == 0 ? 0 : _times.Max();
        var (items, times, weights) = (new int[order.Length], new long[order.Length], new float[order.Length]);
        for (int n = 0; n < order.Length; n++)
        {
            int e = order[n];
            items[n] = _itemOf[e];
            times[n] = Math.DivRem(_times[e], 1000, out long rest) - (rest < 0 ? 1 : 0);
            weights[n] = halfLifeDays is not { } days ? _weights[e]
                : Math.Max(LeastWeight, (float)(_weights[e] * double.Exp2(-(newest - _times[e]) / Day / days)));
        }
        return new(new(_users.Keys), new(_items.Keys), new(starts, items, times, weights));
    }

    private void SortByTime(Span<int> events)
    {
        bool isSorted = true;
        for (int n = 1; n < events.Length && isSorted; n++) isSorted = _times[events[n - 1]] <= _times[events[n]];
        if (!isSorted) events.Sort((a, b) => _times[a] != _times[b] ? _times[a].CompareTo(_times[b]) : a.CompareTo(b));
    }

    private static int IndexOf(Dictionary<string, int> indices, string id)
    {
        if (!indices.TryGetValue(id, out int index)) indices.Add(id, index = indices.Count);
        return index;
    }
}
