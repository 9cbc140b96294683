using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kindred.Store.Sql;

/// <summary>Users or items.</summary>
internal sealed class SqlCatalog(SqlDatabase database, SubjectKind kind) : ICatalogStore
{
    private const string Columns = "id, attributes, hidden, created, updated, version";

    private ChangeKind Change => kind == SubjectKind.User ? ChangeKind.User : ChangeKind.Item;

    public Task<IReadOnlyList<AttributeConflict>> PutAsync(
        IReadOnlyList<CatalogEntry> entries, CancellationToken cancellationToken = default) =>
        PutAsync(entries, merges: false, cancellationToken);

    public Task<IReadOnlyList<AttributeConflict>> MergeAsync(
        IReadOnlyList<CatalogEntry> entries, CancellationToken cancellationToken = default) =>
        PutAsync(entries, merges: true, cancellationToken);

    private async Task<IReadOnlyList<AttributeConflict>> PutAsync(
        IReadOnlyList<CatalogEntry> entries, bool merges, CancellationToken cancellationToken)
    {
        var values = entries.Select(entry => (Entry: entry, Attributes: Parse(entry.Id, entry.Attributes))).ToList();
        return await database.WriteAsync<IReadOnlyList<AttributeConflict>>(async transaction =>
        {
            var types = await AttributeTypes.ReadAsync(kind, transaction).ConfigureAwait(false);
            foreach (var (entry, attributes) in values)
            {
                types.Note(entry.Id, attributes);
                var present = merges ? await GetAsync(entry.Id, transaction.Connection, cancellationToken).ConfigureAwait(false) : null;
                await WriteAsync(present is null ? entry : Merged(present, attributes), transaction).ConfigureAwait(false);
            }
            await types.WriteAsync(transaction).ConfigureAwait(false);
            return types.Conflicts;
        }, cancellationToken).ConfigureAwait(false);
    }

    public async Task<(CatalogEntry? Entry, IReadOnlyList<AttributeConflict> Conflicts)> PatchAsync(
        string id, string? attributes, bool? hidden, CancellationToken cancellationToken = default)
    {
        var patch = attributes is null ? null : Parse(id, attributes);
        return await database.WriteAsync<(CatalogEntry?, IReadOnlyList<AttributeConflict>)>(async transaction =>
        {
            if (await GetAsync(id, transaction.Connection, cancellationToken).ConfigureAwait(false) is not { } entry) return (null, []);
            var types = await AttributeTypes.ReadAsync(kind, transaction).ConfigureAwait(false);
            if (patch is not null)
            {
                types.Note(id, patch);
                entry = Merged(entry, patch);
            }
            entry = await WriteAsync(entry with { Hidden = hidden ?? entry.Hidden }, transaction).ConfigureAwait(false);
            await types.WriteAsync(transaction).ConfigureAwait(false);
            return (entry, types.Conflicts);
        }, cancellationToken).ConfigureAwait(false);
    }

    public Task<CatalogEntry?> GetAsync(string id, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => GetAsync(id, connection, cancellationToken), cancellationToken);

    public Task<bool> DeleteAsync(string id, CancellationToken cancellationToken = default) => database.WriteAsync(async transaction =>
    {
        if (await transaction.ExecuteAsync("DELETE FROM entry WHERE kind = @kind AND id = @id", ("kind", (long)kind), ("id", id))
            .ConfigureAwait(false) == 0)
            return false;
        await transaction.NoteChangeAsync(Change, id, deleted: true).ConfigureAwait(false);
        return true;
    }, cancellationToken);

    public async Task<IReadOnlyList<string>> DeletedAsync(CancellationToken cancellationToken = default) => await database.ListAsync(
        "SELECT id FROM change WHERE kind = @kind AND deleted = 1 ORDER BY id", row => row.GetString(0), cancellationToken,
        ("kind", (long)Change)).ConfigureAwait(false);

