namespace Kindred.Ranking;

/// <summary>
/// When the events of each key were, so that those before a moment can be counted: nothing later can change an answer. Immutable.
/// </summary>
/// <remarks>Made by one sort of the times of each key, 8 bytes an event. Cost of a count: a search among the key's events.</remarks>
internal sealed class EventTimes
{
    private readonly int[] _starts; // [keys + 1]
    private readonly long[] _times; // [events], ascending for each key; empty: the events have none

    /// <param name="keys">[events], from 0 and below <paramref name="count"/>.</param>
    /// <param name="times">[events], UTC Unix seconds; empty: unknown, so that every event is before any moment.</param>
    public EventTimes(ReadOnlySpan<int> keys, ReadOnlySpan<long> times, int count)
    {
        _starts = new int[count + 1];
        foreach (int key in keys) _starts[key + 1]++;
        for (int key = 0; key < count; key++) _starts[key + 1] += _starts[key];
        _times = new long[times.Length];
        int[] next = _starts[..count];
        for (int n = 0; n < times.Length; n++) _times[next[keys[n]]++] = times[n];
        for (int key = 0; key < count; key++) Of(key).Sort();
    }

    /// <returns>How many events the key had before the moment.</returns>
    public int CountBefore(int key, long moment)
    {
        if (_times.Length == 0) return _starts[key + 1] - _starts[key];
        var times = Of(key);
        int low = 0, high = times.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (times[middle] < moment) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <returns>Seconds since the key's first event; NaN where it had none before the moment.</returns>
    public float Age(int key, long moment) => Of(key) is [var first, ..] && first < moment ? moment - first : float.NaN;

    private Span<long> Of(int key) => _times.Length == 0 ? [] : _times.AsSpan(_starts[key].._starts[key + 1]);
}
