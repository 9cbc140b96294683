using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Kindred.Storage;

/// <summary>
/// A folder that is written once, completely or not at all, and never changed: data folders, trained models and snapshots. Its
/// <c>manifest.json</c> names its kind, format version and every file with length and checksum.
/// </summary>
internal sealed class SealedFolder : IDisposable
{
    private readonly FolderManifest _manifest;
    private readonly IReadOnlyDictionary<string, FileMemory> _files;
    private readonly List<TensorFile> _open = [];

    private SealedFolder(string path, FolderManifest manifest, IReadOnlyDictionary<string, FileMemory> files) =>
        (Path, _manifest, _files) = (path, manifest, files);

    /// <summary>How manifests and configurations are written and read: camelCase, indented, unknown names are errors.</summary>
    public static JsonSerializerOptions Json => FolderJson.Options;

    public string Path { get; }

    /// <summary>UTC.</summary>
    public DateTimeOffset Created => _manifest.Created;

    /// <summary>Identifies the files: equal content, equal fingerprint, whatever the folder's name and age.</summary>
    public string Fingerprint
    {
        get
        {
            var hash = new XxHash128();
            foreach (var (name, seal) in _manifest.Files.OrderBy(f => f.Key, StringComparer.Ordinal))
                hash.Append(Encoding.UTF8.GetBytes($"{name} {seal.Xxh128}\n"));
            return Convert.ToHexStringLower(hash.GetCurrentHash());
        }
    }

    /// <returns>True if there is a folder with a manifest of that kind, whatever its version or state.</returns>
    public static bool Is(string path, string kind)
    {
        DraftFolder.Recover(FullPath(path));
        return FolderManifest.ClaimOf(path)?.Kind == kind;
    }

    /// <returns>
    /// The complete folders of that kind in <paramref name="parent"/>, newest first; those that cannot be read are left out.
    /// </returns>
    public static IReadOnlyList<string> In(string parent, string kind) =>
        [.. ClaimsIn(parent, kind).OrderByDescending(claim => claim.Created).ThenBy(claim => claim.Path).Select(claim => claim.Path)];

    /// <returns>The folders in <paramref name="parent"/> whose manifests nobody can read, so that they are of no kind.</returns>
    public static IReadOnlyList<string> UnreadableIn(string parent) => !Directory.Exists(parent) ? [] :
    [
        .. from path in Directory.EnumerateDirectories(parent)
           let manifest = new FileInfo(System.IO.Path.Combine(path, FolderManifest.FileName))
           where !System.IO.Path.GetFileName(path).StartsWith('.')
           where manifest.Exists || manifest.LinkTarget is not null || Directory.Exists(manifest.FullName)
           where FolderManifest.ClaimOf(path) is null
           orderby path
           select path,
    ];

