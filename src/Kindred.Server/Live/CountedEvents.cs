using Kindred.Snapshots;
using Kindred.Store;

namespace Kindred.Server.Live;

/// <summary>
/// Which events popularity counts: of each owner and item the last one. Kept only for owners whose history is no longer that of the
/// snapshot and the tail, since some of their events were removed; of all others those two tell. One thread at a time.
/// </summary>
/// <param name="snapshot">Null: there is none yet.</param>
internal sealed class CountedEvents(Snapshot? snapshot, LiveItems items, Tail tail)
{
    private const int Page = 10_000;

    private readonly Dictionary<string, (Dictionary<int, long> Counted, long Last)> _own = new(StringComparer.Ordinal);
    private readonly Dictionary<int, long> _forgotten = []; // item → events up to this sequence do not count

    /// <summary>From now on an item's events up to a sequence do not count.</summary>
    /// <returns>False if that was said before.</returns>
    public bool Forget(int item, long sequence)
    {
        if (_forgotten.TryGetValue(item, out long before) && before >= sequence) return false;
        _forgotten[item] = sequence;
        foreach (var (counted, _) in _own.Values) counted.Remove(item);
        return true;
    }

    public bool IsForgotten(int item, long sequence) => _forgotten.TryGetValue(item, out long last) && sequence <= last;

    /// <returns>Whether an event is among those that <see cref="Replace"/> was given.</returns>
    public bool Has(string owner, long sequence) => _own.TryGetValue(owner, out var own) && sequence <= own.Last;

    /// <returns>Item → UTC Unix seconds of the event that is counted; the smallest number: it has no time.</returns>
    /// <remarks>Of an owner whose events did not fit into the tail those that the snapshot has learned.</remarks>
    public IReadOnlyDictionary<int, long> Of(string owner, EventSettings settings)
    {
        if (_own.TryGetValue(owner, out var own)) return new Dictionary<int, long>(own.Counted);
        var counted = LearnedOf(owner);
        tail.TryGet(owner, out var events);
        foreach (var e in events) if (items.TryGetIndex(e.ItemId, out int item)) Take(counted, item, e, settings);
        return counted;
    }

    /// <returns>The same, of what the snapshot has learned.</returns>
    public Dictionary<int, long> LearnedOf(string owner)
    {
        var counted = new Dictionary<int, long>();
        if (snapshot is null || !snapshot.Users.TryGetIndex(owner, out int user)) return counted;
        var history = snapshot.Histories.ItemsOf(user).Span;
        bool hasTimes = snapshot.Histories.HasTimes;
        for (int n = 0; n < history.Length; n++) // in the order of time
            if (!_forgotten.ContainsKey(history[n]))
                counted[history[n]] = hasTimes ? snapshot.Histories.TimesOf(user).Span[n] : long.MinValue;
        return counted;
    }

    /// <returns>The time of the event of an item that was counted before this one; null: none was.</returns>
    public long? Before(string owner, int item, TailEvent e, EventSettings settings)
    {
        if (_own.TryGetValue(owner, out var own))
        {
            long? before = own.Counted.TryGetValue(item, out long time) ? time : null;
            Take(own.Counted, item, e, settings);
            return before;
        }
        long? last = null;
        if (item < items.Known && !_forgotten.ContainsKey(item) && snapshot!.Users.TryGetIndex(owner, out int user)
            && snapshot.Histories.ItemsOf(user).Span.LastIndexOf(item) is >= 0 and int place)
            last = snapshot.Histories.HasTimes ? snapshot.Histories.TimesOf(user).Span[place] : long.MinValue;
        tail.TryGet(owner, out var events);
        foreach (var other in events)
        {
            if (other.Sequence >= e.Sequence || other.ItemId != e.ItemId || !Counts(item, other, settings)) continue;
            last = Math.Max(last ?? long.MinValue, other.Time.ToUnixTimeSeconds());
        }
        return last;
    }

    /// <summary>From now on these events of an owner count, and what comes after the last of them.</summary>
    /// <returns>As <see cref="Of"/>.</returns>
    public IReadOnlyDictionary<int, long> Replace(string owner, IEnumerable<(int Item, TailEvent Event)> events, EventSettings settings)
    {
        var (counted, last) = (new Dictionary<int, long>(), 0L);
        foreach (var (item, e) in events)
        {
            Take(counted, item, e, settings);
            last = Math.Max(last, e.Sequence);
        }
        _own[owner] = (counted, last);
        return counted;
    }

    /// <returns>All events of an owner that a store has, in the order of time within each page.</returns>
    public static async Task<IReadOnlyList<TailEvent>> ReadAsync(IEventStore store, string owner, CancellationToken cancellationToken)
    {
        var events = new List<TailEvent>();
        StoredEvent? first = null;
        while (await store.HistoryAsync(owner, Page, 0, first, cancellationToken) is { Count: > 0 } page)
        {
            events.AddRange(page.Select(TailEvent.From));
            first = page[0];
        }
        return events;
    }

    private bool Counts(int item, TailEvent e, EventSettings settings) =>
        settings.WeightOf(e.Type, e.Time, e.Time) > 0 && !IsForgotten(item, e.Sequence);

    private void Take(Dictionary<int, long> counted, int item, TailEvent e, EventSettings settings)
    {
        if (!Counts(item, e, settings)) return;
        long time = e.Time.ToUnixTimeSeconds();
        counted[item] = counted.TryGetValue(item, out long other) ? Math.Max(other, time) : time;
    }
}
