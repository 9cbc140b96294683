using System.Text.Json;
using Kindred.Data;
using Kindred.Numerics;
using Kindred.Store;

namespace Kindred.Server.Live;

/// <summary>
/// The items of a snapshot, what changed of them, and those that came later. One thread at a time.
/// </summary>
internal sealed class LiveItems
{
    private const int Page = 5_000;
    private const int MostUsers = 500; // of a new item: its place depends on the first ones most
    private const int MostEvents = 10_000; // of a new item: more popular than that, its order matters little until the next training

    private readonly Vocabulary _known;
    private readonly List<string> _newIds = [];
    private readonly List<DateTimeOffset> _since = []; // [new items]
    private readonly List<HashSet<string>> _users = []; // [new items], owners
    private readonly List<List<(string Owner, long Time)>> _events = []; // [new items], UTC Unix seconds
    private readonly Dictionary<string, int> _newItems = new(StringComparer.Ordinal);
    private readonly Dictionary<int, JsonElement> _changed = [];
    private readonly HashSet<string> _excluded = new(StringComparer.Ordinal), _entries = new(StringComparer.Ordinal),
        _forgotten = new(StringComparer.Ordinal);
    private readonly long? _version;
    private IReadOnlyDictionary<string, AttributeType> _types = new Dictionary<string, AttributeType>();

    /// <param name="known">Of the snapshot.</param>
    /// <param name="attributes">Of the snapshot.</param>
    /// <param name="version">Up to this one the snapshot has what the store knew; null: its attributes are from elsewhere.</param>
    public LiveItems(Vocabulary known, Catalog attributes, long? version) =>
        (_known, Items, Attributes, _version) = (known, known, attributes, version);

    /// <summary>All, as of the last <see cref="Update"/>.</summary>
    public Vocabulary Items { get; private set; }

    /// <summary>Whether the snapshot, an entry or an event names it.</summary>
    public bool Knows(string id) => (_known.TryGetIndex(id, out _) || _newItems.ContainsKey(id)) && !_forgotten.Contains(id);

    /// <summary>[items], likewise.</summary>
    public Catalog Attributes { get; private set; }

    public int Known => _known.Count;

    /// <summary>[new items] When each became known.</summary>
    public IReadOnlyList<DateTimeOffset> Since => _since;

    /// <summary>[new items] Who touched each, up to a limit.</summary>
    public IReadOnlyList<IReadOnlySet<string>> Users => _users;

    /// <summary>[new items] Events of each, up to a limit, UTC Unix seconds; none before the first snapshot.</summary>
    public IReadOnlyList<IReadOnlyList<(string Owner, long Time)>> Events => _events;

    /// <summary>Whether there are items or attributes that <see cref="Items"/> and <see cref="Attributes"/> do not have.</summary>
    public bool IsOutdated => _changed.Count > 0 || Items.Count < _known.Count + _newIds.Count;

    /// <summary>Whether new items were touched since the last <see cref="Update"/>.</summary>
    public bool IsTouched { get; private set; }

    /// <summary>Reads all items from a store. Cost: a row of each, and the attributes of those that the snapshot does not have.</summary>
    public async Task LoadAsync(ICatalogStore store, CancellationToken cancellationToken)
    {
        await ReadTypes(store, cancellationToken);
        foreach (string id in await store.DeletedAsync(cancellationToken)) Exclude(id);
        string? last = null;
        while (await store.ListAsync(last, Page, cancellationToken) is { Count: > 0 } entries)
        {
            foreach (var entry in entries) Put(entry);
            last = entries[^1].Id;
        }
    }

    /// <summary>Reads which type each attribute has, so that its column stays what it is.</summary>
    public async Task ReadTypes(ICatalogStore store, CancellationToken cancellationToken) =>
        _types = await store.TypesAsync(cancellationToken);

    /// <summary>An item's entry as it is now.</summary>
    public void Put(CatalogEntry entry)
    {
        int item = IndexOf(entry.Id, entry.CreatedAt);
        if (item >= _known.Count) _since[item - _known.Count] = entry.CreatedAt;
        if (item >= _known.Count || !(entry.Version <= _version)) PutAttributes(item, entry);
        _entries.Add(entry.Id);
        _forgotten.Remove(entry.Id);
        if (entry.Hidden) _excluded.Add(entry.Id);
        else _excluded.Remove(entry.Id);
    }

    private void PutAttributes(int item, CatalogEntry entry)
    {
        var attributes = JsonElement.Parse(entry.Attributes);
        // a snapshot may know the attributes of an item from elsewhere, until its entry says something of them
        if (_version is null && !_entries.Contains(entry.Id) && !attributes.EnumerateObject().Any()) return;
        _changed[item] = attributes;
    }

    /// <summary>An item that is not to be recommended any more, and has no entry.</summary>
    public void Exclude(string itemId)
    {
        _excluded.Add(itemId);
        _entries.Remove(itemId);
    }

    /// <summary>An item that nobody knows, until an entry or an event names it again.</summary>
    public void Forget(string itemId)
    {
        Exclude(itemId);
        _forgotten.Add(itemId);
    }

    /// <returns>The items whose ids have these hashes. Cost: a hash of each item.</returns>
    public IReadOnlyList<string> Find(IReadOnlySet<string> hashes) => hashes.Count == 0 ? []
        : [.. Enumerable.Range(0, _known.Count).Select(_known.Id).Concat(_newIds).Where(id => hashes.Contains(IdHash.From(id)))];

    /// <summary>Notes who touched an item that the snapshot does not know; each event once.</summary>
    /// <returns>The item's index.</returns>
    public int Touch(string itemId, string owner, DateTimeOffset time)
    {
        _forgotten.Remove(itemId);
        int item = IndexOf(itemId, time), late = item - _known.Count;
        if (late < 0) return item;
        // without a snapshot there is no pipeline that asks for them
        if (_known.Count > 0 && _events[late].Count < MostEvents) _events[late].Add((owner, time.ToUnixTimeSeconds()));
        if (_users[late].Count < MostUsers && _users[late].Add(owner)) IsTouched = true;
        return item;
    }

    /// <summary>Drops an owner's events with new items. O(new items).</summary>
    public void Untouch(string owner)
    {
        for (int late = 0; late < _users.Count; late++)
        {
            IsTouched |= _users[late].Remove(owner);
            _events[late].RemoveAll(e => e.Owner == owner);
        }
    }

    public bool TryGetIndex(string id, out int item) => _known.TryGetIndex(id, out item) || _newItems.TryGetValue(id, out item);

    /// <summary>Takes what changed over. Cost: a pass over the columns.</summary>
    public void Update()
    {
        IsTouched = false;
        if (!IsOutdated) return;
        Items = _known.Append(_newIds);
        Attributes = CatalogChanges.Apply(Attributes, Items.Count, _changed, _types);
        _changed.Clear();
    }

    /// <returns>[items] What may be recommended; null: everything.</returns>
    public BitSet? AllowedOf(Vocabulary items)
    {
        int[] excluded = [.. _excluded.Select(id => items.TryGetIndex(id, out int item) ? item : -1).Where(item => item >= 0)];
        return excluded.Length == 0 ? null : BitSet.All(items.Count).Except(BitSet.Of(items.Count, excluded));
    }

    private int IndexOf(string id, DateTimeOffset since)
    {
        if (TryGetIndex(id, out int item)) return item;
        _newItems.Add(id, item = _known.Count + _newIds.Count);
        _newIds.Add(id);
        _since.Add(since);
        _users.Add([]);
        _events.Add([]);
        return item;
    }
}
