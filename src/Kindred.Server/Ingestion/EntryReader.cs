using System.Text.Json;
using Kindred.Store;

namespace Kindred.Server.Ingestion;

/// <summary>Users or items as they are posted: every name must be known, every value must be of its type.</summary>
/// <param name="known">The id that the address has, which a body need not repeat; null: each record has its own.</param>
internal sealed class EntryReader(string? known = null)
{
    private static readonly string[] Names = ["id", "attributes", "hidden", "createdAt"], PatchNames = ["attributes", "hidden"];

    private const int LongestAttributes = 256 << 10; // bytes: an embedding of some thousand numbers

    /// <summary>A <see cref="RecordReader.Read{T}"/>.</summary>
    public (CatalogEntry? Record, string? Reason) Read(ref Utf8JsonReader reader)
    {
        var (id, attributes, hidden, createdAt, reason) = Fields(ref reader, allowsTimes: true);
        reason ??= known is not null && id is not null && id != known ? "The id is not that of the address." : null;
        id ??= known;
        reason ??= id is null ? "id is missing." : null;
        return reason is not null ? (null, reason)
            : (new(id!, attributes ?? "{}", hidden ?? false) { CreatedAt = createdAt ?? default }, null);
    }

    /// <summary>Reads a patch: the parts of an entry that change.</summary>
    public static (Patch? Record, string? Reason) ReadPatch(ref Utf8JsonReader reader)
    {
        var (_, attributes, hidden, _, reason) = Fields(ref reader, allowsTimes: false);
        return reason is null ? (new(attributes, hidden), null) : (null, reason);
    }

    private static (string? Id, string? Attributes, bool? Hidden, DateTimeOffset? CreatedAt, string? Reason) Fields(
        ref Utf8JsonReader reader, bool allowsTimes)
    {
        string? id = null, attributes = null, reason = null;
        bool? hidden = null;
        DateTimeOffset? createdAt = null;
        var seen = new HashSet<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = JsonField.Name(ref reader);
            if (!seen.Add(name)) reason ??= "A name is given twice.";
            reader.Read();
            switch (name)
            {
                case "attributes": attributes = JsonField.Object(ref reader, name, ref reason, LongestAttributes); break;
                case "hidden": hidden = JsonField.Flag(ref reader, name, ref reason); break;
                case "id" when allowsTimes: id = JsonField.Id(ref reader, name, ref reason); break;
                case "createdAt" when allowsTimes: createdAt = JsonField.Time(ref reader, name, ref reason); break;
                case "updatedAt" or "version" when allowsTimes: reader.Skip(); break; // what a listing or an export adds
                default:
                    reason ??= RecordReader.UnknownName(name, allowsTimes ? Names : PatchNames);
                    reader.Skip();
                    break;
            }
        }
        return (id, attributes, hidden, createdAt, reason);
    }

    /// <param name="Attributes">A JSON merge patch (RFC 7396); null: they stay.</param>
    internal sealed record Patch(string? Attributes, bool? Hidden);
}
