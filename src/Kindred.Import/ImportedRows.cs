using System.Text.Encodings.Web;
using System.Text.Json;
using Kindred.Data;

namespace Kindred.Import;

/// <summary>An event as a file had it: neither merged with others, nor weighed.</summary>
/// <param name="Row">Its place among the rows of all files, from 0.</param>
/// <param name="Type">Null: the file does not say.</param>
/// <param name="Value">Null: the file has no values.</param>
/// <param name="Time">Null: the file has no times.</param>
public readonly record struct ImportedEvent(
    long Row, string UserId, string ItemId, string? Type, float? Value, DateTimeOffset? Time);

/// <summary>What an import read, for a store that keeps single events.</summary>
public sealed class ImportedRows
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly EncodedRows _rows;
    private readonly IReadOnlyList<string> _types;
    private readonly bool _hasValues;
    private readonly Interactions _interactions;
    private readonly Catalog _users, _items;
    private readonly IReadOnlyList<string> _otherUsers, _otherItems;

    /// <param name="otherUsers">Ids of the last rows of <paramref name="users"/>: of those without events.</param>
    /// <param name="otherItems">The same of items.</param>
    internal ImportedRows(
        EncodedRows rows, IReadOnlyList<string> types, bool hasValues, Interactions interactions, Catalog users, Catalog items,
        IReadOnlyList<string> otherUsers, IReadOnlyList<string> otherItems)
    {
        (_rows, _types, _hasValues, _interactions) = (rows, types, hasValues, interactions);
        (_users, _items, _otherUsers, _otherItems) = (users, items, otherUsers, otherItems);
    }

    /// <summary>Valid rows, in the order of the files.</summary>
    public IEnumerable<ImportedEvent> Events
    {
        get
        {
            var (users, items) = (new string?[_rows.Users.Count], new string?[_rows.Items.Count]);
            for (int row = 0; row < _rows.User.Length; row++)
            {
                int user = _rows.User[row], item = _rows.Item[row];
                if (user < 0) continue;
                yield return new(
                    row, users[user] ??= _rows.Users[user], items[item] ??= _rows.Items[item],
                    _rows.Events.Length > 0 ? _types[_rows.Events[row]] : null, _hasValues ? _rows.Values[row] : null,
                    _rows.Times.Length > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(_rows.Times[row]) : null);
            }
        }
    }

    /// <summary>Users that attributes are known of, with events or not: the id, and the attributes as a JSON object.</summary>
    public IEnumerable<(string Id, string Attributes)> Users => Entries(_interactions.Users, _users, _otherUsers);

    /// <inheritdoc cref="Users"/>
    public IEnumerable<(string Id, string Attributes)> Items => Entries(_interactions.Items, _items, _otherItems);

    private static IEnumerable<(string, string)> Entries(Vocabulary ids, Catalog catalog, IReadOnlyList<string> others)
    {
        if (catalog.IsEmpty) yield break;
        for (int row = 0; row < ids.Count; row++)
            if (AttributesOf(catalog, row) is { } attributes) yield return (ids.Id(row), attributes);
        for (int n = 0; n < others.Count; n++) yield return (others[n], AttributesOf(catalog, ids.Count + n) ?? "{}");
    }

    /// <returns>Null: nothing is known.</returns>
    private static string? AttributesOf(Catalog catalog, int row)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Json))
        {
            writer.WriteStartObject();
            foreach (var (name, text) in catalog.Texts)
                if (text.Values[row] is { Length: > 0 } value) writer.WriteString(name, value);
            foreach (var (name, number) in catalog.Numbers)
                if (float.IsFinite(number.Values.Span[row])) writer.WriteNumber(name, number.Values.Span[row]);
            foreach (var (name, labels) in catalog.Labels)
            {
                if (labels[row].IsEmpty) continue;
                writer.WriteStartArray(name);
                foreach (int label in labels[row]) writer.WriteStringValue(labels.Labels.Id(label));
                writer.WriteEndArray();
            }
            writer.WriteEndObject();
        }
        return buffer.Length > 2 ? System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) : null;
    }
}
