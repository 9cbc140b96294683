using System.Numerics;
using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Import;

/// <summary>
/// Events by user, oldest first, that can be merged, weighed and left out. Events of equal or unknown time stand in the order of the
/// source.
/// </summary>
/// <remarks>
/// Merging goes first, then <see cref="Keep(float)"/> and <see cref="KeepCore"/>, then <see cref="Scale"/>, then <see cref="Decay"/>.
/// </remarks>
internal sealed class EventTable
{
    private static readonly int Workers = Math.Min(Environment.ProcessorCount, 16);

    private readonly StringTable _users, _items;
    private readonly int[] _starts; // [users + 1]
    private readonly int[] _item, _events;
    private readonly long[] _times; // milliseconds: they order events of the same second
    private readonly float[] _weights;
    private readonly bool[] _kept;
    private ValueScale _scale = ValueScale.Raw;
    private float[]? _values; // as they came, where they were scaled

    /// <param name="rows">The part of the rows that counts: [first, end).</param>
    public EventTable(EncodedRows rows, int first, int end)
    {
        (_users, _items) = (rows.Users, rows.Items);
        _starts = new int[_users.Count + 1];
        for (int row = first; row < end; row++)
            if (rows.User[row] >= 0) _starts[rows.User[row] + 1]++;
        for (int user = 0; user < _users.Count; user++) _starts[user + 1] += _starts[user];

        var order = new int[_starts[^1]];
        _item = new int[order.Length];
        _times = new long[rows.Times.Length > 0 ? order.Length : 0];
        _events = new int[rows.Events.Length > 0 ? order.Length : 0];
        _weights = new float[order.Length];
        _kept = new bool[order.Length];
        // Each block looks through all rows for its own users.
        int blockUsers = Math.Max(1, (_users.Count + Workers - 1) / Workers);
        Blocks.ForEach(_users.Count, blockUsers, Workers, (firstUser, endUser) =>
        {
            OrderByUserAndTime(order, rows, first, end, firstUser, endUser);
            int start = _starts[firstUser], length = _starts[endUser] - start;
            var sources = order.AsSpan(start, length);
            Pick(rows.Item, sources, _item.AsSpan(start, length));
            if (_times.Length > 0) Pick(rows.Times, sources, _times.AsSpan(start, length));
            if (_events.Length > 0) Pick(rows.Events, sources, _events.AsSpan(start, length));
            if (rows.Values.Length > 0) Pick(rows.Values, sources, _weights.AsSpan(start, length));
            else _weights.AsSpan(start, length).Fill(1);
            _kept.AsSpan(start, length).Fill(true);
        }, CancellationToken.None);
    }

    /// <summary>Events that are still in.</summary>
    public long Count => _kept.AsSpan().Count(true);

    /// <summary>
    /// Ratings: the last one of a pair replaces the earlier ones. Otherwise: rows of one user, item, time and event type are one event,
    /// whose
    /// values are summed (without values it keeps weight 1).
    /// </summary>
    /// <returns>How many rows were merged into others.</returns>
    public long Merge(ValueKind kind) => kind == ValueKind.Ratings ? MergeRatings() : MergeRepeats(kind == ValueKind.Weights);

    /// <returns>How many events with less than <paramref name="minimum"/> were left out.</returns>
    public long Keep(float minimum)
    {
        long before = Count;
        for (int n = 0; n < _kept.Length; n++) _kept[n] = _kept[n] && _weights[n] >= minimum;
        return before - Count;
    }

    /// <summary>Leaves out users and items with too few events, again and again until all that remain have enough.</summary>
    /// <returns>How many events were left out.</returns>
    public long KeepCore(int minUser, int minItem, CancellationToken cancellation)
    {
        long before = Count, last;
        do
        {
            cancellation.ThrowIfCancellationRequested();
            last = Count;
            var (ofUser, ofItem) = CountEvents();
            for (int user = 0; user < _users.Count; user++)
                for (int n = _starts[user]; n < _starts[user + 1]; n++)
                    _kept[n] = _kept[n] && ofUser[user] >= minUser && ofItem[_item[n]] >= minItem;
        }
        while (Count < last);
        return before - last;
    }

    /// <returns>The values of the events that are in.</returns>
    public float[] Values() => Kept(_weights);

