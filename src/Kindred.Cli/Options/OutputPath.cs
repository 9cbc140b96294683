using Kindred.Cli.Output;
using Kindred.Snapshots;
using Kindred.Storage;

namespace Kindred.Cli.Options;

/// <summary>Where results are written: looked at before the work, not after it.</summary>
internal static class OutputPath
{
    /// <summary>Looks at where a folder of that kind will be written, and removes what killed writers left there.</summary>
    /// <exception cref="InputException">Something that is not of that kind is in the way, or the place cannot be written to.</exception>
    public static void Check(string folder, string kind, CommandContext session)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (Path.GetDirectoryName(path) is { } parent) Tell(DraftFolder.RemoveAbandoned(parent, Path.GetFileName(path)), session);
        bool isOther = !SealedFolder.Is(folder, kind) && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any();
        if (isOther || File.Exists(folder))
            throw new InputException($"{folder} exists and is not a {FolderManifest.NameOf(kind)}; choose another place or remove it.");
        CheckWritable(folder, Path.GetDirectoryName(path) ?? path);
    }

    /// <summary>Looks at a folder of snapshots that will get a new one.</summary>
    /// <exception cref="InputException">It is a file or a folder of another kind, or cannot be written to.</exception>
    public static void CheckSnapshots(string folder, CommandContext session)
    {
        Snapshot.CheckFolder(folder);
        CheckWritable(folder, Path.GetFullPath(folder));
        Tidy(folder, session);
        foreach (string path in SealedFolder.UnreadableIn(folder))
            session.Activity.Note($"Skipped {path}: its manifest cannot be read.");
    }

    /// <summary>Looks at where a text file will be written.</summary>
    /// <param name="file">Null: nowhere.</param>
    /// <exception cref="InputException">It is a folder, or there is none to write it into.</exception>
    public static void CheckFile(string? file)
    {
        if (file is null || IsDevice(file)) return;
        if (Directory.Exists(file)) throw new InputException($"{file} is a folder; name a file to write.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(file)) ?? file;
        if (!Directory.Exists(folder)) throw new InputException($"{file} cannot be written: there is no folder {folder}; make it first.");
        CheckWritable(file, folder);
    }

    /// <summary>
    /// Opens a snapshot, or the newest of a folder of them that can be opened, and names those that cannot; removes what killed publishers
    /// left.
    /// </summary>
    /// <exception cref="InputException">There is none that can be opened.</exception>
    public static Snapshot OpenSnapshot(string path, CommandContext session)
    {
        Tidy(path, session);
        var snapshot = Snapshot.Open(path, session.Trainers);
        foreach (string reason in snapshot.Skipped) session.Activity.Note($"Skipped a newer snapshot: {reason}");
        return snapshot;
    }

    /// <summary>Removes what killed publishers left in a folder of snapshots.</summary>
    public static void Tidy(string folder, CommandContext session) => Tell(DraftFolder.RemoveAbandoned(folder), session);

    /// <summary>Writes a text file, completely or not at all; to a device as it is.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void WriteText(string path, string text)
    {
        try
        {
            if (IsDevice(path))
            {
                File.WriteAllText(path, text);
                return;
            }
            // A link stays, what it names is replaced.
            string target = new FileInfo(path) is { LinkTarget: not null } link
                ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName
                : path;
            using var draft = DraftFolder.Create(target);
            string aside = Path.Combine(draft.Path, "next");
            File.WriteAllText(aside, text);
            File.Move(aside, target, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Tries it, in the nearest folder that exists.</summary>
    private static void CheckWritable(string path, string folder)
    {
        while (!Directory.Exists(folder) && !File.Exists(folder) && Path.GetDirectoryName(folder) is { } parent) folder = parent;
        if (File.Exists(folder)) throw new InputException($"{path} cannot be written: {folder} is not a folder; choose another place.");
        try { DraftFolder.Create(Path.Combine(folder, Path.GetFileName(Path.TrimEndingDirectorySeparator(path)))).Dispose(); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>/dev/null, /dev/stdout and the like must not be replaced by a file.</summary>
    private static bool IsDevice(string path) => Path.GetFullPath(path).StartsWith("/dev/", StringComparison.Ordinal);

    private static void Tell(IReadOnlyList<string> removed, CommandContext session)
    {
        foreach (string path in removed) session.Activity.Note($"Removed {path}, which an interrupted run had left.");
    }
}
