namespace Kindred.Store;

/// <summary>
/// Everything a living server keeps: what people did, what is known of users and items, settings, keys, jobs and who changed what.
/// Open one with <see cref="Stores.OpenAsync"/>. All members may be called from any thread; writes happen one after another.
/// </summary>
/// <remarks>
/// <para>Two counters order what is written, each without a gap in the order of commits: the <em>sequence</em> of events and the
/// <em>version</em> of everything else. Whoever has read all up to N misses nothing by asking for what comes after N, also when
/// other processes write to the same store.</para>
/// <para>Times are kept in UTC to the millisecond. Ids are compared by their bytes. Attributes and details are JSON texts.</para>
/// <para>Each method throws <see cref="StoreUnavailableException"/> when the disk is full, the file is locked or the server does not
/// answer: nothing of that call was kept, unless the answer alone was lost; an append may be repeated, since events have identities.</para>
/// </remarks>
public interface IStore : IAsyncDisposable
{
    /// <summary>What the store is and where, for people; without a password.</summary>
    string Description { get; }

    IEventStore Events { get; }

    ICatalogStore Users { get; }

    ICatalogStore Items { get; }

    ISettingStore Settings { get; }

    IJobStore Jobs { get; }

    IExperimentStore Experiments { get; }

    /// <summary>Exposure contracts of items.</summary>
    IContractStore Contracts { get; }

    IAccessKeyStore Keys { get; }

    IAuditLog Audit { get; }

    /// <summary>
    /// What changed besides new events, oldest first: each user, item, setting or owner of a history once, with its latest change.
    /// Servers call it every fraction of a second.
    /// </summary>
    /// <param name="after">The version up to which the caller knows all; 0: from the beginning.</param>
    /// <param name="count">At most so many.</param>
    Task<IReadOnlyList<StoreChange>> ChangesAsync(long after, int count, CancellationToken cancellationToken = default);

    /// <summary>The version of the latest change; 0: nothing was written yet.</summary>
    Task<long> LastVersionAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes a user or an item, their events and all that names them, so that the bytes of the id are in no file of the store.
    /// A tombstone with a hash of the id stays, so that snapshots made before mask it: see <see cref="ForgottenAsync"/>.
    /// An id nothing is known of gets a receipt of zeros. Compacts the store: seconds for each GB.
    /// </summary>
    Task<ForgetReceipt> ForgetAsync(SubjectKind kind, string id, CancellationToken cancellationToken = default);

    /// <summary>All that was forgotten, oldest first.</summary>
    Task<IReadOnlyList<Tombstone>> ForgottenAsync(CancellationToken cancellationToken = default);

    /// <summary>Writes one row. Throws <see cref="StoreUnavailableException"/> if it cannot: for health checks.</summary>
    Task CheckWritableAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Writes a consistent copy into a new SQLite file, while others read and write. Backups of both kinds of stores have one format,
    /// which <see cref="Stores.RestoreAsync"/> reads into either.
    /// </summary>
    /// <exception cref="InputException">The file exists.</exception>
    Task BackupAsync(string path, CancellationToken cancellationToken = default);
}

/// <summary>Users or items.</summary>
public enum SubjectKind
{
    User,
    Item,
}

/// <summary>What is acknowledged has survived at least this.</summary>
public enum Durability
{
    /// <summary>Loss of power: each commit is forced to the disk.</summary>
    Fsync,

    /// <summary>A killed process: the operating system has it and writes it within seconds.</summary>
    Os,

    /// <summary>Nothing: the caller may acknowledge what waits in memory. The store itself writes as with <see cref="Os"/>.</summary>
    Memory,
}

/// <summary>How a store is opened.</summary>
public sealed record StoreOptions
{
    /// <summary>What an acknowledged write has survived.</summary>
    public Durability Durability { get; init; } = Durability.Fsync;

    /// <summary>Tells when events are received and when rows change.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
