using System.Text.Json;
using System.Text.Json.Serialization;
using Kindred.Store;

namespace Kindred.Server;

/// <summary>A folder that a living server works in: its store, snapshots, exposures and settings.</summary>
public sealed class LivingFolder
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly FolderSettings _settings;

    private LivingFolder(string path, FolderSettings settings) => (Path, _settings) = (path, settings);

    /// <summary>Absolute.</summary>
    public string Path { get; }

    /// <summary>The path of a SQLite file, or <c>postgres://…</c>, which may hold a password.</summary>
    public string StoreAddress => _settings.Store ?? System.IO.Path.Combine(Path, "kindred.db");

    public Durability Durability => _settings.Durability;

    /// <summary>Whether other servers may use its store, too.</summary>
    internal bool IsShared => Stores.IsShared(StoreAddress);

    /// <summary>Numbered snapshots.</summary>
    public string Snapshots => _settings.Snapshots ?? System.IO.Path.Combine(Path, "snapshots");

    /// <summary>Segments of the exposure log.</summary>
    public string Exposures => System.IO.Path.Combine(Path, "exposures");

    /// <summary>Work in progress, and its logs.</summary>
    public string Jobs => System.IO.Path.Combine(Path, "jobs");

    /// <summary>
    /// Names this folder's server in a store that several share: made once, the same after each restart. A copy of the folder that serves
    /// beside it needs another one: delete the file there.
    /// </summary>
    internal string ServerId()
    {
        string file = System.IO.Path.Combine(Path, "server.id");
        if (!File.Exists(file))
        {
            File.WriteAllText($"{file}.tmp", Guid.NewGuid().ToString("N"));
            File.Move($"{file}.tmp", file);
        }
        return File.ReadAllText(file).Trim();
    }

    /// <summary>Journals of searches of options; it is made when it is needed.</summary>
    internal string Tuning => System.IO.Path.Combine(Path, "tuning");

    internal string LockFile => System.IO.Path.Combine(Path, "server.lock");

    internal string SettingsFile => System.IO.Path.Combine(Path, SettingsName);

    private const string SettingsName = "settings.json";

    /// <summary>Opens a folder that exists.</summary>
    /// <exception cref="InputException">There is none, or its settings cannot be read.</exception>
    public static LivingFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        return IsLiving(path) ? new(path, Read(System.IO.Path.Combine(path, SettingsName)))
            : throw new InputException($"{path} is not a living folder; make one with `kindred serve --data {path}`.");
    }

    /// <summary>Whether a path is a folder that <see cref="Create"/> made.</summary>
    public static bool IsLiving(string path) => File.Exists(System.IO.Path.Combine(path, SettingsName));

    /// <summary>Opens a folder; makes it if there is none.</summary>
    /// <param name="store">Where events are kept from now on; null: as before, else a SQLite file in the folder.</param>
    /// <param name="durability">Kept, likewise.</param>
    /// <param name="snapshots">Where snapshots are, likewise; null: as before, else a folder in it.</param>
    /// <exception cref="InputException">The folder holds something else, or cannot be written to.</exception>
    public static LivingFolder Create(string path, string? store = null, Durability? durability = null, string? snapshots = null)
    {
        path = System.IO.Path.GetFullPath(path);
        string file = System.IO.Path.Combine(path, SettingsName);
        if (!IsLiving(path) && Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any(entry => !entry.EndsWith(".tmp")))
            throw new InputException($"{path} holds files that are not those of a living folder; name an empty or a new folder.");
        var before = IsLiving(path) ? Read(file) : new();
        var settings = before with
        {
            Store = store ?? before.Store,
            Durability = durability ?? before.Durability,
            Snapshots = snapshots is null ? before.Snapshots : System.IO.Path.GetFullPath(snapshots),
        };
        if (store is not null && before.Store != store && IsLiving(path))
            throw new InputException(
                $"{path} keeps its events elsewhere; to move them, back them up (kindred backup) and restore them (kindred restore " +
                    "--store …).");
        try
        {
            var folder = new LivingFolder(path, settings);
            Directory.CreateDirectory(path);
            if (!File.Exists(file) || settings != before) Write(file, settings); // first: it says what the folder is
            foreach (string part in (string[])[folder.Snapshots, folder.Exposures, folder.Jobs]) Directory.CreateDirectory(part);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The folder {path} cannot be written to: {e.Message}", e);
        }
    }

    /// <summary>Opens its store.</summary>
    /// <exception cref="InputException">The store is damaged, or a newer version of Kindred wrote it.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be opened now.</exception>
    public Task<IStore> OpenStoreAsync(CancellationToken cancellationToken = default) =>
        OpenStoreAsync(TimeProvider.System, cancellationToken);

    /// <inheritdoc cref="OpenStoreAsync(CancellationToken)"/>
    internal Task<IStore> OpenStoreAsync(TimeProvider clock, CancellationToken cancellationToken) =>
        Stores.OpenAsync(StoreAddress, new() { Durability = Durability, Clock = clock }, cancellationToken);

    private static FolderSettings Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<FolderSettings>(File.ReadAllBytes(file), Json) ?? throw new JsonException();
        }
        catch (JsonException e)
        {
            throw new InputException(
                $"{file} cannot be read at line {e.LineNumber + 1}: it is a JSON object of store, durability and snapshots.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{file} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>For the owner alone: the address of a store may hold a password.</summary>
    private static void Write(string file, FolderSettings settings)
    {
        string draft = $"{file}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(draft, options))
        {
            JsonSerializer.Serialize(stream, settings, Json);
            stream.Flush(flushToDisk: true);
        }
        File.Move(draft, file, overwrite: true);
    }

    /// <summary>The part of settings.json that is read before the store is open. Other members are for Kestrel.</summary>
    private sealed record FolderSettings
    {
        public string? Store { get; init; }

        public Durability Durability { get; init; } = Durability.Fsync;

        public string? Snapshots { get; init; }

        /// <summary>Kept as they are.</summary>
        [JsonExtensionData]
        public IDictionary<string, JsonElement>? Others { get; init; }
    }
}
