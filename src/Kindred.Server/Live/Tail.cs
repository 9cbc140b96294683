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
/// What happened after a sequence, by owner, in memory. What does not fit is not kept: of its owners the store is asked instead. Safe to
/// use from any number of threads.
/// </summary>
/// <param name="after">The sequence.</param>
/// <param name="capacity">Bytes, about.</param>
/// <param name="learned">What the snapshot has learned: if that is less, older events are in the store alone, for all owners.</param>
/// <param name="longest">Of an owner the newest events, at most so many.</param>
internal sealed class Tail(long after, long capacity, long learned, int longest = int.MaxValue)
{
    private const int BytesOfOwner = 240; // the entry, the list, the id

    private readonly ConcurrentDictionary<string, OwnedEvents> _owners = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _evicted = new(StringComparer.Ordinal), _outdated = new(StringComparer.Ordinal);
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

    /// <summary>What owners said before that they do not want.</summary>
    public NegativeEvents Negatives { get; } = new();

    /// <returns>True if it was not there and is kept; its place is that of its time.</returns>
    public bool Add(string owner, TailEvent e)
    {
        if (e.Sequence <= after || _evicted.ContainsKey(owner)) return false;
        var events = _owners.GetOrAdd(owner, static (owner, tail) =>
        {
            tail._order.Enqueue(owner);
            Interlocked.Add(ref tail._bytes, BytesOfOwner + (2 * owner.Length));
            return new();
        }, this);
        if (!events.Add(e, longest, out var dropped)) return false;
        if (dropped is null) Interlocked.Increment(ref _events);
        if (Interlocked.Add(ref _bytes, e.Bytes - (dropped?.Bytes ?? 0)) > capacity) EvictOldest();
        return true;
    }

    /// <summary>Drops an owner's events and asks the store for all of them from now on: what was learned of them is out of date.</summary>
    public void Outdate(string owner)
    {
        _outdated[owner] = true;
        Drop(owner);
    }

    /// <summary>Whether the store is to be asked for all events of an owner.</summary>
    public bool IsOutdated(string owner) => !_outdated.IsEmpty && _outdated.ContainsKey(owner);

    /// <summary>Drops what is known of several owners. Cost: a look at each.</summary>
    public void DropWhere(Predicate<string> isDropped)
    {
        foreach (string owner in _owners.Keys.Concat(_evicted.Keys).Concat(_outdated.Keys).Concat(Negatives.Owners))
            if (isDropped(owner)) Drop(owner);
    }

    /// <summary>Drops an owner's events, as some of them were removed from the store.</summary>
    public void Drop(string owner)
    {
        if (_owners.TryRemove(owner, out var events)) Free(owner, events.Copy());
        _evicted.TryRemove(owner, out _);
        Negatives.Drop(owner);
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

    /// <summary>Gives all that is after its sequence to a tail that begins later. Events may come to both meanwhile.</summary>
    public void CopyTo(Tail later)
    {
        foreach (string owner in _order)
        {
            if (!_owners.TryGetValue(owner, out var events)) continue;
            foreach (var e in events.Copy()) later.Add(owner, e);
            if (events.Dropped > later.After) later.Evict(owner);
        }
        // last: an owner's events go after it was marked
        foreach (string owner in _evicted.Keys.Concat(_outdated.Keys)) later.Evict(owner);
    }

    private void EvictOldest()
    {
        while (Bytes > capacity && _order.TryDequeue(out string? oldest)) if (_owners.ContainsKey(oldest)) Evict(oldest);
    }

    private void Evict(string owner)
    {
        _evicted[owner] = true; // first marked, then removed: a request in between asks the store
        if (_owners.TryRemove(owner, out var events)) Free(owner, events.Copy());
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
        private int _first, _count; // those kept are [_first, _first + _count)

        /// <summary>The latest sequence that did not fit; 0: all did.</summary>
        public long Dropped { get; private set; }

        /// <param name="dropped">The oldest one, which made room.</param>
        public bool Add(TailEvent e, int longest, out TailEvent? dropped)
        {
            lock (this)
            {
                dropped = null;
                int at = PlaceOf(e);
                if (at > 0 && _events[_first + at - 1].Sequence == e.Sequence) return false;
                if (_count == longest)
                {
                    dropped = at == 0 ? e : _events[_first];
                    Dropped = Math.Max(Dropped, dropped.Value.Sequence);
                    if (at == 0) return false;
                    (_first, _count, at) = (_first + 1, _count - 1, at - 1);
                }
                MakeRoom();
                Array.Copy(_events, _first + at, _events, _first + at + 1, _count - at);
                _events[_first + at] = e;
                _count++;
                return true;
            }
        }

        public TailEvent[] Copy()
        {
            lock (this) return _events[_first..(_first + _count)];
        }

        /// <returns>How many come before it, or are it. O(log events), O(1) for the latest.</returns>
        private int PlaceOf(TailEvent e)
        {
            int low = 0, high = _count;
            if (_count > 0 && IsBefore(_events[_first + _count - 1], e)) return _count;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (IsBefore(_events[_first + middle], e)) low = middle + 1;
                else high = middle;
            }
            return low < _count && _events[_first + low].Sequence == e.Sequence ? low + 1 : low;
        }

        private static bool IsBefore(TailEvent a, TailEvent b) => a.Time != b.Time ? a.Time < b.Time : a.Sequence < b.Sequence;

        /// <summary>For one more at the end: what was dropped is used again, or the array doubles.</summary>
        private void MakeRoom()
        {
            if (_first + _count < _events.Length) return;
            var from = _events;
            if (2 * _first < _events.Length) _events = new TailEvent[2 * _events.Length];
            Array.Copy(from, _first, _events, 0, _count);
            _first = 0;
        }
    }
}
