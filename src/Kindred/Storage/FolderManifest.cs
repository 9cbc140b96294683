using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kindred.Storage;

/// <summary>The <c>manifest.json</c> of a sealed folder: what it is, every file with length and checksum, a seal over all that.</summary>
/// <param name="Created">UTC.</param>
/// <param name="Kindred">Version of the program that wrote it.</param>
/// <param name="Contents">What the kind of folder says about itself.</param>
internal sealed record FolderManifest(
    string Kind, int FormatVersion, DateTimeOffset Created, string Kindred, IReadOnlyDictionary<string, FileSeal> Files, JsonNode Contents)
{
    public const string FileName = "manifest.json";

    private const string Seal = "seal";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <exception cref="InputException">Missing, unreadable, edited, of another kind or of a newer version.</exception>
    public static FolderManifest Read(string folder, string kind, int version)
    {
        if (File.Exists(folder)) throw new InputException(BrokenLink(folder) ?? $"{folder} is a file, not a {NameOf(kind)}.");
        if (!Directory.Exists(folder)) throw new InputException(BrokenLink(folder) ?? $"{folder} does not exist.");
        string file = Path.Combine(folder, FileName);
        if (!File.Exists(file) && !Directory.Exists(file))
            throw new InputException($"{folder} has no {FileName}: it is not a {NameOf(kind)}, or writing it was interrupted.");
        try
        {
            var json = Parse(folder);
            string? found = KindOf(json);
            if (found != kind)
                throw new InputException($"{folder} is not a {NameOf(kind)}{(found is null ? "" : $" but a {NameOf(found)}")}.");
            int written = (int?)json["formatVersion"] ?? 0;
            if (written > version)
            {
                string versions = $"format {written}; this one reads up to {version}";
                throw new InputException($"{folder} was written by a newer Kindred ({versions}); update Kindred or write it again.");
            }
            string? seal = (string?)json[Seal];
            json.Remove(Seal);
            if (seal != SealOf(json)) throw SealedFolder.Damaged(folder, "its manifest was changed after it was written");
            return json.Deserialize(StorageJson.Kept.FolderManifest)!;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException
            and not InputException)
        {
            throw new InputException(NotReadable(folder));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(file, e);
        }
    }

    /// <returns>What the folder's manifest claims, whatever its version or state; null: it makes no claim that can be read.</returns>
    public static FolderClaim? ClaimOf(string folder)
    {
        try
        {
            var json = Parse(folder);
            var id = (json["contents"] as JsonObject)?["id"];
            return KindOf(json) is string kind
                ? new(folder, kind, (DateTimeOffset?)json["created"] ?? default, TextOf(id))
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException
            or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <returns>What people call a kind: manifests say "dataset", a word that is older than "data folder".</returns>
    public static string NameOf(string kind) => kind.Replace("dataset", "data folder", StringComparison.Ordinal);

    /// <returns>What is wrong with a folder whose manifest is no manifest.</returns>
    public static string NotReadable(string folder) => SealedFolder.Damaged(folder, "its manifest cannot be read").Message;

    public static InputException Unreadable(string file, Exception cause) =>
        new(BrokenLink(file) ?? $"{file} cannot be read: {cause.Message}", cause);

    /// <summary>Writes the manifest into the folder, and waits for the disk.</summary>
    public void WriteTo(string folder)
    {
        var json = JsonSerializer.SerializeToNode(this, StorageJson.Kept.FolderManifest)!.AsObject();
        json[Seal] = SealOf(json);
        using var stream = new FileStream(Path.Combine(folder, FileName), FileMode.CreateNew);
        JsonSerializer.Serialize(stream, json, StorageJson.Kept.JsonObject);
        stream.Flush(flushToDisk: true);
    }

    /// <returns>A sentence if the path is a symbolic link that leads nowhere, or in a circle; else null.</returns>
    private static string? BrokenLink(string path)
    {
        if (new FileInfo(path).LinkTarget is not string target) return null;
        bool leads;
        try
        {
            string end = new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)!.FullName;
            leads = File.Exists(end) || Directory.Exists(end);
        }
        catch (IOException)
        {
            leads = false; // a circle
        }
        return leads ? null : $"{path} links to {target}, which cannot be reached; mend the link.";
    }

    private static JsonObject Parse(string folder) =>
        JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, FileName)), null, Strict)?.AsObject() ?? throw new JsonException("null");

    private static string? KindOf(JsonObject json) => TextOf(json["kind"]);

    private static string? TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <returns>Checksum of everything but the seal, whatever the white space.</returns>
    private static string SealOf(JsonObject json) => Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(json.ToJsonString())));
}

/// <summary>What a file must be: its length, and the XXH128 of its bytes in canonical (big-endian) lower-case hexadecimal.</summary>
internal sealed record FileSeal(long Bytes, string Xxh128)
{
    public static FileSeal Of(string path)
    {
        using var file = File.OpenHandle(path);
        // Through one buffer that stays in the cache.
        var buffer = new byte[1 << 19];
        var hash = new XxHash128();
        long length = 0;
        for (int read; (read = RandomAccess.Read(file, buffer, length)) > 0; length += read) hash.Append(buffer.AsSpan(0, read));
        return new(length, Convert.ToHexStringLower(hash.GetCurrentHash()));
    }
}

/// <summary>What a manifest claims, believed before its seal is verified.</summary>
/// <param name="Id">Of the contents; null: they have none.</param>
internal sealed record FolderClaim(string Path, string Kind, DateTimeOffset Created, string? Id);
