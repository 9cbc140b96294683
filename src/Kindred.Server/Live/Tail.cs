using System.Collections.Concurrent;
using Kindred.Store;

namespace Kindred.Server.Live;

/// <summary>An event that a snapshot has not learned.</summary>
internal readonly record struct TailEvent(long Sequence, DateTimeOffset Time, string Type, string ItemId)
{
    public static TailEvent From(StoredEvent e) => new(e.Sequence, e.Time, e.Type, e.ItemId);

    /// <summary>Memory, about: the struct and two strings.</summary>
    public int Bytes => 96 + (2 * ItemId.Length);
}

/// <summary>
/// The events after a sequence, by owner, in memory. What does not fit is not kept: of its owners the store is asked instead. Safe to use
/// from any number of threads.
/// </summary>
/// <param name="after">The sequence.</param>
/// <param name="capacity">Bytes, about.</param>
/// <param name="learned">What the snapshot has learned: if that is less, older events are in the store alone, for all owners.</param>
internal sealed class Tail(long after, long capacity, long learned)
{
    private const int BytesOfOwner = 240; // the entry, the list, the id

    private readonly ConcurrentDictionary<string, OwnedEvents> _owners = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _evicted = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _order = []; // owners, the one with the oldest first event first
    private long _bytes, _events;

    /// <summary>Events with this sequence or a smaller one are not in it.</summary>
    public long After => after;

    /// <summary>The snapshot has learned events up to this sequence.</summary>
    public long Learned => learned;

    /// <summary>Events kept.</summary>
    public long Events => Volatile.Read(ref _events);

    /// <summary>What they take, about.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Owners whose events did not fit.</summary>
    public int Evicted => _evicted.Count;

    /// <returns>True if it was not there; its place is that of its time.</returns>
    public bool Add(string owner, TailEvent e)
    {
        if (e.Sequence <= after || _evicted.ContainsKey(owner)) return false;
        var events = _owners.GetOrAdd(owner, static (owner, tail) =>
        {
            tail._order.Enqueue(owner);
            Interlocked.Add(ref tail._bytes, BytesOfOwner + (2 * owner.Length));
            return new();
        }, this);
        if (!events.Add(e)) return false;
        Interlocked.Increment(ref _events);
        if (Interlocked.Add(ref _bytes, e.Bytes) > capacity) Evict();
        return true;
    }

    /// <summary>Drops an owner's events, as some of them were removed from the store.</summary>
    public void Drop(string owner)
    {
        if (_owners.TryRemove(owner, out var events)) Free(owner, events.Copy());
        _evicted.TryRemove(owner, out _);
    }

    /// <summary>Drops those of several owners. Cost: a look at each.</summary>
    public void DropWhere(Predicate<string> isDropped)
    {
        foreach (string owner in _owners.Keys.Concat(_evicted.Keys)) if (isDropped(owner)) Drop(owner);
    }

    /// <param name="events">In the order of time.</param>
    /// <returns>False if the store must be asked.</returns>
    public bool TryGet(string owner, out IReadOnlyList<TailEvent> events)
    {
        events = _owners.TryGetValue(owner, out var owned) ? owned.Copy() : [];
        return after <= learned && (_evicted.IsEmpty || !_evicted.ContainsKey(owner));
    }

    /// <summary>All that are kept, with their owners.</summary>
    public IEnumerable<(string Owner, TailEvent Event)> All() =>
        _owners.SelectMany(pair => pair.Value.Copy(), (pair, e) => (pair.Key, e));

    /// <returns>The events after a later sequence.</returns>
    public Tail From(long sequence, long learned)
    {
        var tail = new Tail(sequence, capacity, learned);
        foreach (string owner in _evicted.Keys) tail._evicted[owner] = true;
        foreach (string owner in _order)
            if (_owners.TryGetValue(owner, out var events)) foreach (var e in events.Copy()) tail.Add(owner, e);
        return tail;
    }

    private void Evict()
    {
        while (Bytes > capacity && _order.TryDequeue(out string? oldest))
        {
            // first marked, then removed: a request in between asks the store
            if (!_owners.ContainsKey(oldest)) continue;
            _evicted[oldest] = true;
            if (_owners.TryRemove(oldest, out var events)) Free(oldest, events.Copy());
        }
    }

    private void Free(string owner, TailEvent[] events)
    {
        Interlocked.Add(ref _events, -events.Length);
        Interlocked.Add(ref _bytes, -(BytesOfOwner + (2 * owner.Length) + events.Sum(e => (long)e.Bytes)));
    }

    /// <summary>Of one owner, in the order of (time, sequence).</summary>
    private sealed class OwnedEvents
    {
        private TailEvent[] _events = new TailEvent[1];
        private int _count;

        public bool Add(TailEvent e)
        {
            lock (this)
            {
                int at = _count;
                while (at > 0 && (e.Time, e.Sequence).CompareTo((_events[at - 1].Time, _events[at - 1].Sequence)) < 0) at--;
                if (at > 0 && _events[at - 1].Sequence == e.Sequence) return false;
                if (_count == _events.Length) Array.Resize(ref _events, 2 * _count);
                Array.Copy(_events, at, _events, at + 1, _count - at);
                _events[at] = e;
                _count++;
                return true;
            }
        }

        public TailEvent[] Copy()
        {
            lock (this) return _events[.._count];
        }
    }
}
