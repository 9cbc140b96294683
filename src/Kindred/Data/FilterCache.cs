using System.Collections.Concurrent;
using Kindred.Numerics;

namespace Kindred.Data;

/// <summary>The sets of rows that meet conditions on a catalog, kept by what the conditions mean: equal filters of many requests are
/// computed once. Safe to share.</summary>
/// <remarks>
/// Memory: a bit for each row and condition kept, at most <paramref name="capacity"/> bytes; the condition that was used longest ago goes
/// first. A column of
/// numbers is sorted when it is asked for the second time: 8 bytes a row, beside the capacity. The cache changes times, never results.
/// </remarks>
/// <param name="capacity">Bytes of the conditions kept.</param>
internal sealed class FilterCache(Catalog catalog, long capacity = FilterCache.DefaultCapacity)
{
    /// <summary>32 MiB: 256 conditions on a million items.</summary>
    public const long DefaultCapacity = 32 << 20;

    // Of an entry beside its bits: the nodes of list and dictionary, the objects, the name.
    private const int BytesOfEntry = 300, BytesOfLabel = sizeof(int), BytesOfRange = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<CatalogFilter, LinkedListNode<(CatalogFilter Filter, BitSet Rows)>> _entries = [];
    private readonly LinkedList<(CatalogFilter Filter, BitSet Rows)> _used = []; // the latest first
    private readonly ConcurrentDictionary<string, bool> _asked = new(StringComparer.Ordinal); // columns of numbers
    private readonly ConcurrentDictionary<string, Lazy<SortedColumn>> _sorted = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>Conditions kept.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _entries.Count;
        }
    }

    /// <summary>What they take, about.</summary>
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
            _bytes += BytesOf(filter, rows);
            while (_bytes > capacity && _used.Last is { } oldest)
            {
                _used.RemoveLast();
                _entries.Remove(oldest.Value.Filter);
                _bytes -= BytesOf(oldest.Value.Filter, oldest.Value.Rows);
            }
            return rows;
        }
    }

    private (CatalogFilter Filter, BitSet Rows) Touched(LinkedListNode<(CatalogFilter Filter, BitSet Rows)> entry)
    {
        _used.Remove(entry);
        _used.AddFirst(entry);
        return entry.Value;
    }

    // One question about a column is answered by a pass over it, which is cheaper than a sort; a sort pays from the second one on.
    private BitSet Compute(CatalogFilter filter, CancellationToken cancellationToken)
    {
        if (filter.Ranges.Count == 0 || _asked.TryAdd(filter.Attribute, true))
            return filter.RowsOf(catalog, cancellationToken);
        return filter.RowsOf(_sorted.GetOrAdd(filter.Attribute, _ => new(() => new SortedColumn(catalog.Numbers[filter.Attribute]))).Value);
    }

    private static long BytesOf(CatalogFilter filter, BitSet rows) =>
        rows.Bytes + BytesOfEntry + (BytesOfLabel * filter.Labels.Count) + (BytesOfRange * filter.Ranges.Count);
}
