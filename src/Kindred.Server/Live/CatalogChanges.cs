using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Data;
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
                if (ReservedAttributes.Contains(attribute.Name)) continue;
                if (types.TryGetValue(attribute.Name, out var type)) kinds.TryAdd(attribute.Name, KindOf(attribute.Name, type));
            }
        }
        Dictionary<string, TColumn> Columns<TColumn>(
            ColumnKind kind, IReadOnlyDictionary<string, TColumn> now, Func<TColumn?, string, TColumn> change) where TColumn : class =>
            kinds.Where(pair => pair.Value == kind)
                .ToDictionary(pair => pair.Key, pair => change(now.GetValueOrDefault(pair.Key), pair.Key), StringComparer.Ordinal);
        return WithVectors(new(
            rows,
            Columns<TextColumn>(ColumnKind.Text, catalog.Texts, (column, name) => Texts(column, name, rows, changed)),
            Columns<NumberColumn>(ColumnKind.Number, catalog.Numbers, (column, name) => Numbers(column, name, rows, changed)),
            Columns<LabelColumn>(ColumnKind.Labels, catalog.Labels, (column, name) => Labels(column, name, rows, changed))),
            changed, types);
    }

    /// <returns>A row of nothing, with the columns that attributes of such types become.</returns>
    /// <param name="hasTextVector">With a vector of texts, which a server makes of them.</param>
    public static Catalog WithColumns(IReadOnlyDictionary<string, AttributeType> types, bool hasTextVector)
    {
        var row = new JsonObject();
        foreach (var (name, type) in types) row[name] = type == AttributeType.Numbers ? new JsonArray(0, 0) : "";
        if (hasTextVector) row[TextVector.Name] = new JsonObject { ["of"] = "", ["values"] = new JsonArray(0, 0) };
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

    /// <returns>The numbers of a list, all finite; null: it is no such list.</returns>
    public static float[]? VectorIn(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0) return null;
        var numbers = new float[value.GetArrayLength()];
        int n = 0;
        foreach (var number in value.EnumerateArray())
            if (number.ValueKind != JsonValueKind.Number || !number.TryGetSingle(out numbers[n]) || !float.IsFinite(numbers[n++]))
                return null;
        return numbers;
    }

    /// <summary>
    /// Lists of numbers are vectors, as those of files are: columns of numbers, <c>embedding.0</c>, <c>embedding.1</c>, ….
    /// </summary>
    private static Catalog WithVectors(
        Catalog catalog, IReadOnlyDictionary<int, JsonElement> changed, IReadOnlyDictionary<string, AttributeType> types)
    {
        (int, float[])[] Of(string name, Func<JsonElement, float[]?> read) => [.. changed.OrderBy(pair => pair.Key)
            .Select(pair => (pair.Key, pair.Value.TryGetProperty(name, out var value) ? read(value) : null))
            .Where(pair => pair.Item2 is not null).Select(pair => (pair.Key, pair.Item2!))];
        foreach (var (name, _) in types.Where(type => type.Value == AttributeType.Numbers && !catalog.Labels.ContainsKey(type.Key)))
            catalog = WithVector(catalog, name, Of(name, VectorIn));
        return WithVector(catalog, TextVector.Name, Of(TextVector.Name, value => TextVector.Read(value)?.Values));
    }

    /// <returns>The catalog with the vectors of some rows. Those of another length than the others are not taken.</returns>
    private static Catalog WithVector(Catalog catalog, string name, (int Row, float[] Values)[] vectors)
    {
        if (vectors.Length == 0) return catalog;
        var numbers = catalog.Numbers.ToDictionary();
        int known = 0;
        while (numbers.ContainsKey($"{name}.{known}")) known++;
        int length = known > 0 ? known : vectors[0].Values.Length;
        for (int n = 0; n < length; n++)
        {
            var values = new float[catalog.Count];
            if (numbers.TryGetValue($"{name}.{n}", out var before)) before.Values.CopyTo(values); // a row may have one number of it alone
            else values.AsSpan().Fill(float.NaN);
            foreach (var (row, vector) in vectors) if (vector.Length == length) values[row] = vector[n];
            numbers[$"{name}.{n}"] = new(values);
        }
        return catalog with { Numbers = numbers };
    }

    private static ColumnKind KindOf(string name, AttributeType type) => type switch
    {
        AttributeType.Number => ColumnKind.Number,
        AttributeType.Numbers => ColumnKind.Vector,
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
        Vector,
    }
}
