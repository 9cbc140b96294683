using System.Text.RegularExpressions;

namespace Kindred.Storage;

/// <summary>
/// A hidden folder beside a target, <c>.name.random.tmp</c>, in which a writer prepares what it then moves in place. The writer holds a
/// lock in it, which the system releases however the writer ends: so what a killed one left is told from what is being written.
/// </summary>
internal sealed partial class DraftFolder : IDisposable
{
    private const string LockFile = "lock", ReplacedFolder = "old";

    private const int Attempts = 5;

    private readonly FileStream _lock;

    private DraftFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    public string Path { get; }

    /// <summary>What will be moved to the target; not made yet.</summary>
    internal string Next => System.IO.Path.Combine(Path, "next");

    /// <summary>Where the target waits while the next one is moved in place, if the two cannot be exchanged in one step.</summary>
    internal string Replaced => System.IO.Path.Combine(Path, ReplacedFolder);

    /// <summary>
    /// Makes a draft of <paramref name="target"/>, and missing parents. Drafts of killed writers of the same target are removed.
    /// </summary>
    /// <param name="target">Its parent is where the draft is made; only its name matters otherwise.</param>
    /// <exception cref="IOException">The place cannot be written to, as for <see cref="UnauthorizedAccessException"/>.</exception>
    public static DraftFolder Create(string target)
    {
        target = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(target));
        string parent = System.IO.Path.GetDirectoryName(target) ?? target, name = System.IO.Path.GetFileName(target);
        RemoveAbandoned(parent, name);
        for (int attempt = 1; ; attempt++)
        {
            string path = System.IO.Path.Combine(parent, $".{name}.{Guid.NewGuid():n}.tmp");
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
            else
            {
                Directory.CreateDirectory(parent);
                Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
            string lockFile = System.IO.Path.Combine(path, LockFile);
            try
            {
                var held = Open(lockFile, FileMode.CreateNew);
                if (File.Exists(lockFile)) return new(path, held);
                held.Dispose();
            }
            // Another process took the draft for abandoned before it was locked.
            catch (IOException) when (attempt < Attempts && (!Directory.Exists(path) || File.Exists(lockFile))) { }
            catch
            {
                Directory.Delete(path, recursive: true);
                throw;
            }
        }
    }

    /// <summary>Makes one in the system's folder for temporary files; those of killed programs are removed.</summary>
    /// <exception cref="InputException">There is no such folder, or it cannot be written to.</exception>
    public static DraftFolder Temporary()
    {
        string folder = System.IO.Path.GetTempPath();
        if (!Directory.Exists(folder))
            throw new InputException($"The folder for temporary files, {folder}, does not exist; set TMPDIR to one that does.");
        try
        {
            return Create(System.IO.Path.Combine(folder, "kindred"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"The folder for temporary files, {folder}, cannot be used: {e.Message} Set TMPDIR to another one.", e);
        }
    }

    /// <summary>
    /// Removes what killed writers left in <paramref name="parent"/>. A folder that one of them had taken aside to replace it is put
    /// back first, if nothing is in its place. What cannot be removed stays.
    /// </summary>
    /// <param name="name">Only of the target of this name; null: of all.</param>
    /// <returns>The removed folders.</returns>
    public static IReadOnlyList<string> RemoveAbandoned(string parent, string? name = null)
    {
        var removed = new List<string>();
        foreach (var (path, target) in In(parent, name))
        {
            try
            {
                using var held = TryTake(path);
                if (held is null) continue;
                PutBack(path, target);
                if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
                removed.Add(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { } // not ours to remove, or removed by another
        }
        return removed;
    }

    /// <summary>
    /// If nothing is at <paramref name="target"/> because a writer was killed while it replaced it, what was there is put back.
    /// </summary>
    internal static void Recover(string target)
    {
        if (Directory.Exists(target) || File.Exists(target) || System.IO.Path.GetDirectoryName(target) is not string parent) return;
        foreach (var (path, _) in In(parent, System.IO.Path.GetFileName(target)))
        {
            try
            {
                using var held = TryTake(path);
                if (held is not null) PutBack(path, target);
            }
            // Whoever opens the target says that it is missing.
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
        }
    }

    public void Dispose()
    {
        // In this order: a draft that is there and not locked is a killed writer's.
        try { if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { } // the next writer tries again
        _lock.Dispose();
    }

    private static List<(string Path, string Target)> In(string parent, string? name)
    {
        try
        {
            return
            [
                .. from path in Directory.EnumerateDirectories(parent, ".*")
                   let match = NamePattern().Match(System.IO.Path.GetFileName(path))
                   where match.Success && (name is null || match.Groups["name"].Value == name) && new DirectoryInfo(path).LinkTarget is null
                   orderby path
                   select (path, System.IO.Path.Combine(parent, match.Groups["name"].Value)),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // no such folder, or it cannot be listed
        }
    }

    /// <returns>The lock of an abandoned draft; null: its writer lives, or nobody can tell.</returns>
    private static FileStream? TryTake(string path)
    {
        string lockFile = System.IO.Path.Combine(path, LockFile);
        FileStream held;
        try { held = Open(lockFile, FileMode.OpenOrCreate); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; }
        try
        {
            // Some network file systems grant every lock: there nobody can tell.
            using var again = Open(lockFile, FileMode.Open);
            held.Dispose();
            return null;
        }
        catch (IOException)
        {
            return held;
        }
    }

    private static FileStream Open(string lockFile, FileMode mode) => new(lockFile, mode, FileAccess.ReadWrite, FileShare.None, 1);

    private static void PutBack(string draft, string target)
    {
        // Version 0.1.0 made the replaced folder a neighbour of the draft.
        bool isReplaced = draft.EndsWith($".{ReplacedFolder}", StringComparison.Ordinal);
        string replaced = isReplaced ? draft : System.IO.Path.Combine(draft, ReplacedFolder);
        if (Directory.Exists(target) || File.Exists(target)) return;
        if (!File.Exists(System.IO.Path.Combine(replaced, FolderManifest.FileName))) return;
        if (isReplaced) File.Delete(System.IO.Path.Combine(draft, LockFile));
        Directory.Move(replaced, target);
        FolderMoves.Flush(System.IO.Path.GetDirectoryName(target)!);
    }

    [GeneratedRegex(@"^\.(?<name>.+)\.([0-9a-f]{32}|[0-9a-f]{8}\.spill)\.tmp(\.old)?$", RegexOptions.ExplicitCapture)]
    private static partial Regex NamePattern();
}
