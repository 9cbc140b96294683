using System.Runtime.InteropServices;

namespace Kindred.Store.Exposures;

/// <summary>Looks at blocks in the order of the log and keeps for each event the exposure it answers.</summary>
internal sealed class AttributionQuery
{
    private readonly IReadOnlyList<StoredEvent> _events;
    private readonly TimeSpan _window;
    private readonly (AttributionRule Rule, Exposure? Exposure, ExposedItem Item)[] _found;
    private readonly Dictionary<string, List<int>> _byRequest = new(StringComparer.Ordinal);
    private readonly Dictionary<(bool IsUser, string Owner), Dictionary<string, List<int>>> _byOwner = [];
    private readonly Dictionary<string, HashSet<int>> _shown = new(StringComparer.Ordinal);

    public AttributionQuery(IReadOnlyList<StoredEvent> events, TimeSpan window)
    {
        (_events, _window, _found) = (events, window, new (AttributionRule, Exposure?, ExposedItem)[events.Count]);
        for (int n = 0; n < events.Count; n++)
        {
            var e = events[n];
            if (e.RequestId is { } request) List(_byRequest, request).Add(n);
            if (e.UserId is { } user) Add((true, user), e.ItemId, n);
            if (e.SessionId is { } session) Add((false, session), e.ItemId, n);
        }
        From = events.Min(Earliest);
    }

    /// <summary>No exposure before this can be found.</summary>
    public DateTimeOffset From { get; }

    public IReadOnlyList<Attribution> Results =>
        [
            .. _found.Select(found => found.Exposure is null ? new Attribution(AttributionRule.None, null, null, null)
                : new(found.Rule, found.Exposure, found.Item, IsShown(found.Exposure, found.Item))),
        ];

    public void Look(ExposureBlock block)
    {
        foreach (var exposure in block.Exposures)
        {
            if (_byRequest.TryGetValue(exposure.RequestId, out var asked))
                foreach (var item in exposure.Items)
                    foreach (int n in asked)
                        if (_events[n].ItemId == item.ItemId) Keep(n, AttributionRule.Direct, exposure, item);
            if (exposure.UserId is { } user) LookAt((true, user), exposure);
            if (exposure.SessionId is { } session) LookAt((false, session), exposure);
        }
        foreach (var mark in block.Marks)
            if (_shown.TryGetValue(mark.RequestId, out var positions)) positions.UnionWith(mark.Positions);
    }

    private void LookAt((bool IsUser, string Owner) owner, Exposure exposure)
    {
        if (!_byOwner.TryGetValue(owner, out var items)) return;
        foreach (var item in exposure.Items)
        {
            if (!items.TryGetValue(item.ItemId, out var events)) continue;
            foreach (int n in events)
                if (exposure.Time <= _events[n].Time && exposure.Time >= _events[n].Time - _window
                    && _found[n].Rule != AttributionRule.Direct && !(exposure.Time < _found[n].Exposure?.Time))
                    Keep(n, AttributionRule.Window, exposure, item);
        }
    }

    private void Keep(int n, AttributionRule rule, Exposure exposure, ExposedItem item)
    {
        _found[n] = (rule, exposure, item);
        _shown.TryAdd(exposure.RequestId, []);
    }

    private bool? IsShown(Exposure exposure, ExposedItem item) =>
        _shown[exposure.RequestId] is { Count: > 0 } positions ? positions.Contains(item.Position) : null;

    /// <summary>A request may be older than the window: a UUIDv7 says when it was.</summary>
    private DateTimeOffset Earliest(StoredEvent e)
    {
        var earliest = e.Time - _window;
        return Guid.TryParse(e.RequestId, out var id) && id.Version == 7 && Time(id) is { } asked && asked < earliest ? asked : earliest;
    }

    /// <summary>Its first 48 bits are ms since 1970 (RFC 9562).</summary>
    /// <returns>Null: it is after the year 9999, so a clock did not make it.</returns>
    private static DateTimeOffset? Time(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        long ms = (long)(System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16);
        return ms <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
    }

    private void Add((bool IsUser, string Owner) owner, string item, int n)
    {
        ref var items = ref CollectionsMarshal.GetValueRefOrAddDefault(_byOwner, owner, out _);
        List(items ??= new(StringComparer.Ordinal), item).Add(n);
    }

    private static List<int> List(Dictionary<string, List<int>> lists, string key)
    {
        ref var list = ref CollectionsMarshal.GetValueRefOrAddDefault(lists, key, out _);
        return list ??= [];
    }
}
