using Kindred.Store.Postgres;
using Kindred.Store.Sqlite;

namespace Kindred.Store;

/// <summary>Opens stores by their address.</summary>
public static class Stores
{
    /// <summary>Opens a store; makes an empty one if there is none, and brings an older schema up to date.</summary>
    /// <param name="address">The path of a SQLite file, or <c>postgres://user:password@host:port/database</c>.</param>
    /// <exception cref="InputException">
    /// The address names no store, the store is damaged, or a newer version of Kindred wrote it.
    /// </exception>
    /// <exception cref="StoreUnavailableException">It cannot be opened now.</exception>
    public static async Task<IStore> OpenAsync(
        string address, StoreOptions? options = null, CancellationToken cancellationToken = default) =>
        PostgresAddress.Is(address)
            ? await PostgresStore.OpenAsync(address, options ?? new(), cancellationToken).ConfigureAwait(false)
            : await SqliteStore.OpenAsync(address, options ?? new(), cancellationToken).ConfigureAwait(false);

    /// <summary>Whether several servers may use the store at that address.</summary>
    internal static bool IsShared(string address) => PostgresAddress.Is(address);

    /// <summary>
    /// Reads a backup, also of the other kind of store or of an older version, into a store that is empty or does not exist.
    /// </summary>
    /// <param name="backup">A file that <see cref="IStore.BackupAsync"/> wrote.</param>
    /// <param name="address">As for <see cref="OpenAsync"/>.</param>
    /// <exception cref="InputException">The backup cannot be read, or the store is not empty.</exception>
    public static Task RestoreAsync(string backup, string address, CancellationToken cancellationToken = default) =>
        PostgresAddress.Is(address)
            ? PostgresStore.RestoreAsync(backup, address, cancellationToken)
            : SqliteBackup.RestoreAsync(backup, address, cancellationToken);
}
