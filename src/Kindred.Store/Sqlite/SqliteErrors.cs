using Microsoft.Data.Sqlite;

namespace Kindred.Store.Sqlite;

/// <summary>What SQLite says, as a sentence.</summary>
internal static class SqliteErrors
{
    private const int Busy = 5, Locked = 6, ReadOnly = 8, InputOutput = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26;

    /// <returns>Null: it is no matter of the disk or the file.</returns>
    public static Exception? Translate(string path, Exception error)
    {
        if (error is IOException or UnauthorizedAccessException)
            return new StoreUnavailableException($"{path} cannot be opened: {error.Message}", error);
        if (error is not SqliteException sqlite) return null;
        return sqlite.SqliteErrorCode switch
        {
            NotADatabase => new InputException($"{path} is not a SQLite file.", error),
            Corrupt => new InputException($"{path} is damaged: restore a backup.", error),
            Full => new StoreUnavailableException($"The disk of {path} is full: make room.", error),
            Busy or Locked => new StoreUnavailableException($"Another process has been writing to {path} for too long: try again.", error),
            ReadOnly => new StoreUnavailableException($"{path} cannot be written to: check its permissions.", error),
            InputOutput => new StoreUnavailableException($"The disk of {path} fails: {error.Message}", error),
            CannotOpen => new StoreUnavailableException($"{path} cannot be opened: check the permissions of its folder.", error),
            _ => null,
        };
    }
}