    /// <summary>weight ← the weight of such a value. The values are kept beside.</summary>
    public void Scale(ValueScale scale)
    {
        if (scale == ValueScale.Raw) return;
        (_scale, _values) = (scale, [.. _weights]);
        for (int n = 0; n < _kept.Length; n++)
            if (_kept[n]) _weights[n] = scale.WeightOf(_weights[n]);
    }

    /// <summary>
    /// weight ← weight · 2^(−age / halfLife), age counted back from the newest event; never less than the smallest normal number.
    /// </summary>
    public void Decay(TimeSpan halfLife)
    {
        const float Smallest = 1.17549435e-38f; // a weight stays above 0
        _values = null; // the weights no longer follow from them
        long newest = long.MinValue;
        for (int n = 0; n < _kept.Length; n++)
            if (_kept[n]) newest = Math.Max(newest, _times[n]);
        for (int n = 0; n < _kept.Length; n++)
        {
            if (!_kept[n]) continue;
            double halfLives = (newest - _times[n]) / halfLife.TotalMilliseconds;
            _weights[n] = MathF.Max(Smallest, (float)(_weights[n] * Math.Pow(2, -halfLives)));
        }
    }

    /// <returns>
    /// The events that are in, on vocabularies of the users and items that have any; and the old code → new index of both, −1 where
    /// gone; and, where they were scaled, the values as they came.
    /// </returns>
    public (Interactions Interactions, int[] UserIndex, int[] ItemIndex, ReadOnlyMemory<float> Values) Compact()
    {
        var (ofUser, ofItem) = CountEvents();
        var (users, userIndex) = Subset(_users, ofUser);
        var (items, itemIndex) = Subset(_items, ofItem);
        var histories = HistoriesOn(userIndex, users.Count, itemIndex);
        return (new(new Vocabulary(users), new Vocabulary(items), histories), userIndex, itemIndex,
            _values is null ? default : Kept(_values));
    }

    /// <returns>The events that are in, on the given vocabularies of all users and items.</returns>
    public Interactions On(Vocabulary users, Vocabulary items) =>
        new(users, items, HistoriesOn([.. Enumerable.Range(0, users.Count)], users.Count, [.. Enumerable.Range(0, items.Count)]));

    private Histories HistoriesOn(int[] userIndex, int users, int[] itemIndex)
    {
        int count = (int)Count, next = 0;
        var starts = new int[users + 1];
        var items = new int[count];
        var times = new long[_times.Length > 0 ? count : 0];
        var weights = new float[count];
        for (int user = 0; user < _users.Count; user++)
        {
            for (int n = _starts[user]; n < _starts[user + 1]; n++)
            {
                if (!_kept[n]) continue;
                items[next] = itemIndex[_item[n]];
                if (times.Length > 0) times[next] = _times[n] / 1000;
                weights[next++] = _weights[n];
            }
            if (userIndex[user] >= 0) starts[userIndex[user] + 1] = next;
        }
        return new(starts, items, times, weights) { Scale = _scale };
    }

    private float[] Kept(float[] values)
    {
        var kept = new float[Count];
        for (int n = 0, next = 0; n < values.Length; n++)
            if (_kept[n]) kept[next++] = values[n];
        return kept;
    }

    private long MergeRatings() => MergeBlocks(() => new int[_items.Count], (user, lastUser) =>
    {
        long merged = 0;
        for (int n = _starts[user + 1] - 1; n >= _starts[user]; n--)
        {
            bool replaced = lastUser[_item[n]] == user + 1; // the user of the last rating seen, walking backwards
            lastUser[_item[n]] = user + 1;
            if (!replaced) continue;
            _kept[n] = false;
            merged++;
        }
        return merged;
    });

    private long MergeRepeats(bool sum) => MergeBlocks(() => new Dictionary<(int Item, int Event), int>(), (user, first) =>
    {
        long merged = 0;
        for (int start = _starts[user], end; start < _starts[user + 1]; start = end)
        {
            for (end = start + 1; end < _starts[user + 1] && (_times.Length == 0 || _times[end] == _times[start]); end++) { }
            if (end - start == 1) continue;
            first.Clear();
            for (int n = start; n < end; n++)
            {
                var key = (_item[n], _events.Length > 0 ? _events[n] : 0);
                if (first.TryAdd(key, n)) continue;
                if (sum) _weights[first[key]] = Math.Min(float.MaxValue, _weights[first[key]] + _weights[n]);
                _kept[n] = false;
                merged++;
            }
        }
        return merged;
    });

