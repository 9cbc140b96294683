namespace Kindred.Data;

/// <summary>Rows of attributes become columns, one value for each id of a vocabulary.</summary>
internal static class MemoryAttributes
{
    /// <returns>[ids]; rows about ids that are not in the vocabulary are left out.</returns>
    /// <exception cref="InputException">Two rows are about the same id.</exception>
    public static Catalog ToCatalog(IEnumerable<AttributeRow> rows, Vocabulary ids)
    {
        var known = new AttributeRow?[ids.Count];
        foreach (var row in rows)
        {
            if (!ids.TryGetIndex(row.Id, out int index)) continue;
            if (known[index] is not null) throw new InputException($"There are two attribute rows about '{row.Id}'; give each id one row.");
            known[index] = row;
        }
        Dictionary<string, TColumn> Columns<TValue, TColumn>(
            Func<AttributeRow, IDictionary<string, TValue>> cells, TValue missing, Func<TValue[], TColumn> create) =>
            known.OfType<AttributeRow>().SelectMany(row => cells(row).Keys).Distinct(StringComparer.Ordinal).ToDictionary(
                name => name, name =>
                    create([.. known.Select(row => row is not null && cells(row).TryGetValue(name, out var value) ? value : missing)]));
        return new(
            ids.Count,
            Columns(row => row.Texts, "", values => new TextColumn(StringTable.From(values))),
            Columns(row => row.Numbers, float.NaN, values => new NumberColumn(values)),
            Columns(row => row.Labels, [], LabelColumn.From));
    }
}
