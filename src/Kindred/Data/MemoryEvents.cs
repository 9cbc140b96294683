using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace Kindred.Data;

/// <summary>Events become interactions: ids get indices in the order of their first event.</summary>
/// <param name="values">What the weights are.</param>
internal sealed class MemoryEvents(ValueKind values)
{
    private readonly Dictionary<string, int> _users = new(StringComparer.Ordinal), _items = new(StringComparer.Ordinal);
    private readonly List<List<(int Item, long Time, float Weight)>> _histories = [];
    private bool? _timed;
    private long _count;

    /// <exception cref="InputException">An event has no id or no usable weight, or only some events have a time.</exception>
    public static Interactions ToInteractions(IEnumerable<Event> events, ValueKind values)
    {
        ArgumentNullException.ThrowIfNull(events);
        var read = new MemoryEvents(values);
        foreach (var e in events) read.Add(e);
        return read.ToInteractions();
    }

    /// <inheritdoc cref="ToInteractions(IEnumerable{Event}, ValueKind)"/>
    public static async Task<Interactions> ToInteractionsAsync(
        IAsyncEnumerable<Event> events, ValueKind values, CancellationToken cancellationToken)
    {
        var read = new MemoryEvents(values);
        await foreach (var e in events.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            read.Add(e);
        }
        return read.ToInteractions();
    }

    /// <exception cref="InputException">It has no id or no usable weight, or a time unlike those before it.</exception>
    public void Add(in Event e)
    {
        Check(e, ++_count, _timed ??= e.Time is not null);
        if (_users.TryAdd(e.UserId, _users.Count)) _histories.Add([]);
        _items.TryAdd(e.ItemId, _items.Count);
        _histories[_users[e.UserId]].Add((_items[e.ItemId], e.Time?.ToUnixTimeSeconds() ?? 0, e.Weight));
    }

    /// <summary>Each history is sorted by time; events of equal time keep their order. Cost: a sort of each history.</summary>
    public Interactions ToInteractions()
    {
        var sorted = _histories.Select(history => Ordered(history, values)).ToArray();
        int[] starts = [0, .. sorted.Select(history => history.Length)];
        for (int user = 1; user < starts.Length; user++) starts[user] += starts[user - 1];
        var all = sorted.SelectMany(history => history).ToArray();
        var result = new Interactions(new(_users.Keys), new(_items.Keys), new(
            starts,
            all.Select(e => e.Item).ToArray(),
            _timed == true ? all.Select(e => e.Time).ToArray() : default,
            all.Select(e => e.Weight).ToArray()));
        return result.WithOrigin(new("events", FingerprintOf(result), values));
    }

    private static (int Item, long Time, float Weight)[] Ordered(List<(int Item, long Time, float Weight)> history, ValueKind values)
    {
        var ordered = history.OrderBy(e => e.Time);
        if (values != ValueKind.Ratings) return [.. ordered];
        // A later rating of the same item replaces the earlier one.
        var latest = new HashSet<int>();
        return [.. ordered.Reverse().Where(e => latest.Add(e.Item)).Reverse()];
    }

    private static void Check(in Event e, long number, bool timed)
    {
        if (string.IsNullOrEmpty(e.UserId)) throw new InputException($"Event {number} has no user id; give each event one.");
        if (string.IsNullOrEmpty(e.ItemId)) throw new InputException($"Event {number} has no item id; give each event one.");
        if (WeightRange.OutsideIn([e.Weight]) >= 0)
            throw new InputException($"Event {number} has the weight {e.Weight}; weights must be above 0 and at most {WeightRange.Most}.");
        if (e.Time is not null != timed)
            throw new InputException(
                $"Event {number} has {(timed ? "no time" : "a time")}, unlike those before it; give all events a time, or none.");
    }

    /// <returns>Equal for equal ids and histories. Cost: a pass over both.</returns>
    public static string FingerprintOf(Interactions data)
    {
        var hash = new XxHash128();
        foreach (var ids in (Vocabulary[])[data.Users, data.Items])
        {
            for (int n = 0; n < ids.Count; n++)
            {
                hash.Append(Encoding.UTF8.GetBytes(ids.Id(n)));
                hash.Append([0]);
            }
            hash.Append([1]);
        }
        hash.Append(MemoryMarshal.AsBytes(data.Histories.Starts.Span));
        hash.Append(MemoryMarshal.AsBytes(data.Histories.Items.Span));
        hash.Append(MemoryMarshal.AsBytes(data.Histories.Times.Span));
        hash.Append(MemoryMarshal.AsBytes(data.Histories.Weights.Span));
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}