    /// <param name="merge">Merges a user's events and says how many it merged into others.</param>
    private long MergeBlocks<TScratch>(Func<TScratch> createScratch, Func<int, TScratch, long> merge)
    {
        const int BlockUsers = 4096;
        long all = 0;
        Blocks.ForEach(_users.Count, BlockUsers, Workers, createScratch, (_, firstUser, endUser, scratch) =>
        {
            long merged = 0;
            for (int user = firstUser; user < endUser; user++) merged += merge(user, scratch);
            Interlocked.Add(ref all, merged);
        }, CancellationToken.None);
        return all;
    }

    private (int[] OfUser, int[] OfItem) CountEvents()
    {
        var ofUser = new int[_users.Count];
        var ofItem = new int[_items.Count];
        for (int user = 0; user < _users.Count; user++)
        {
            for (int n = _starts[user]; n < _starts[user + 1]; n++)
            {
                if (!_kept[n]) continue;
                ofUser[user]++;
                ofItem[_item[n]]++;
            }
        }
        return (ofUser, ofItem);
    }

    private static (StringTable Kept, int[] Index) Subset(StringTable ids, int[] counts)
    {
        var index = new int[ids.Count];
        int kept = 0, bytes = 0;
        for (int n = 0; n < ids.Count; n++)
        {
            index[n] = counts[n] > 0 ? kept++ : -1;
            if (counts[n] > 0) bytes += ids.Utf8(n).Length;
        }
        var starts = new int[kept + 1];
        var text = new byte[bytes];
        for (int n = 0; n < ids.Count; n++)
        {
            if (index[n] < 0) continue;
            ids.Utf8(n).CopyTo(text.AsSpan(starts[index[n]]));
            starts[index[n] + 1] = starts[index[n]] + ids.Utf8(n).Length;
        }
        return (new(starts, text), index);
    }

    /// <summary>Puts the rows of users [firstUser, endUser) in order: users one after another, each user's by time, then by row.</summary>
    /// <param name="order">[events], of all users: row numbers.</param>
    private void OrderByUserAndTime(int[] order, EncodedRows rows, int first, int end, int firstUser, int endUser)
    {
        var next = _starts.AsSpan(firstUser..endUser).ToArray();
        for (int row = first; row < end; row++)
            if (rows.User[row] - firstUser is var user && (uint)user < (uint)next.Length) order[next[user]++] = row;
        if (rows.Times.Length == 0) return;

        var keys = Array.Empty<long>();
        var sorted = Array.Empty<int>();
        for (int user = firstUser; user < endUser; user++)
        {
            int start = _starts[user], length = _starts[user + 1] - start;
            if (length > keys.Length) (keys, sorted) = (new long[2 * length], new int[2 * length]);
            long latest = 0;
            bool inOrder = true;
            for (int n = 0; n < length; n++)
            {
                keys[n] = rows.Times[order[start + n]];
                inOrder = inOrder && (n == 0 || keys[n - 1] <= keys[n]);
                latest = Math.Max(latest, keys[n]);
            }
            if (inOrder) continue;
            // One key sorts by time and position, as times lie below 2⁴²; for users of more than two million events it is too short.
            int bits = BitOperations.Log2((uint)length) + 1;
            if (latest >> (63 - bits) == 0)
            {
                for (int n = 0; n < length; n++) keys[n] = (keys[n] << bits) | (uint)n;
                keys.AsSpan(0, length).Sort();
                for (int n = 0; n < length; n++) sorted[n] = order[start + (int)(keys[n] & ((1L << bits) - 1))];
            }
            else
            {
                int[] byTime = [.. Enumerable.Range(0, length).OrderBy(n => keys[n])];
                for (int n = 0; n < length; n++) sorted[n] = order[start + byTime[n]];
            }
            sorted.AsSpan(0, length).CopyTo(order.AsSpan(start));
        }
    }

    private static void Pick<T>(T[] values, ReadOnlySpan<int> order, Span<T> picked)
    {
        for (int n = 0; n < order.Length; n++) picked[n] = values[order[n]];
    }
}