    /// <summary>
    /// Writes the folder beside its final place and moves it there. A folder of the same kind that is already there is replaced; anything
    /// else that is in the way is refused.
    /// </summary>
    /// <param name="contents">Goes into the manifest under <c>contents</c>.</param>
    /// <param name="files">File name and content.</param>
    /// <param name="replaces">False: whatever is at the path is refused.</param>
    /// <param name="contract">How the contents are written; null: by reflection.</param>
    /// <exception cref="InputException">Something else is in the way, or the place cannot be written to.</exception>
    public static void Write<T>(
        string path, string kind, int version, T contents, IEnumerable<(string Name, TensorWriter Tensors)> files, bool replaces = true,
        JsonTypeInfo<T>? contract = null)
    {
        string given = path = FullPath(path);
        try
        {
            path = Followed(path);
            DraftFolder.Recover(path);
            CheckFree(path, kind, replaces);
            if (System.IO.Path.GetDirectoryName(path) is null)
                throw new InputException($"{path} cannot be a {FolderManifest.NameOf(kind)}; name a folder in it.");
            using var draft = DraftFolder.Create(path);
            Directory.CreateDirectory(draft.Next);
            var seals = new Dictionary<string, FileSeal>();
            foreach (var (name, tensors) in files) seals.Add(name, WriteFile(System.IO.Path.Combine(draft.Next, name), tensors));
            string program = typeof(SealedFolder).Assembly.GetName().Version!.ToString(3);
            var described = JsonSerializer.SerializeToNode(contents, contract ?? Json.ContractOf<T>())!;
            new FolderManifest(kind, version, DateTimeOffset.UtcNow, program, seals, described).WriteTo(draft.Next);
            FolderMoves.Flush(draft.Next);
            CheckFree(path, kind, replaces); // writing may have taken long
            Place(draft, path, replaces);
            FolderMoves.Flush(System.IO.Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{given} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>
    /// Reads the folder into memory; every file's length and checksum is verified, at the speed of reading it once. What is done to the
    /// files afterwards does not matter.
    /// </summary>
    /// <exception cref="InputException">Missing, unreadable, of another kind, newer, truncated or damaged: it says which.</exception>
    public static SealedFolder Open(string path, string kind, int version)
    {
        DraftFolder.Recover(FullPath(path));
        var manifest = FolderManifest.Read(path, kind, version);
        foreach (var (name, seal) in manifest.Files) CheckLength(path, name, seal);
        CheckMemory(path, manifest);
        var names = manifest.Files.Keys.ToArray();
        var files = new FileMemory?[names.Length];
        var seals = new FileSeal[names.Length];
        try
        {
            Parallel.For(0, names.Length, n =>
            {
                var hash = new XxHash128();
                files[n] = FileMemory.Read(System.IO.Path.Combine(path, names[n]), hash);
                seals[n] = new(files[n]!.Length, Convert.ToHexStringLower(hash.GetCurrentHash()));
            });
            string[] broken = [.. names.Where((name, n) => seals[n] != manifest.Files[name])];
            if (broken is not []) throw Damaged(path, $"the checksum of {string.Join(" and ", broken)} does not match");
            return new(path, manifest, names.Zip(files).ToDictionary(file => file.First, file => file.Second!));
        }
        catch (Exception e)
        {
            foreach (var file in files) file?.Dispose();
            if (e is not AggregateException { InnerException: { } cause }) throw;
            if (cause is OutOfMemoryException) throw new InputException($"{path} does not fit into memory.", cause);
            if (cause is IOException or UnauthorizedAccessException)
                throw new InputException($"{path} cannot be read: {cause.Message}", cause);
            throw;
        }
    }

    /// <summary>Linux promises more memory than there is and kills the process later: better a sentence now.</summary>
    private static void CheckMemory(string path, FolderManifest manifest)
    {
        long needed = manifest.Files.Values.Sum(seal => seal.Bytes);
        long free = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - Environment.WorkingSet;
        if (needed <= free || needed < 1 << 26) return;
        static string InGiB(long bytes) => (Math.Max(0, bytes) / (double)(1 << 30)).ToString("0.0", CultureInfo.InvariantCulture);
        throw new InputException($"{path} needs {InGiB(needed)} GiB of memory, and this process can have {InGiB(free)} GiB more.");
    }

    /// <summary>Opens the folder and makes of it what it holds; closes it when that cannot be made.</summary>
    /// <exception cref="InputException">
    /// As for <see cref="Open(string, string, int)"/>, and whatever <paramref name="make"/> finds.
    /// </exception>
    public static T Open<T>(string path, string kind, int version, Func<SealedFolder, T> make)
    {
        var folder = Open(path, kind, version);
        try
        {
            return make(folder);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>The manifest's <c>contents</c>.</summary>
    /// <exception cref="InputException">They are not what <typeparamref name="T"/> says.</exception>
    public T Contents<T>() => Contents(Json.ContractOf<T>());

    /// <param name="contract">How they are read.</param>
    /// <inheritdoc cref="Contents{T}()"/>
    public T Contents<T>(JsonTypeInfo<T> contract)
    {
        try { return _manifest.Contents.Deserialize(contract)!; }
        catch (JsonException e) { throw Damaged(Path, $"the contents in its manifest cannot be read at {e.Path}"); }
    }

    public bool Contains(string file) => _manifest.Files.ContainsKey(file);

    /// <returns>The file; closed with this folder.</returns>
    public TensorFile Tensors(string file)
    {
        if (!Contains(file)) throw Damaged(Path, $"it has no {file}");
        var opened = TensorFile.Of(System.IO.Path.Combine(Path, file), _files[file]);
        _open.Add(opened);
        return opened;
    }

    public void Dispose()
    {
        foreach (var file in _open) file.Dispose();
        foreach (var file in _files.Values) file.Dispose();
    }

    /// <returns>What the readable manifests of that kind in <paramref name="parent"/> claim, in no order.</returns>
    /// <exception cref="InputException">The parent cannot be listed.</exception>
    internal static IReadOnlyList<FolderClaim> ClaimsIn(string parent, string kind)
    {
        try
        {
            return
            [
                .. from path in Directory.EnumerateDirectories(parent)
                   where !System.IO.Path.GetFileName(path).StartsWith('.') // being written, or left behind by a writer that was killed
                   let claim = FolderManifest.ClaimOf(path)
                   where claim?.Kind == kind
                   select claim,
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{parent} cannot be listed: {e.Message}", e);
        }
    }

    internal static InputException Damaged(string path, string how) => new($"{path} is damaged: {how}; write it again.");

    private static FileSeal WriteFile(string path, TensorWriter tensors)
    {
        using (var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20))
        {
            tensors.WriteTo(stream);
            stream.Flush(flushToDisk: true);
        }
        return FileSeal.Of(path);
    }

    /// <summary>Moves the next folder in place, in one step where the system can.</summary>
    private static void Place(DraftFolder draft, string path, bool replaces)
    {
        try
        {
            Directory.Move(draft.Next, path); // never onto something that is there
            return;
        }
        catch (IOException) when (replaces && Directory.Exists(path)) { }
        if (FolderMoves.TryExchange(draft.Next, path)) return;
        Directory.Move(path, draft.Replaced); // killed from here on: DraftFolder.Recover
        try
        {
            Directory.Move(draft.Next, path);
        }
        catch
        {
            Directory.Move(draft.Replaced, path);
            throw;
        }
    }

    private static void CheckFree(string path, string kind, bool replaces)
    {
        bool isFolder = Directory.Exists(path);
        if (!replaces && isFolder)
            throw new InputException($"{path} exists, and a {FolderManifest.NameOf(kind)} is never replaced; choose another name.");
        if (File.Exists(path) || (isFolder && !Is(path, kind) && Directory.EnumerateFileSystemEntries(path).Any()))
            throw new InputException($"{path} exists and is not a {FolderManifest.NameOf(kind)}; choose another place or remove it.");
    }

    private static void CheckLength(string folder, string name, FileSeal seal)
    {
        string path = System.IO.Path.Combine(folder, name);
        if (Directory.Exists(path)) throw Damaged(folder, $"{name} is a folder");
        if (!File.Exists(path)) throw Damaged(folder, $"{name} is missing");
        long length;
        try
        {
            using var file = File.OpenHandle(path); // a link has a length of its own
            length = RandomAccess.GetLength(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FolderManifest.Unreadable(path, e);
        }
        if (length != seal.Bytes) throw Damaged(folder, $"{name} has {length} bytes instead of {seal.Bytes}");
    }

    private static string FullPath(string path) => System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));

    /// <returns>Where a symbolic link leads, so that the link itself stays.</returns>
    private static string Followed(string path) =>
        new DirectoryInfo(path) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : path;
}
