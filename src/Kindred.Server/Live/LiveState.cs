using System.Collections.Concurrent;
using System.Diagnostics;
using Kindred.Models;
using Kindred.Snapshots;
using Kindred.Store;

namespace Kindred.Server.Live;

/// <summary>
/// What a living server knows beyond its snapshot, kept up to date: by its own writes at once, by those of other servers when it looks for
/// them. Requests only read it.
/// </summary>
internal sealed class LiveState(IStore store, LiveSnapshot snapshots, TrainerCatalog trainers, TimeProvider clock) : IDisposable
{
    private const int Page = 10_000;

    // more is not read at the start: of older events the store is asked
    private const int MostRead = 2_000_000;

    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim _work = new(1); // changes and views: one at a time
    private readonly Lock _events = new();
    private readonly UserSegments _segments = new();
    private readonly SortedList<long, long> _ahead = []; // first → last sequence of own writes that are behind a gap
    private readonly ConcurrentQueue<StoredEvent> _pending = []; // not told to the items, which belong to who has _work
    private LiveBasis _basis = new(); // of the view
    private LiveView? _view;
    private Tail? _nextTail; // of a basis that is being read; gets what comes meanwhile
    private long _position; // events up to here are in the tail
    private volatile bool _hasNewItems; // events named items that the view does not know
    private bool _isTouched; // there were events since the view was made
    private bool _isChanged; // so were the settings
    private long _viewMade, _owed; // Stopwatch ticks: when, and for how long then no view should be made

    public EventSettings Events { get; private set; } = EventSettings.Default;

    public LiveSettings Settings { get; private set; } = new();

    public Scenarios Scenarios { get; private set; } = Scenarios.None;

    /// <summary>The version of the latest setting that answers depend on.</summary>
    public long SettingsVersion { get; private set; }

    public IStore Store => store;

    /// <summary>
    /// An event that was stored since the start came to be known, whoever stored it: this server, another one, or an import. Called under a
    /// lock: be quick.
    /// </summary>
    public event Action<StoredEvent>? Taken;

    /// <summary>What answers are measured by.</summary>
    public Freshness Freshness { get; } = new();

    /// <summary>Events that the snapshot has not learned.</summary>
    public Tail Tail => Volatile.Read(ref _basis).Tail;

    /// <summary>The id of the snapshot that answers now, which may be an older one than it was told; null: it is not started.</summary>
    public string? ServedId => Volatile.Read(ref _view)?.Served.Id;

    /// <summary>The last sequence that answers know.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <returns>To be disposed after the answer.</returns>
    /// <exception cref="NoSnapshotException">It is not started.</exception>
    public LiveView Acquire()
    {
        while (true)
        {
            var view = Volatile.Read(ref _view) ?? throw new NoSnapshotException();
            if (view.TryLease()) return view;
        }
    }

