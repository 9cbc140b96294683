namespace Kindred.Store.Sqlite;

/// <summary>A backup is a SQLite file that appears at once and whole.</summary>
internal static class SqliteBackup
{
    /// <param name="write">Makes the file at the path it is given.</param>
    /// <exception cref="InputException">The file exists.</exception>
    public static async Task WriteAsync(string path, Func<string, Task> write)
    {
        string full = Path.GetFullPath(path);
        if (Path.Exists(full)) throw new InputException($"{full} exists: choose another name for the backup, or delete it.");
        await AppearAsync(full, async draft =>
        {
            await write(draft).ConfigureAwait(false);
            await using var file = new FileStream(draft, FileMode.Open, FileAccess.ReadWrite);
            file.Flush(flushToDisk: true);
        }).ConfigureAwait(false);
    }

    /// <summary>Copies a backup to where a store is going to be.</summary>
    /// <exception cref="InputException">There is a store with content, or the backup is none.</exception>
    public static async Task RestoreAsync(string backup, string path, CancellationToken cancellationToken)
    {
        string full = Path.GetFullPath(path);
        if (File.Exists(full)) throw new InputException($"{full} exists: a backup is restored to where no store is. Move it away first.");
        await AppearAsync(full, async draft =>
        {
            await CopyAsync(backup, draft, cancellationToken).ConfigureAwait(false);
            // a backup that is none is refused, an older one is brought up to date
            await using (await SqliteStore.OpenAsync(draft, new(), cancellationToken).ConfigureAwait(false)) { }
        }).ConfigureAwait(false);
    }

    /// <exception cref="InputException">There is no such file.</exception>
    public static async Task CopyAsync(string backup, string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(backup)) throw new InputException($"There is no backup at {Path.GetFullPath(backup)}.");
        await using var from = File.OpenRead(backup);
        await using var to = new FileStream(path, FileMode.CreateNew);
        await from.CopyToAsync(to, cancellationToken).ConfigureAwait(false);
        to.Flush(flushToDisk: true);
    }

    /// <summary>Makes a file beside its place, and moves it there when it is whole.</summary>
    private static async Task AppearAsync(string full, Func<string, Task> make)
    {
        string draft = $"{full}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            await make(draft).ConfigureAwait(false);
            File.Move(draft, full);
        }
        catch (Exception e) when (SqliteErrors.Translate(full, e) is { } told)
        {
            throw told;
        }
        finally
        {
            foreach (string suffix in (string[])["", "-wal", "-shm"]) File.Delete(draft + suffix);
        }
    }
}