    public async Task<IReadOnlyList<CatalogEntry>> ListAsync(string? after, int count, CancellationToken cancellationToken = default) =>
        await database.ListAsync(
            $"SELECT {Columns} FROM entry WHERE kind = @kind AND id > @after ORDER BY id LIMIT @count", Read, cancellationToken,
            ("kind", (long)kind), ("after", after ?? ""), ("count", (long)count)).ConfigureAwait(false);

    public Task<long> CountAsync(CancellationToken cancellationToken = default) => database.ReadAsync(
        connection => connection.LongAsync("SELECT count(*) FROM entry WHERE kind = @kind", cancellationToken, ("kind", (long)kind)),
        cancellationToken);

    public Task<IReadOnlyDictionary<string, AttributeType>> TypesAsync(CancellationToken cancellationToken = default) =>
        database.ReadAsync<IReadOnlyDictionary<string, AttributeType>>(
            async connection => await AttributeTypes.ReadAsync(kind, connection, cancellationToken).ConfigureAwait(false),
            cancellationToken);

    private async Task<CatalogEntry?> GetAsync(string id, DbConnection connection, CancellationToken cancellationToken) =>
        (await connection.ListAsync(
            $"SELECT {Columns} FROM entry WHERE kind = @kind AND id = @id", Read, cancellationToken, ("kind", (long)kind), ("id", id))
            .ConfigureAwait(false)).FirstOrDefault();

    private async Task<CatalogEntry> WriteAsync(CatalogEntry entry, SqlTransaction transaction)
    {
        long version = await transaction.NoteChangeAsync(Change, entry.Id).ConfigureAwait(false);
        long? created = entry.CreatedAt == default ? null : entry.CreatedAt.ToUnixTimeMilliseconds();
        await transaction.ExecuteAsync(
            $"""
            INSERT INTO entry (kind, id, attributes, hidden, created, updated, version)
            VALUES (@kind, @id, @attributes, @hidden, @created, @now, @version)
            ON CONFLICT (kind, id) DO UPDATE SET attributes = excluded.attributes, hidden = excluded.hidden, updated = excluded.updated,
              version = excluded.version{(created is null ? "" : ", created = excluded.created")}
            """,
            ("kind", (long)kind), ("id", entry.Id), ("attributes", entry.Attributes), ("hidden", entry.Hidden ? 1L : 0L),
            ("created", created ?? transaction.Now), ("now", transaction.Now), ("version", version)).ConfigureAwait(false);
        return entry with { UpdatedAt = DateTimeOffset.FromUnixTimeMilliseconds(transaction.Now), Version = version };
    }

    private JsonObject Parse(string id, string attributes)
    {
        if (id.Length == 0) throw new InputException($"A {Name} has an empty id: give it one.");
        if (!StoredText.IsKept(id) || !StoredText.IsKept(attributes))
            throw new InputException($"The {Name} '{id}' has {StoredText.Reason}");
        try
        {
            if (JsonNode.Parse(attributes, documentOptions: new() { AllowDuplicateProperties = false }) is JsonObject json) return json;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new InputException($"The attributes of {Name} '{id}' are not JSON: {e.Message}", e);
        }
        throw new InputException($"The attributes of {Name} '{id}' are not a JSON object: write {{\"name\": value}}.");
    }

    private string Name => kind == SubjectKind.User ? "user" : "item";

    private static CatalogEntry Merged(CatalogEntry entry, JsonObject patch) =>
        entry with { Attributes = Merge(JsonNode.Parse(entry.Attributes), patch)!.ToJsonString(JsonText.Options) };

    /// <summary>RFC 7396.</summary>
    private static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes) return patch?.DeepClone();
        var merged = target as JsonObject ?? [];
        foreach (var (name, value) in changes)
        {
            if (value is null) { merged.Remove(name); continue; }
            var present = merged[name];
            merged.Remove(name); // a node has one parent
            merged[name] = Merge(present, value);
        }
        return merged;
    }

    private static CatalogEntry Read(DbDataReader row) => new(row.GetString(0), row.GetString(1), row.GetInt64(2) != 0)
    {
        CreatedAt = row.Time(3),
        UpdatedAt = row.Time(4),
        Version = row.GetInt64(5),
    };
}
