namespace Kindred.Store;

/// <summary>What is known of users, or of items. An entry is not needed for events to name its id.</summary>
public interface ICatalogStore
{
    /// <summary>Adds entries, or replaces those that exist, in one transaction.</summary>
    /// <returns>
    /// Attributes whose value has another type than the store knows for their name. They are stored as they are; the first type seen stays
    /// the known one. One text in place of a list of texts is no conflict; a list of numbers in which some are null is one.
    /// </returns>
    /// <exception cref="InputException">An id is empty, or attributes are not a JSON object: nothing was stored.</exception>
    Task<IReadOnlyList<AttributeConflict>> PutAsync(
        IReadOnlyList<CatalogEntry> entries, CancellationToken cancellationToken = default);

    /// <summary>
    /// Adds entries; those that exist get the given attributes beside their others, and stay hidden or not. In one transaction.
    /// </summary>
    /// <inheritdoc cref="PutAsync"/>
    Task<IReadOnlyList<AttributeConflict>> MergeAsync(
        IReadOnlyList<CatalogEntry> entries, CancellationToken cancellationToken = default);

    /// <summary>Changes part of an entry, atomically.</summary>
    /// <param name="attributes">A JSON merge patch (RFC 7396): given names are set, null removes one; null: attributes stay.</param>
    /// <param name="hidden">Null: stays.</param>
    /// <returns>The entry as it is now, and conflicts of types; an entry of null: there is none of this id.</returns>
    /// <exception cref="InputException">The patch is not a JSON object.</exception>
    Task<(CatalogEntry? Entry, IReadOnlyList<AttributeConflict> Conflicts)> PatchAsync(
        string id, string? attributes, bool? hidden, CancellationToken cancellationToken = default);

    /// <returns>Null: there is no entry of this id.</returns>
    Task<CatalogEntry?> GetAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Deletes an entry; its events stay. <see cref="StoreChange.Deleted"/> tells servers, also those that start later, not to
    /// recommend it.
    /// </summary>
    /// <returns>Whether there was one.</returns>
    Task<bool> DeleteAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>The ids whose entries were deleted and not put since then, for servers that start. Cost: a look at each change.</summary>
    Task<IReadOnlyList<string>> DeletedAsync(CancellationToken cancellationToken = default);

    /// <summary>Entries ordered by the bytes of their ids.</summary>
    /// <param name="after">The last id of the page before; null: from the first.</param>
    /// <param name="count">At most so many.</param>
    Task<IReadOnlyList<CatalogEntry>> ListAsync(string? after, int count, CancellationToken cancellationToken = default);

    Task<long> CountAsync(CancellationToken cancellationToken = default);

    /// <summary>The type of each attribute, by name: that of its first value.</summary>
    Task<IReadOnlyDictionary<string, AttributeType>> TypesAsync(CancellationToken cancellationToken = default);
}

/// <summary>What is known of one user or item.</summary>
/// <param name="Attributes">A JSON object.</param>
/// <param name="Hidden">Not recommended, but known: its events are stored and learned from.</param>
public sealed record CatalogEntry(string Id, string Attributes = "{}", bool Hidden = false)
{
    /// <summary>When it became known. Put without one (the default value), it is the moment of the first put.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Of the last change. The store sets it.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Of the last change, as <see cref="StoreChange.Version"/>. The store sets it.</summary>
    public long Version { get; init; }
}

/// <summary>The type of an attribute's values in JSON. Null has none: it is like an absent attribute.</summary>
public enum AttributeType
{
    Text,
    Number,
    Boolean,

    /// <summary>Of texts, or empty.</summary>
    Texts,

    /// <summary>Of numbers.</summary>
    Numbers,

    /// <summary>An object, or a list of anything else.</summary>
    Other,
}

/// <summary>A value whose type differs from what the store knows for the attribute.</summary>
/// <param name="Id">Of the user or item.</param>
/// <param name="Name">Of the attribute.</param>
public sealed record AttributeConflict(string Id, string Name, AttributeType Known, AttributeType Given);
