using System.IO.Hashing;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kindred.Storage;

/// <summary>
/// A folder that is written once, completely or not at all, and never changed: data folders, trained models and snapshots. Its
/// <c>manifest.json</c> names its kind, format version and every file with length and checksum.
/// </summary>
public sealed class SealedFolder : IDisposable
{
    private readonly FolderManifest _manifest;
    private readonly List<TensorFile> _open = [];

    private SealedFolder(string path, FolderManifest manifest)
    {
        Path = path;
        _manifest = manifest;
    }

    /// <summary>How manifests and configurations are written and read: camelCase, indented, unknown names are errors.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

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
    public static bool Is(string path, string kind) => FolderManifest.ClaimOf(path)?.Kind == kind;

    /// <returns>The complete folders of that kind in <paramref name="parent"/>, newest first.</returns>
    public static IReadOnlyList<string> In(string parent, string kind) =>
    [
        .. from path in Directory.EnumerateDirectories(parent)
           where !System.IO.Path.GetFileName(path).StartsWith('.') // being written, or left behind by a writer that was killed
           let claim = FolderManifest.ClaimOf(path)
           where claim?.Kind == kind
           orderby claim.Value.Created descending, path
           select path,
    ];

    /// <summary>
    /// Writes the folder beside its final place and renames it. A folder of the same kind that is already there is replaced; anything else
    /// that is in the way is refused.
    /// </summary>
    /// <param name="contents">Goes into the manifest under <c>contents</c>.</param>
    /// <param name="files">File name and content.</param>
    /// <exception cref="InputException">Something else is in the way, or the place cannot be written to.</exception>
    public static void Write<T>(string path, string kind, int version, T contents, IEnumerable<(string Name, TensorWriter Tensors)> files)
    {
        path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (File.Exists(path) || (Directory.Exists(path) && !Is(path, kind) && Directory.EnumerateFileSystemEntries(path).Any()))
            throw new InputException($"{path} exists and is not a {kind}; choose another place or remove it.");
        if (System.IO.Path.GetDirectoryName(path) is not string parent)
            throw new InputException($"{path} cannot be a {kind}; name a folder in it.");

        // Hidden, in the same parent: a rename within a file system is all or nothing.
        string aside = System.IO.Path.Combine(parent, $".{System.IO.Path.GetFileName(path)}.{Guid.NewGuid():n}.tmp");
        try
        {
            Directory.CreateDirectory(aside);
            var seals = new Dictionary<string, FileSeal>();
            foreach (var (name, tensors) in files) seals.Add(name, WriteFile(System.IO.Path.Combine(aside, name), tensors));
            string program = typeof(SealedFolder).Assembly.GetName().Version!.ToString(3);
            var described = JsonSerializer.SerializeToNode(contents, Json)!;
            new FolderManifest(kind, version, DateTimeOffset.UtcNow, program, seals, described).WriteTo(aside);
            Replace(path, aside);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be written: {e.Message}", e);
        }
        finally
        {
            if (Directory.Exists(aside)) Directory.Delete(aside, recursive: true);
        }
    }

    /// <summary>Opens the folder; every file's length and checksum is verified, at the speed of reading it once.</summary>
    /// <exception cref="InputException">Missing, of another kind, newer, truncated or damaged: the message says which.</exception>
    public static SealedFolder Open(string path, string kind, int version)
    {
        var manifest = FolderManifest.Read(path, kind, version);
        foreach (var (name, seal) in manifest.Files)
        {
            var file = new FileInfo(System.IO.Path.Combine(path, name));
            if (!file.Exists) throw Damaged(path, $"{name} is missing");
            if (file.Length != seal.Bytes) throw Damaged(path, $"{name} has {file.Length} bytes instead of {seal.Bytes}");
        }
        string[] broken =
        [
            .. from file in manifest.Files.AsParallel().AsOrdered()
               where FileSeal.Of(System.IO.Path.Combine(path, file.Key)) != file.Value
               select file.Key,
        ];
        return broken is [] ? new(path, manifest) : throw Damaged(path, $"the checksum of {string.Join(" and ", broken)} does not match");
    }

    /// <summary>The manifest's <c>contents</c>.</summary>
    /// <exception cref="InputException">They are not what <typeparamref name="T"/> says.</exception>
    public T Contents<T>()
    {
        try { return _manifest.Contents.Deserialize<T>(Json)!; }
        catch (JsonException e) { throw Damaged(Path, $"the contents in its manifest cannot be read at {e.Path}"); }
    }

    public bool Contains(string file) => _manifest.Files.ContainsKey(file);

    /// <returns>The mapped file; closed with this folder.</returns>
    public TensorFile Tensors(string file)
    {
        if (!Contains(file)) throw Damaged(Path, $"it has no {file}");
        var opened = TensorFile.Open(System.IO.Path.Combine(Path, file));
        _open.Add(opened);
        return opened;
    }

    public void Dispose()
    {
        foreach (var file in _open) file.Dispose();
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

    /// <summary>Puts <paramref name="next"/> at <paramref name="path"/>; what was there comes back if that fails.</summary>
    private static void Replace(string path, string next)
    {
        if (!Directory.Exists(path))
        {
            Directory.Move(next, path);
            return;
        }
        string old = $"{next}.old";
        Directory.Move(path, old);
        try
        {
            Directory.Move(next, path);
        }
        catch
        {
            Directory.Move(old, path);
            throw;
        }
        Directory.Delete(old, recursive: true);
    }
}
