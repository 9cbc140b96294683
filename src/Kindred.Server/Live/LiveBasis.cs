using System.Collections.Frozen;
using System.Diagnostics;
using Kindred.Data;
using Kindred.Models;
using Kindred.Snapshots;
using Kindred.Store;

namespace Kindred.Server.Live;

/// <summary>
/// What views are made of: a snapshot, or none yet, and what came after it. Read whole before it takes the place of another one. One thread
/// at a time, except for the tail.
/// </summary>
internal sealed class LiveBasis
{
    private const int Page = 10_000;

    // what is popular in a segment changes slowly, and is counted from all events
    private static readonly TimeSpan SegmentsAge = TimeSpan.FromMinutes(1);

    private readonly NewItemPlaces? _places;
    private readonly IReadOnlyDictionary<IModel, LivePopularity> _popularity;
    private readonly CountedEvents _events;
    private readonly HashSet<long> _counted = []; // sequences after _complete
    private long _complete; // all events up to this sequence are taken
    private IReadOnlyDictionary<string, BoundScenario> _scenarios = new Dictionary<string, BoundScenario>();
    private IReadOnlyList<Tombstone> _tombstones = [];
    private (Dictionary<double, SegmentLists> ByHalfLife, LiveSettings Settings, long Made)? _segments; // made: by Stopwatch

    /// <summary>No snapshot and no events.</summary>
    public LiveBasis() : this(null, new(0, long.MaxValue, 0)) { }

    private LiveBasis(Snapshot? snapshot, Tail tail)
    {
        (Snapshot, Tail) = (snapshot, tail);
        Items = snapshot is null ? new(new([]), Catalog.Empty(0), null)
            : new(snapshot.Items, snapshot.ItemCatalog, snapshot.Manifest.StoreVersion);
        _events = new(snapshot, Items, tail);
        _popularity = snapshot is null ? new Dictionary<IModel, LivePopularity>() : LivePopularity.Of(snapshot);
        _places = snapshot is null ? null : new(snapshot.Interactions, _popularity);
    }

    public Snapshot? Snapshot { get; }

    public Tail Tail { get; }

    public LiveItems Items { get; }

    /// <summary>Reads from a store what there is besides events.</summary>
    /// <param name="tail">Has the events after those that the snapshot has learned.</param>
    /// <param name="position">It has all of them up to this sequence.</param>
    /// <param name="version">Changes up to this one are in what was learned.</param>
    public static async Task<LiveBasis> ReadAsync(
        IStore store, Snapshot? snapshot, Tail tail, long position, long version, EventSettings settings,
        CancellationToken cancellationToken)
    {
        var outdated = new HashSet<string>(StringComparer.Ordinal);
        while (await store.ChangesAsync(version, Page, cancellationToken) is { Count: > 0 } changes)
        {
            foreach (var change in changes) if (change.Kind == ChangeKind.History) outdated.Add(change.Id);
            version = changes[^1].Version;
        }
        foreach (string owner in outdated) tail.Outdate(owner);
        var basis = new LiveBasis(snapshot, tail);
        await basis.Items.LoadAsync(store.Items, cancellationToken);
        await basis.ReadTombstones(store, cancellationToken);
        outdated.UnionWith(basis.OwnersOf(basis.Forgotten(SubjectKind.User)));
        foreach (string owner in outdated)
            basis.Recount(
                owner, basis._events.LearnedOf(owner), await CountedEvents.ReadAsync(store.Events, owner, cancellationToken), settings);
        foreach (var (owner, e) in tail.All())
        {
            basis.Take(owner, e, settings);
            if (e.Sequence > position) basis._counted.Add(e.Sequence);
        }
        basis._complete = position;
        return basis;
    }

    /// <summary>Counts an event that is in the tail, unless that was done when the basis was read.</summary>
    public void Take(string owner, TailEvent e, EventSettings settings)
    {
        if (e.Sequence <= _complete || _counted.Contains(e.Sequence) || _events.Has(owner, e.Sequence)) return;
        int item = Items.Touch(e.ItemId, owner, e.Time);
        if (_popularity.Count == 0 || settings.WeightOf(e.Type, e.Time, e.Time) <= 0 || _events.IsForgotten(item, e.Sequence)) return;
        long? before = _events.Before(owner, item, e, settings);
        foreach (var counts in _popularity.Values) counts.Add(item, e.Time.ToUnixTimeSeconds(), before);
    }

    /// <returns>What of an owner is counted: to be asked before their events are dropped from the tail.</returns>
    public IReadOnlyDictionary<int, long> CountedOf(string owner, EventSettings settings) => _events.Of(owner, settings);

