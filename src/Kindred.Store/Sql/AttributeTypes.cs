using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kindred.Store.Sql;

/// <summary>The type of each attribute, and which values differ from it.</summary>
internal sealed class AttributeTypes
{
    private readonly SubjectKind _kind;
    private readonly Dictionary<string, AttributeType> _types;
    private readonly List<string> _new = [];
    private readonly List<AttributeConflict> _conflicts = [];

    private AttributeTypes(SubjectKind kind, Dictionary<string, AttributeType> types) => (_kind, _types) = (kind, types);

    public IReadOnlyList<AttributeConflict> Conflicts => _conflicts;

    public static async Task<AttributeTypes> ReadAsync(SubjectKind kind, SqlTransaction transaction) =>
        new(kind, await ReadAsync(kind, transaction.Connection, transaction.CancellationToken).ConfigureAwait(false));

    public static async Task<Dictionary<string, AttributeType>> ReadAsync(
        SubjectKind kind, DbConnection connection, CancellationToken cancellationToken) =>
        (await connection.ListAsync(
            "SELECT name, type FROM attribute WHERE kind = @kind", row => (Name: row.GetString(0), Type: (AttributeType)row.GetInt64(1)),
            cancellationToken, ("kind", (long)kind)).ConfigureAwait(false))
        .ToDictionary(attribute => attribute.Name, attribute => attribute.Type, StringComparer.Ordinal);

    /// <param name="id">Of the user or item.</param>
    public void Note(string id, JsonObject attributes)
    {
        foreach (var (name, value) in attributes)
        {
            if (value is null) continue;
            var given = TypeOf(value);
            // a number that is missing in a list does not make it a list of something else
            if (_types.TryAdd(name, IsWithGaps(value) ? AttributeType.Numbers : given)) _new.Add(name);
            var known = _types[name];
            if (known != given && !IsEmptyList(value, known) && (known, given) is not (AttributeType.Texts, AttributeType.Text))
                _conflicts.Add(new(id, name, known, given));
        }
    }

    public async Task WriteAsync(SqlTransaction transaction)
    {
        foreach (string name in _new)
            await transaction.ExecuteAsync(
                "INSERT INTO attribute (kind, name, type) VALUES (@kind, @name, @type)",
                ("kind", (long)_kind), ("name", name), ("type", (long)_types[name])).ConfigureAwait(false);
    }

    private static AttributeType TypeOf(JsonNode value) => value switch
    {
        JsonArray list when list.All(v => v?.GetValueKind() == JsonValueKind.String) => AttributeType.Texts,
        JsonArray list when list.All(v => v?.GetValueKind() == JsonValueKind.Number) => AttributeType.Numbers,
        _ => value.GetValueKind() switch
        {
            JsonValueKind.String => AttributeType.Text,
            JsonValueKind.Number => AttributeType.Number,
            JsonValueKind.True or JsonValueKind.False => AttributeType.Boolean,
            _ => AttributeType.Other,
        },
    };

    private static bool IsWithGaps(JsonNode value) => value is JsonArray list && list.Any(v => v is null)
        && list.Any(v => v is not null) && list.All(v => v is null || v.GetValueKind() == JsonValueKind.Number);

    /// <summary>A list without values fits lists of any type.</summary>
    private static bool IsEmptyList(JsonNode value, AttributeType known) =>
        value is JsonArray { Count: 0 } && known is (AttributeType.Texts or AttributeType.Numbers or AttributeType.Other);
}
