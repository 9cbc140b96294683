using System.Collections.Concurrent;
using Kindred.Numerics;

namespace Kindred.Data;

/// <summary>The sets of rows that conditions on a catalog come to, kept by their texts: the same filter of many requests is looked up once. Safe to share.</summary>
/// <remarks>Memory: a bit for each row and condition kept. When it is full it is emptied: what is in use comes back with the next requests.</remarks>
/// <param name="capacity">The most conditions kept.</param>
public sealed class FilterCache(Catalog catalog, int capacity = FilterCache.DefaultCapacity)
{
    public const int DefaultCapacity = 256;

    private readonly ConcurrentDictionary<string, BitSet> _rows = new(StringComparer.Ordinal);

    /// <summary>Conditions kept.</summary>
    public int Count => _rows.Count;

    /// <returns>The rows that meet all of the conditions, are among those allowed and not among those denied; null where nothing is said.</returns>
    /// <param name="allow">Rows in any order; null: all.</param>
    /// <exception cref="InputException">See <see cref="CatalogFilter.Parse"/>.</exception>
    public BitSet? Of(IReadOnlyList<string> texts, ReadOnlySpan<int> deny = default, int[]? allow = null)
    {
        var all = allow is null ? null : BitSet.Of(catalog.Count, allow);
        foreach (string text in texts) all = all?.And(RowsOf(text)) ?? RowsOf(text);
        return deny.IsEmpty ? all : (all ?? BitSet.All(catalog.Count)).Except(BitSet.Of(catalog.Count, deny));
    }

    private BitSet RowsOf(string text)
    {
        if (_rows.TryGetValue(text, out var known)) return known;
        var rows = CatalogFilter.Parse(text, catalog).RowsOf(catalog);
        if (_rows.Count >= capacity) _rows.Clear();
        return _rows.GetOrAdd(text, rows);
    }
}
