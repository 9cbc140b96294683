using System.Globalization;
using System.IO.Hashing;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Kindred.Storage;

/// <summary>
/// A folder that is written once, completely or not at all, and never changed: data folders, trained models and snapshots. Its
/// <c>manifest.json</c> names its kind, format version and every file with length and checksum.
/// </summary>
public sealed class SealedFolder : IDisposable
{
    private const string ManifestName = "manifest.json";

    private readonly List<TensorFile> _open = [];

    private SealedFolder(string path, JsonObject manifest)
    {
        Path = path;
        Manifest = manifest;
    }

    /// <summary>How manifests and configurations are written and read: camelCase, indented, unknown names are errors.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public string Path { get; }

    /// <summary>The whole manifest, as it stands in the folder.</summary>
    public JsonObject Manifest { get; }

    /// <returns>True if there is a folder with a manifest of that kind, whatever its version or state.</returns>
    public static bool Is(string path, string kind)
    {
        try { return File.Exists(System.IO.Path.Combine(path, ManifestName)) && KindOf(ReadManifest(path)) == kind; }
        catch (InputException) { return false; }
    }

    /// <summary>
    /// Writes the folder beside its final place and renames it. A folder of the same kind that is already there is replaced; anything else
    /// that is in the way is refused.
    /// </summary>
    /// <param name="contents">Goes into the manifest under <c>contents</c>.</param>
    /// <param name="files">File name and content.</param>
    public static void Write<T>(string path, string kind, int version, T contents, IEnumerable<(string Name, TensorWriter Tensors)> files)
    {
        path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        bool replaces = Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any();
        if (File.Exists(path) || (replaces && !Is(path, kind)))
            throw new InputException($"{path} exists and is not a {kind}; choose another place or remove it.");

        string parent = System.IO.Path.GetDirectoryName(path) ?? throw new InputException($"{path} cannot be written.");
        string mark = Guid.NewGuid().ToString("n")[..8], name = System.IO.Path.GetFileName(path);
        string aside = System.IO.Path.Combine(parent, $".{name}.{mark}.tmp"), old = System.IO.Path.Combine(parent, $".{name}.{mark}.old.tmp");
        Directory.CreateDirectory(aside);
        try
        {
            var list = new JsonObject();
            foreach (var (file, tensors) in files)
            {
                string target = System.IO.Path.Combine(aside, file);
                using (var stream = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20))
                {
                    tensors.WriteTo(stream);
                    stream.Flush(flushToDisk: true);
                }
                using var written = TensorFile.Open(target);
                list[file] = new JsonObject { ["bytes"] = written.Bytes, ["xxh128"] = ChecksumOf(target) };
            }
            var manifest = new JsonObject
            {
                ["kind"] = kind,
                ["formatVersion"] = version,
                ["created"] = DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
                ["kindred"] = typeof(SealedFolder).Assembly.GetName().Version?.ToString(3),
                ["files"] = list,
                ["contents"] = JsonSerializer.SerializeToNode(contents, Json),
            };
            manifest["seal"] = SealOf(manifest);
            using (var stream = new FileStream(System.IO.Path.Combine(aside, ManifestName), FileMode.CreateNew))
            {
                JsonSerializer.Serialize(stream, manifest, Json);
                stream.Flush(flushToDisk: true);
            }

            if (Directory.Exists(path)) Directory.Move(path, old);
            Directory.Move(aside, path);
        }
        finally
        {
            if (Directory.Exists(aside)) Directory.Delete(aside, recursive: true);
            if (Directory.Exists(old) && Directory.Exists(path)) Directory.Delete(old, recursive: true);
            else if (Directory.Exists(old)) Directory.Move(old, path);
        }
    }

    /// <summary>Opens the folder; every file's length and checksum is verified, at the speed of reading it once.</summary>
    /// <exception cref="InputException">Missing, of another kind, newer than this version, truncated or damaged: the message says which.</exception>
    public static SealedFolder Open(string path, string kind, int version)
    {
        var manifest = ReadManifest(path);
        if (KindOf(manifest) is not string found || found != kind)
            throw new InputException($"{path} is not a {kind}{(KindOf(manifest) is string other ? $" but a {other}" : "")}.");
        if (manifest["formatVersion"] is not JsonValue v || !v.TryGetValue(out int written) || written < 1) throw Damaged(path, "its manifest has no format version");
        if (written > version)
            throw new InputException($"{path} was written by a newer Kindred (format {written}; this one reads up to {version}); update Kindred or write it again.");
        if (manifest["seal"]?.ToString() != SealOf(manifest)) throw Damaged(path, "its manifest was changed after it was written");

        var files = manifest["files"]!.AsObject().Select(f => (Name: f.Key, Bytes: (long)f.Value!["bytes"]!, Checksum: (string)f.Value["xxh128"]!)).ToArray();
        foreach (var (name, bytes, _) in files)
        {
            var file = new FileInfo(System.IO.Path.Combine(path, name));
            if (!file.Exists) throw Damaged(path, $"{name} is missing");
            if (file.Length != bytes) throw Damaged(path, $"{name} has {file.Length} bytes instead of {bytes}");
        }
        string? broken = files.AsParallel().Where(f => ChecksumOf(System.IO.Path.Combine(path, f.Name)) != f.Checksum).Select(f => f.Name).FirstOrDefault();
        if (broken is not null) throw Damaged(path, $"the checksum of {broken} does not match");
        return new(path, manifest);
    }

    /// <summary>Identifies the files: equal content, equal fingerprint, whatever the folder's name and age.</summary>
    public string Fingerprint
    {
        get
        {
            var hash = new XxHash128();
            foreach (var (name, file) in Manifest["files"]!.AsObject().OrderBy(f => f.Key, StringComparer.Ordinal))
                hash.Append(System.Text.Encoding.UTF8.GetBytes($"{name} {file!["xxh128"]}\n"));
            return Convert.ToHexStringLower(hash.GetCurrentHash());
        }
    }

    /// <summary>The manifest's <c>contents</c>.</summary>
    public T Contents<T>() =>
        Manifest["contents"].Deserialize<T>(Json) ?? throw Damaged(Path, "its manifest has no contents");

    public bool Contains(string file) => Manifest["files"]!.AsObject().ContainsKey(file);

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

    private static JsonObject ReadManifest(string path)
    {
        string file = System.IO.Path.Combine(path, ManifestName);
        if (!Directory.Exists(path)) throw new InputException($"{path} does not exist.");
        if (!File.Exists(file)) throw new InputException($"{path} has no {ManifestName}: it is not a folder that Kindred wrote, or writing it was interrupted.");
        try
        {
            using var stream = File.OpenRead(file);
            return JsonNode.Parse(stream) as JsonObject ?? throw Damaged(path, "its manifest is not a JSON object");
        }
        catch (JsonException)
        {
            throw Damaged(path, "its manifest is not JSON");
        }
    }

    private static string? KindOf(JsonObject manifest) => manifest["kind"] is JsonValue kind && kind.TryGetValue(out string? text) ? text : null;

    private static string SealOf(JsonObject manifest)
    {
        var copy = manifest.DeepClone().AsObject();
        copy.Remove("seal");
        return Convert.ToHexStringLower(XxHash128.Hash(JsonSerializer.SerializeToUtf8Bytes(copy)));
    }

    private static unsafe string ChecksumOf(string path)
    {
        var hash = new XxHash128();
        using var file = System.IO.MemoryMappedFiles.MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, System.IO.MemoryMappedFiles.MemoryMappedFileAccess.Read);
        using var view = file.CreateViewAccessor(0, 0, System.IO.MemoryMappedFiles.MemoryMappedFileAccess.Read);
        long length = new FileInfo(path).Length;
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            const int Chunk = 1 << 28;
            for (long offset = 0; offset < length; offset += Chunk)
                hash.Append(new ReadOnlySpan<byte>(start + offset, (int)Math.Min(Chunk, length - offset)));
        }
        finally { view.SafeMemoryMappedViewHandle.ReleasePointer(); }
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private static InputException Damaged(string path, string how) => new($"{path} is damaged: {how}; write it again.");
}