    /// <summary>Counts an owner's events anew, as some were removed, and the tail has dropped them. O(their events).</summary>
    /// <param name="counted">What was counted of them.</param>
    /// <param name="events">What is left.</param>
    public void Recount(string owner, IReadOnlyDictionary<int, long> counted, IReadOnlyList<TailEvent> events, EventSettings settings)
    {
        Items.Untouch(owner);
        var present = _events.Replace(owner, events.Select(e => (Items.Touch(e.ItemId, owner, e.Time), e)), settings);
        foreach (var counts in _popularity.Values)
        {
            foreach (var (item, time) in counted) counts.Remove(item, time);
            foreach (var (item, time) in present) counts.Add(item, time, null);
        }
        if (Snapshot is null) foreach (var e in events) Tail.Add(owner, e); // what is popular is counted there
    }

    /// <returns>The owners whose ids have these hashes. Cost: a hash of each that the snapshot or the tail has.</returns>
    public IReadOnlyList<string> OwnersOf(IReadOnlySet<string> hashes)
    {
        if (hashes.Count == 0) return [];
        var known = Snapshot is null ? [] : Enumerable.Range(0, Snapshot.Users.Count).Select(Snapshot.Users.Id);
        return [.. known.Concat(Tail.All().Select(pair => pair.Owner)).Distinct().Where(id => hashes.Contains(IdHash.From(id)))];
    }

    /// <summary>Looks for what was forgotten. An item that was put again since then is like any other.</summary>
    public async Task ReadTombstones(IStore store, CancellationToken cancellationToken)
    {
        _tombstones = await store.ForgottenAsync(cancellationToken);
        foreach (string id in Items.Find(Forgotten(SubjectKind.Item)))
        {
            string hash = IdHash.From(id);
            long last = _tombstones.First(stone => stone.Kind == SubjectKind.Item && stone.Hash == hash).Sequence;
            if (await store.Items.GetAsync(id, cancellationToken) is null)
            {
                if (Tail.Learned <= last) Items.Forget(id);
                else Items.Exclude(id); // events named it again, and the snapshot has learned them
            }
            if (!Items.TryGetIndex(id, out int item) || !_events.Forget(item, last)) continue;
            foreach (var counts in _popularity.Values) counts.Clear(item);
        }
    }

    /// <summary>Makes the pipelines of scenarios of the snapshot's models.</summary>
    public void Bind(Scenarios scenarios) => _scenarios = Snapshot is null ? new Dictionary<string, BoundScenario>()
        : scenarios.Configs.ToDictionary(pair => pair.Key, pair => BoundScenario.From(pair.Key, pair.Value, Snapshot));

    /// <param name="cold">Makes a view where there is no snapshot.</param>
    /// <param name="segmentOf">Told an owner; null: none is known.</param>
    public LiveView MakeView(
        Func<LiveBasis, LiveView> cold, EventSettings events, LiveSettings settings, Func<string, string?> segmentOf)
    {
        Items.Update();
        var view = Snapshot is null ? cold(this)
            : LiveViews.From(Snapshot, _scenarios, Items, _places!, ItemsOf, Tail, SegmentsBy(events, settings, segmentOf));
        Exclude(view);
        return view;
    }

    private (string Attribute, Func<double?, SegmentLists> ListsBy)? SegmentsBy(
        EventSettings events, LiveSettings settings, Func<string, string?> segmentOf)
    {
        if (settings.Segment is not { } attribute) return null;
        if (_segments is not { } kept || !ReferenceEquals(kept.Settings, settings) || Stopwatch.GetElapsedTime(kept.Made) >= SegmentsAge)
            _segments = kept = ([], settings, Stopwatch.GetTimestamp());
        return (attribute, ListsBy);

        SegmentLists ListsBy(double? halfLifeDays)
        {
            double days = halfLifeDays ?? LivePopularity.HalfLifeOf(Snapshot!);
            return kept.ByHalfLife.TryGetValue(days, out var lists) ? lists : kept.ByHalfLife[days] = SegmentLists.From(
                Snapshot!.Interactions, Items, Tail, events, settings, days, segmentOf,
                OwnersOf(Forgotten(SubjectKind.User)).ToHashSet(StringComparer.Ordinal));
        }
    }

    /// <summary>Tells a view of this basis what is not to be recommended now, and who is not known.</summary>
    public void Exclude(LiveView view)
    {
        view.Allowed = Items.AllowedOf(view.Served.Interactions.Items);
        view.ForgottenUsers = Forgotten(SubjectKind.User);
    }

    /// <returns>Hashes of what was forgotten after the snapshot had learned of it.</returns>
    private FrozenSet<string> Forgotten(SubjectKind kind) =>
        _tombstones.Where(stone => stone.Kind == kind && stone.Sequence >= Tail.Learned).Select(stone => stone.Hash).ToFrozenSet();

    // by index; of the snapshot's users also what it stores
    private List<int> ItemsOf(string owner)
    {
        var items = new List<int>();
        if (Snapshot!.Users.TryGetIndex(owner, out int user)) items.AddRange(Snapshot.Histories.ItemsOf(user).Span);
        if (Tail.TryGet(owner, out var events))
            foreach (var e in events) if (Items.Items.TryGetIndex(e.ItemId, out int item)) items.Add(item);
        return items;
    }
}