    /// <summary>Reads what there is.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _work.WaitAsync(cancellationToken);
        try
        {
            await ReadSettings(cancellationToken);
            await TakeSnapshot(cancellationToken);
        }
        finally
        {
            _work.Release();
        }
    }

    /// <summary>Events that this server has just stored, in the order of their sequences, from one commit.</summary>
    public void Notice(IReadOnlyList<StoredEvent> events)
    {
        if (events.Count == 0) return;
        lock (_events)
        {
            foreach (var e in events) Take(e);
            if (events[0].Sequence <= _position + 1) _position = Math.Max(_position, events[^1].Sequence);
            else _ahead[events[0].Sequence] = events[^1].Sequence;
        }
    }

    /// <summary>
    /// Takes over items that stored events were the first to name, so that the next answer may have them, whoever asks. Does not wait for
    /// another snapshot: it comes with all that is known.
    /// </summary>
    public async ValueTask TakeNewItemsAsync(CancellationToken cancellationToken = default)
    {
        if (!_hasNewItems || !await _work.WaitAsync(LongestWait, cancellationToken)) return;
        try
        {
            if (_hasNewItems && IsDue()) MakeView();
        }
        finally
        {
            _work.Release();
        }
    }

    /// <summary>Whether an entry or a stored event names the item.</summary>
    public async Task<bool> KnowsItemAsync(string id, CancellationToken cancellationToken = default) =>
        (await UnknownItemsAsync([id], cancellationToken)).Count == 0;

    /// <returns>The items that neither an entry nor a stored event names.</returns>
    public async Task<IReadOnlyList<string>> UnknownItemsAsync(
        IReadOnlyList<string> ids, CancellationToken cancellationToken = default)
    {
        await ReadEvents(cancellationToken);
        await _work.WaitAsync(cancellationToken);
        try
        {
            TakePending();
            return [.. ids.Where(id => !_basis.Items.Knows(id))];
        }
        finally
        {
            _work.Release();
        }
    }

    /// <summary>What changed in the store besides new events.</summary>
    public async Task ApplyAsync(IReadOnlyList<StoreChange> changes, CancellationToken cancellationToken = default)
    {
        // those that a merge gave to a user
        if (changes.Any(change => change.Kind == ChangeKind.History)) await ReadEvents(cancellationToken);
        await _work.WaitAsync(cancellationToken);
        try
        {
            if (changes.Any(change => change.Kind == ChangeKind.Item)) await _basis.Items.ReadTypes(store.Items, cancellationToken);
            foreach (var change in changes) await Apply(change, cancellationToken);
            if (_view is null) return; // not started
            if (_isChanged || IsDue()) MakeView(); // people wait for settings
            else _basis.Exclude(_view);
        }
        finally
        {
            _work.Release();
        }
    }

    /// <summary>Looks for events of other servers and for another snapshot, and takes new items over.</summary>
    public async Task PollAsync(CancellationToken cancellationToken = default)
    {
        await ReadEvents(cancellationToken);
        await _work.WaitAsync(cancellationToken);
        try
        {
            using var lease = snapshots.TryAcquire();
            if (!ReferenceEquals(lease?.Snapshot, _basis.Snapshot)) await TakeSnapshot(cancellationToken);
            else if (IsDue()) MakeView();
        }
        finally
        {
            _work.Release();
        }
    }

    /// <summary>Does so until all is taken over: for tests, as another server's user would wait.</summary>
    internal async Task SettleAsync(CancellationToken cancellationToken)
    {
        do await PollAsync(cancellationToken);
        while (HasMore());
    }

    /// <returns>The user's segment; null: none.</returns>
    public string? SegmentOf(string owner) => _segments.Of(owner);

    public void Dispose()
    {
        Interlocked.Exchange(ref _view, null)?.Dispose();
        _work.Dispose();
    }

    private async Task ReadSettings(CancellationToken cancellationToken)
    {
        Events = await EventSettings.ReadAsync(store, cancellationToken);
        Settings = await LiveSettings.ReadAsync(store, cancellationToken);
        string scenarios = (await store.Settings.GetAsync(Scenarios.Name, cancellationToken))?.Json ?? "{}";
        Scenarios = Scenarios.Parse(scenarios, trainers);
        _basis.Bind(Scenarios);
        foreach (string name in (string[])[EventSettings.Name, LiveSettings.Name, Scenarios.Name])
            if (await store.Settings.GetAsync(name, cancellationToken) is { } setting)
                SettingsVersion = Math.Max(SettingsVersion, setting.Version);
        _isChanged = true;
        await _segments.ReadAsync(store.Users, Settings.Segment, cancellationToken);
    }

    private async Task Apply(StoreChange change, CancellationToken cancellationToken)
    {
        switch (change.Kind)
        {
            case ChangeKind.Item when change.Deleted:
                _basis.Items.Exclude(change.Id);
                break;
            case ChangeKind.Item:
                if (await store.Items.GetAsync(change.Id, cancellationToken) is { } item) _basis.Items.Put(item);
                break;
            case ChangeKind.User:
                await _segments.ReadOneAsync(store.Users, change.Id, cancellationToken);
                break;
            case ChangeKind.Setting:
                await ReadSettings(cancellationToken);
                break;
            case ChangeKind.History:
                await Recount(change.Id, _basis.Tail.Outdate, cancellationToken);
                _isTouched = true;
                break;
            case ChangeKind.ForgottenUser or ChangeKind.ForgottenItem:
                await _basis.ReadTombstones(store, cancellationToken);
                if (change.Kind == ChangeKind.ForgottenUser)
                {
                    var owners = _basis.OwnersOf(new HashSet<string> { change.Id });
                    foreach (string owner in owners) await Recount(owner, _basis.Tail.Drop, cancellationToken);
                    if (owners.Count == 0) _basis.Tail.DropWhere(owner => IdHash.From(owner) == change.Id);
                }
                _isTouched = true;
                break;
        }
    }

    /// <summary>Some of an owner's events were removed: those that are left count.</summary>
    /// <param name="drop">Drops them from the tail.</param>
    private async Task Recount(string owner, Action<string> drop, CancellationToken cancellationToken)
    {
        long cut = await store.Events.LastSequenceAsync(cancellationToken);
        var left = await CountedEvents.ReadAsync(store.Events, owner, cancellationToken);
        lock (_events) // all that is in the tail is counted
        {
            TakePending();
            var counted = _basis.CountedOf(owner, Events);
            _basis.Tail.TryGet(owner, out var known);
            drop(owner);
            _basis.Recount(owner, counted, [.. left.Concat(known.Where(e => e.Sequence > cut)).DistinctBy(e => e.Sequence)], Events);
        }
    }

    private void Take(StoredEvent e)
    {
        if (e.Sequence <= _position || IsAhead(e.Sequence)) return;
        _nextTail?.Add(e.Owner, TailEvent.From(e));
        _basis.Tail.Add(e.Owner, TailEvent.From(e));
        Freshness.Note(e.Owner, e.ReceivedAt);
        _isTouched = true;
        _pending.Enqueue(e);
        Taken?.Invoke(e);
        if (_view is { } view && !view.Served.Interactions.Items.TryGetIndex(e.ItemId, out _)) _hasNewItems = true;
    }

    private bool IsAhead(long sequence)
    {
        foreach (var (first, last) in _ahead) if (first <= sequence && sequence <= last) return true;
        return false;
    }

    private async Task ReadEvents(CancellationToken cancellationToken)
    {
        while (true)
        {
            var events = await store.Events.AfterAsync(Position, Page, cancellationToken);
            if (events.Count == 0) return;
            lock (_events)
            {
                foreach (var e in events) Take(e);
                _position = Math.Max(_position, events[^1].Sequence);
                while (_ahead.Count > 0 && _ahead.GetKeyAtIndex(0) <= _position + 1)
                {
                    _position = Math.Max(_position, _ahead.GetValueAtIndex(0));
                    _ahead.RemoveAt(0);
                }
            }
            if (events.Count < Page) return;
        }
    }

    /// <summary>
    /// Answers from the present snapshot: its tail is read, then what else came after it, then the view is made. Meanwhile, and if that
    /// fails, the old one answers with all that is known.
    /// </summary>
    private async Task TakeSnapshot(CancellationToken cancellationToken)
    {
        using var lease = snapshots.TryAcquire();
        var snapshot = lease?.Snapshot;
        try
        {
            long version = snapshot is null ? await store.LastVersionAsync(cancellationToken) : snapshot.Manifest.StoreVersion ?? 0;
            var tail = await NextTail(snapshot, cancellationToken);
            var basis = await LiveBasis.ReadAsync(store, snapshot, tail, Position, version, Events, cancellationToken);
            basis.Bind(Scenarios);
            var view = Made(basis);
            lock (_events) _basis = basis;
            Answer(view);
        }
        finally
        {
            lock (_events) _nextTail = null;
        }
    }

    /// <returns>The events that a snapshot has not learned; those that come meanwhile are added to it.</returns>
    private async Task<Tail> NextTail(Snapshot? snapshot, CancellationToken cancellationToken)
    {
        long last = await store.Events.LastSequenceAsync(cancellationToken);
        long learned = snapshot?.Manifest.Sequence ?? 0;
        long after = Math.Max(learned, last - (snapshot is null ? ColdStart.MostEvents : MostRead));
        var next = new Tail(after, (long)Settings.TailMegabytes << 20, learned, Settings.HistoryEvents);
        lock (_events)
        {
            _nextTail = next;
            if (_view is null) _position = Math.Max(_position, after);
        }
        if (_view is not null && after >= _basis.Tail.After && after > 0)
        {
            _basis.Tail.CopyTo(next);
            return next;
        }
        long position = after;
        while (await store.Events.AfterAsync(position, Page, cancellationToken) is { Count: > 0 } events)
        {
            foreach (var e in events) next.Add(e.Owner, TailEvent.From(e));
            position = events[^1].Sequence;
            if (events.Count < Page) break;
        }
        lock (_events) _position = Math.Max(_position, position);
        return next;
    }

    // making views takes at most a tenth of the time, of which a part may be taken at once
    private bool IsDue() => HasMore() && _owed - (Stopwatch.GetTimestamp() - _viewMade) <= Stopwatch.Frequency;

    private bool HasMore()
    {
        TakePending();
        return _isChanged || _basis.Items.IsOutdated || _basis.Items.IsTouched || (_basis.Snapshot is null && _isTouched);
    }

    private void TakePending()
    {
        while (_pending.TryDequeue(out var e)) _basis.Take(e.Owner, TailEvent.From(e), Events);
    }

    private void MakeView()
    {
        long start = Stopwatch.GetTimestamp();
        Answer(Made(_basis));
        long end = Stopwatch.GetTimestamp();
        (_viewMade, _owed) = (end, Math.Max(0, _owed - (end - _viewMade)) + (10 * (end - start)));
    }

    private LiveView Made(LiveBasis basis)
    {
        (_isTouched, _isChanged, _hasNewItems) = (false, false, false);
        try
        {
            return basis.MakeView(
                cold => LiveViews.Cold(Scenarios, cold.Items, cold.Tail, Events, Settings, SegmentOf, clock.GetUtcNow()), Events, Settings,
                SegmentOf);
        }
        catch
        {
            _isChanged = true; // is tried again
            throw;
        }
    }

    private void Answer(LiveView view) => Interlocked.Exchange(ref _view, view)?.Dispose();
}
