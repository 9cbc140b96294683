using Kindred.Numerics;

namespace Kindred.Data;

/// <summary>The sets of rows that meet conditions on a catalog, kept by what the conditions mean: equal filters of many requests are
/// computed once. Safe to share.</summary>
/// <remarks>
/// Memory: at most <paramref name="capacity"/> bytes. A condition takes a bit a row; the one that was used longest ago goes first. A column
/// of numbers is sorted when it is asked for the second time and stays so: 8 bytes a row, in at most half of the capacity; columns beyond
/// that are looked through each time. The cache changes times, never results.
/// </remarks>
/// <param name="capacity">Bytes of the conditions and sorted columns kept.</param>
internal sealed class FilterCache(Catalog catalog, long capacity = FilterCache.DefaultCapacity)
{
    /// <summary>32 MiB: of a million items 256 conditions, or 128 and two sorted columns.</summary>
    public const long DefaultCapacity = 32 << 20;

    // Of an entry beside its bits: the nodes of list and dictionary, the objects, the name.
    private const int BytesOfEntry = 300, BytesOfLabel = sizeof(int), BytesOfRange = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<CatalogFilter, LinkedListNode<(CatalogFilter Filter, BitSet Rows)>> _entries = [];
    private readonly LinkedList<(CatalogFilter Filter, BitSet Rows)> _used = []; // the latest first
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal); // columns of numbers
    private readonly Dictionary<string, Lazy<SortedColumn>> _sorted = new(StringComparer.Ordinal);
    private long _bytes, _sortedBytes; // of all, and of the sorted columns among it

    /// <summary>Conditions kept.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _entries.Count;
        }
    }

    /// <summary>What they and the sorted columns take, about.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate) return _bytes;
        }
    }

    /// <returns>The rows that meet all of the conditions, are among those allowed and not among those denied; null where nothing is
    /// said.</returns>
    /// <param name="allow">Rows in any order; null: all.</param>
    /// <exception cref="InputException">See <see cref="CatalogFilter.Parse"/>; or there are more conditions than <see
    /// cref="RequestLimits"/> allow.</exception>
    public BitSet? Of(
        IReadOnlyList<string> texts, ReadOnlySpan<int> deny = default, int[]? allow = null, CancellationToken cancellationToken = default)
    {
        RequestLimits.Check("The filter", "conditions", texts.Count, RequestLimits.Conditions);
        RequestLimits.Check("The filter", "characters", texts.Sum(text => (long)text.Length), RequestLimits.ConditionLength);
        var all = allow is null ? null : BitSet.Of(catalog.Count, allow);
        foreach (var filter in texts.Select(text => CatalogFilter.Parse(text, catalog)).ToHashSet())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = RowsOf(filter, cancellationToken);
            all = all?.And(rows) ?? rows;
        }
        return deny.IsEmpty ? all : (all ?? BitSet.All(catalog.Count)).Except(BitSet.Of(catalog.Count, deny));
    }

    private BitSet RowsOf(CatalogFilter filter, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(filter, out var known)) return Touched(known).Rows;
        }
        var rows = Compute(filter, cancellationToken); // others may compute the same meanwhile, and find the same
        lock (_gate)
        {
            if (_entries.TryGetValue(filter, out var known)) return Touched(known).Rows;
            _entries.Add(filter, _used.AddFirst((filter, rows)));
            MakeRoomFor(BytesOf(filter, rows));
            return rows;
        }
    }

    private void MakeRoomFor(long bytes)
    {
        _bytes += bytes;
        while (_bytes > capacity && _used.Last is { } oldest)
        {
            _used.RemoveLast();
            _entries.Remove(oldest.Value.Filter);
            _bytes -= BytesOf(oldest.Value.Filter, oldest.Value.Rows);
        }
    }

    private (CatalogFilter Filter, BitSet Rows) Touched(LinkedListNode<(CatalogFilter Filter, BitSet Rows)> entry)
    {
        _used.Remove(entry);
        _used.AddFirst(entry);
        return entry.Value;
    }

    // One question about a column is answered by a pass over it, which is cheaper than a sort; a sort pays from the second one on.
    private BitSet Compute(CatalogFilter filter, CancellationToken cancellationToken) =>
        filter.Ranges.Count > 0 && Sorted(filter.Attribute) is { } column
            ? filter.RowsOf(column.Value)
            : filter.RowsOf(catalog, cancellationToken);

    private Lazy<SortedColumn>? Sorted(string attribute)
    {
        lock (_gate)
        {
            if (_asked.Add(attribute)) return null;
            if (_sorted.TryGetValue(attribute, out var column)) return column;
            long bytes = SortedColumn.BytesOf(catalog.Count);
            if (_sortedBytes + bytes > capacity / 2) return null;
            _sorted.Add(attribute, column = new(() => new(catalog.Numbers[attribute]))); // the sort itself is not done under the lock
            _sortedBytes += bytes;
            MakeRoomFor(bytes);
            return column;
        }
    }

    private static long BytesOf(CatalogFilter filter, BitSet rows) =>
        rows.Bytes + BytesOfEntry + (BytesOfLabel * filter.Labels.Count) + (BytesOfRange * filter.Ranges.Count);
}
