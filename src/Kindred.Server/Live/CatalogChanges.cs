using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Server.ExposureContracts;
using Kindred.Store;

namespace Kindred.Server.Live;

/// <summary>A catalog with more rows, and with other values in some.</summary>
internal static class CatalogChanges
{
    /// <summary>The columns that hold free text, and never labels.</summary>
    private static readonly HashSet<string> TextNames =
        new(["title", "name", "headline", "description", "summary", "text", "url", "image"], StringComparer.OrdinalIgnoreCase);

    /// <returns>The catalog with so many rows; those that <paramref name="changed"/> names have its values and no others.</returns>
    /// <param name="changed">By row. A value of another kind than its column is not taken.</param>
    /// <param name="types">By name, as the store knows them: they say what a column becomes, whichever row comes first.</param>
    public static Catalog Apply(
        Catalog catalog, int rows, IReadOnlyDictionary<int, JsonElement> changed, IReadOnlyDictionary<string, AttributeType> types)
    {
        var kinds = new Dictionary<string, ColumnKind>(StringComparer.Ordinal);
        foreach (string name in catalog.Texts.Keys) kinds[name] = ColumnKind.Text;
        foreach (string name in catalog.Numbers.Keys) kinds[name] = ColumnKind.Number;
        foreach (string name in catalog.Labels.Keys) kinds[name] = ColumnKind.Labels;
        foreach (var attributes in changed.Values)
        {
            foreach (var attribute in attributes.EnumerateObject())
            {
                if (attribute.Value.ValueKind is JsonValueKind.Null or JsonValueKind.Object) continue;
                // what an item is promised says nothing of what it is
                if (attribute.Name == ContractAttribute.Name) continue;
                if (types.TryGetValue(attribute.Name, out var type)) kinds.TryAdd(attribute.Name, KindOf(attribute.Name, type));
            }
        }
        Dictionary<string, TColumn> Columns<TColumn>(
            ColumnKind kind, IReadOnlyDictionary<string, TColumn> now, Func<TColumn?, string, TColumn> change) where TColumn : class =>
            kinds.Where(pair => pair.Value == kind)
                .ToDictionary(pair => pair.Key, pair => change(now.GetValueOrDefault(pair.Key), pair.Key), StringComparer.Ordinal);
        return TextVector.Into(new(
            rows,
            Columns<TextColumn>(ColumnKind.Text, catalog.Texts, (column, name) => Texts(column, name, rows, changed)),
            Columns<NumberColumn>(ColumnKind.Number, catalog.Numbers, (column, name) => Numbers(column, name, rows, changed)),
            Columns<LabelColumn>(ColumnKind.Labels, catalog.Labels, (column, name) => Labels(column, name, rows, changed))), changed);
    }

    /// <returns>A row of nothing, with the columns that attributes of such types become, and with a vector of texts.</returns>
    public static Catalog WithColumns(IReadOnlyDictionary<string, AttributeType> types)
    {
        var row = new JsonObject { [TextVector.Name] = new JsonObject { ["of"] = "", ["values"] = new JsonArray(0, 0) } };
        foreach (string name in types.Keys.Where(name => name != TextVector.Name)) row[name] = "";
        return Apply(Catalog.Empty(1), 1, new Dictionary<int, JsonElement> { [0] = JsonElement.Parse(row.ToJsonString()) }, types);
    }

    /// <returns>The labels that a JSON value stands for; none where it is none.</returns>
    public static IReadOnlyList<string> LabelsOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.True => ["true"],
        JsonValueKind.False => ["false"],
        JsonValueKind.Number => [value.GetRawText()],
        JsonValueKind.Array => [.. value.EnumerateArray().SelectMany(LabelsOf)],
        _ => [],
    };

    private static ColumnKind KindOf(string name, AttributeType type) => type switch
    {
        AttributeType.Number => ColumnKind.Number,
        AttributeType.Text when TextNames.Contains(name) => ColumnKind.Text,
        _ => ColumnKind.Labels,
    };

    private static TextColumn Texts(TextColumn? column, string name, int rows, IReadOnlyDictionary<int, JsonElement> changed)
    {
        var starts = new int[rows + 1];
        var bytes = new ArrayBufferWriter<byte>();
        int known = column?.Values.Count ?? 0;
        for (int row = 0; row < rows; row++)
        {
            if (changed.TryGetValue(row, out var attributes))
            {
                if (attributes.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String)
                    Encoding.UTF8.GetBytes(value.GetString(), bytes);
            }
            else if (row < known)
            {
                bytes.Write(column!.Values.Utf8(row));
            }
            starts[row + 1] = bytes.WrittenCount;
        }
        return new(new StringTable(starts, bytes.WrittenMemory));
    }

    private static NumberColumn Numbers(NumberColumn? column, string name, int rows, IReadOnlyDictionary<int, JsonElement> changed)
    {
        var values = new float[rows];
        values.AsSpan().Fill(float.NaN);
        column?.Values.Span[..Math.Min(rows, column.Values.Length)].CopyTo(values);
        foreach (var (row, attributes) in changed)
        {
            values[row] = attributes.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
                ? (float)value.GetDouble() : float.NaN;
        }
        return new(values);
    }

    private static LabelColumn Labels(LabelColumn? column, string name, int rows, IReadOnlyDictionary<int, JsonElement> changed)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int label = 0; label < column?.Labels.Count; label++) numbers.Add(column.Labels.Id(label), label);
        int known = (column?.Starts.Length ?? 1) - 1;
        var starts = new int[rows + 1];
        var labels = new List<int>();
        for (int row = 0; row < rows; row++)
        {
            if (changed.TryGetValue(row, out var attributes))
            {
                foreach (string label in attributes.TryGetProperty(name, out var value) ? LabelsOf(value).Distinct() : [])
                {
                    if (!numbers.TryGetValue(label, out int number)) numbers.Add(label, number = numbers.Count);
                    labels.Add(number);
                }
            }
            else if (row < known)
            {
                foreach (int label in column![row]) labels.Add(label);
            }
            starts[row + 1] = labels.Count;
        }
        return new(starts, labels.ToArray(), new Vocabulary([.. numbers.OrderBy(pair => pair.Value).Select(pair => pair.Key)]));
    }

    private enum ColumnKind
    {
        Text,
        Number,
        Labels,
    }
}
