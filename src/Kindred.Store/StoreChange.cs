namespace Kindred.Store;

/// <summary>Something besides a new event that servers take over.</summary>
/// <param name="Version">From 1, ascending; unique.</param>
/// <param name="Id">
/// Of the user, item or setting; the owner whose history is to be read again; of what was forgotten, the <see cref="IdHash"/> alone.
/// </param>
/// <param name="Deleted">The user's or item's entry was deleted: there is nothing to read.</param>
public sealed record StoreChange(long Version, ChangeKind Kind, string Id, bool Deleted = false);

/// <summary>What changed.</summary>
public enum ChangeKind
{
    /// <summary>The entry of a user was put, patched or deleted.</summary>
    User,

    /// <summary>The entry of an item was put, patched or deleted.</summary>
    Item,

    /// <summary>A setting was written.</summary>
    Setting,

    /// <summary>Events of an owner were removed: what is in memory of it is out of date.</summary>
    History,

    /// <summary>A user was forgotten: the id is an <see cref="IdHash"/>.</summary>
    ForgottenUser,

    /// <summary>An item was forgotten, with its events: the id is an <see cref="IdHash"/>.</summary>
    ForgottenItem,
}

/// <summary>Something that was forgotten.</summary>
/// <param name="Hash">The <see cref="IdHash"/> of the id.</param>
/// <param name="Sequence">
/// Of the last event then: snapshots that learned up to here, or to less, mask the id. What comes later belongs to a user who came back.
/// </param>
public sealed record Tombstone(SubjectKind Kind, string Hash, long Sequence, DateTimeOffset ForgottenAt);

/// <summary>What forgetting removed.</summary>
/// <param name="Hash">The <see cref="IdHash"/> of the id.</param>
/// <param name="Places">Each place that was searched.</param>
public sealed record ForgetReceipt(SubjectKind Kind, string Hash, DateTimeOffset ForgottenAt, IReadOnlyList<ForgottenPlace> Places);

/// <param name="Name">Such as events.</param>
/// <param name="Before">Rows that named the id.</param>
/// <param name="After">Rows that name it now, counted again.</param>
public sealed record ForgottenPlace(string Name, long Before, long After);
