using System.ComponentModel;
using System.Text.Json;
using Kindred.Server.ExposureContracts;
using Kindred.Server.Ingestion;
using Kindred.Store;

namespace Kindred.Server.Endpoints;

/// <summary>What <see cref="EntryReader"/> reads, for the API's description.</summary>
internal sealed record EntryContract(
    [property: Description("Not needed where the address has it.")] string? Id = null,
    [property: Description("What is known, such as {\"title\": \"Green tea\", \"genres\": [\"tea\"], \"price\": 4.5}.")]
    IReadOnlyDictionary<string, object>? Attributes = null,
    [property: Description("Not recommended, but known. Default: false.")] bool Hidden = false,
    [property: Description("When it became known. Default: now, or what it was.")] DateTimeOffset? CreatedAt = null);

/// <summary>The parts of an entry that change.</summary>
internal sealed record PatchContract(
    [property: Description("Given names are set, null removes one. Default: all stay.")]
    IReadOnlyDictionary<string, object>? Attributes = null,
    [property: Description("Default: stays.")] bool? Hidden = null);

/// <summary>A user or an item.</summary>
internal sealed record EntryAnswer(
    string Id,
    [property: Description("A JSON object; absent for a key that may write and not read.")] JsonElement? Attributes,
    [property: Description("Not recommended, but known.")] bool Hidden,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    [property: Description("Grows with each change of any entry.")] long Version,
    [property: Description("Attributes whose value has another type than before, or is not what an item's contract must be; they are " +
        "stored as they are.")]
    IReadOnlyList<ConflictAnswer>? Conflicts = null)
{
    /// <param name="isReadable">Whether who asks may read what is known.</param>
    public static EntryAnswer Of(
        CatalogEntry entry, IReadOnlyList<ConflictAnswer>? conflicts = null, bool isReadable = true) => new(
        entry.Id, isReadable ? JsonDocument.Parse(entry.Attributes).RootElement : null,
        entry.Hidden, entry.CreatedAt, entry.UpdatedAt, entry.Version,
        conflicts);
}

/// <summary>A value of another type than before.</summary>
internal sealed record ConflictAnswer(
    string Id,
    [property: Description("Of the attribute.")] string Name,
    [property: Description("The type of its first value: text, number, boolean, texts, numbers or other; of an " +
        "item's contract, what it must be.")] string Known,
    string Given)
{
    /// <param name="items">Whose contracts are looked at.</param>
    public static IReadOnlyList<ConflictAnswer> Of(IReadOnlyList<AttributeConflict> conflicts, IReadOnlyList<CatalogEntry> items)
    {
        var found = conflicts.Where(conflict => conflict.Name != ContractAttribute.Name || items.Count == 0).Select(conflict =>
            new ConflictAnswer(conflict.Id, conflict.Name, NameOf(conflict.Known), NameOf(conflict.Given))).ToList();
        foreach (var item in items)
            if (ContractAttribute.Read(item.Attributes).Fault is { } fault)
                found.Add(new(item.Id, ContractAttribute.Name, ContractAttribute.Expected, PlainText.Shorten(fault.GetRawText())));
        return found;
    }

    private static string NameOf(AttributeType type) => type.ToString().ToLowerInvariant();
}

/// <summary>What became of entries.</summary>
internal sealed record EntriesAnswer(
    [property: Description("Entries that were added or replaced.")] int Stored,
    [property: Description("Records that cannot be read; they are not stored.")] int Rejected,
    [property: Description("Rejected records, each with its place in the request, from 0; absent when there are none.")]
    IReadOnlyList<Rejection>? Reasons,
    [property: Description("Attributes whose value has another type than before; absent when there are none.")]
    IReadOnlyList<ConflictAnswer>? Conflicts);

/// <summary>A page of a listing.</summary>
internal sealed record EntryPage(
    IReadOnlyList<EntryAnswer> Entries,
    [property: Description("For the next page; absent on the last one.")] string? Cursor);
