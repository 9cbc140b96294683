using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Storage;

namespace Kindred;

/// <summary>What the numbers beside the events are.</summary>
public enum ValueKind
{
    /// <summary>None were given: every event weighs 1.</summary>
    None,

    /// <summary>Strength of an implicit signal: counts, quantities, event weights. Repeated events add up.</summary>
    Weights,

    /// <summary>Explicit judgements on a scale. A later rating of the same item replaces the earlier one.</summary>
    Ratings,
}

/// <summary>What an import did, row by row: <c>Read = Kept + Merged + Invalid + Filtered</c>.</summary>
/// <param name="Merged">Rows folded into another one: exact repeats, and earlier ratings of the same item.</param>
/// <param name="Invalid">Rows that break a rule.</param>
/// <param name="Filtered">Valid rows that the caller's options left out: core filtering, minimum value, event weight 0.</param>
public sealed record RowCounts(long Read, long Kept, long Merged, long Invalid, long Filtered)
{
    public long Rejected => Invalid + Filtered;
}

/// <summary>The description that a data folder carries.</summary>
/// <param name="Name">Short name, for reports.</param>
/// <param name="Sources">The files it was made from, names without folders.</param>
/// <param name="Columns">What was taken for what: role (user, item, value, time, event) → column.</param>
/// <param name="Import">How it was imported, so that rows can be appended; null: nobody knows.</param>
/// <param name="MinUser">Users with fewer events were left out, as were items with fewer than <paramref name="MinItem"/>; 0: none
/// were.</param>
internal sealed record DatasetManifest(
    string Name, IReadOnlyList<string> Sources, IReadOnlyDictionary<string, string> Columns, ValueKind Values, RowCounts Rows,
    int MinUser = 0, int MinItem = 0, ImportRecord? Import = null);

/// <summary>How a data folder was imported: what appending to it asks for.</summary>
/// <param name="Options">How files are read and rows treated.</param>
/// <param name="Kind">What the values were before they were weighed by age.</param>
/// <param name="Folder">A folder of a known shape; null: files.</param>
/// <param name="Items">Paths of the tables about items, as <paramref name="Users"/> of those about users.</param>
/// <param name="Filtered">Valid rows that options left out one by one.</param>
/// <param name="Merged">Rows that were merged when <see cref="DataFolder.Rows"/> were not kept yet.</param>
internal sealed record ImportRecord(
    JsonObject Options, ValueKind Kind, string? Folder, IReadOnlyList<string> Items, IReadOnlyList<string> Users, long Filtered,
    long Merged);

/// <summary>An imported data set on disk: vocabularies, histories and catalogs, mapped when opened.</summary>
public sealed class DataFolder : IDisposable
{
    /// <summary>The kind in the folder's manifest.</summary>
    public const string Kind = "kindred dataset";

    private const int Version = 1;

    // Only where something is known of the moments of the events.
    private const string ContextFile = "context.safetensors";

    // Only where values were scaled.
    private const string ValuesName = "values";

    // Only where the events do not tell all that appending asks for; what is in it, the importer knows.
    private const string RowsFile = "rows.safetensors";

    private readonly SealedFolder _folder;

    private DataFolder(SealedFolder folder)
    {
        _folder = folder;
        Manifest = folder.Contents(DataJson.Kept.DatasetManifest);
        var ids = folder.Tensors("ids.safetensors");
        var events = folder.Tensors("events.safetensors");
        Values = events.Contains(ValuesName) ? events.Array<float>(ValuesName) : default;
        ItemCatalog = Catalog.Load(folder.Tensors("items.safetensors"));
        UserCatalog = Catalog.Load(folder.Tensors("users.safetensors"));
        Interactions = new Interactions(Vocabulary.Load(ids, "users"), Vocabulary.Load(ids, "items"), Histories.Load(events)).With(
            UserCatalog, ItemCatalog, folder.Contains(ContextFile) ? Catalog.Load(folder.Tensors(ContextFile)) : null)
            .WithOrigin(new(Manifest.Name, folder.Fingerprint, Manifest.Values));
    }

    public string Path => _folder.Path;

    internal DatasetManifest Manifest { get; }

    /// <summary>The rows before they were merged or left out, for appending; null: the events say the same.</summary>
    internal TensorFile? Rows => _folder.Contains(RowsFile) ? _folder.Tensors(RowsFile) : null;

    /// <summary>With both catalogs as attributes, so that a trainer sees them.</summary>
    public Interactions Interactions { get; }

    /// <summary>[events]: the values as they came, where they were scaled to weights; otherwise empty.</summary>
    internal ReadOnlyMemory<float> Values { get; }

    /// <summary>[items]</summary>
    public Catalog ItemCatalog { get; }

    /// <summary>[users]</summary>
    public Catalog UserCatalog { get; }

    /// <summary>Writes the same data with other attributes of items; the folder itself may be replaced.</summary>
    /// <param name="items">[items]</param>
    /// <exception cref="InputException">Something else is in the way, or the place cannot be written to.</exception>
    internal void WriteWith(string path, Catalog items) =>
        Write(path, Manifest, Interactions, items, UserCatalog, Values, Rows?.ToWriter());

    /// <returns>The same data, its values scaled otherwise.</returns>
    /// <exception cref="InputException">It has no values that could be, or they are not kept.</exception>
    internal Interactions Rescaled(ValueScaling scaling)
    {
        var histories = Interactions.Histories;
        if (Manifest.Values != ValueKind.Weights)
            throw new InputException($"The values of {Manifest.Name} are no counts or weights, so there is nothing to scale.");
        if (histories.Scale != ValueScale.Raw && Values.IsEmpty)
            throw new InputException(
                $"{Manifest.Name} was imported with --half-life, which keeps no values; import it again with --scale.");
        var values = Values.IsEmpty ? histories.Weights : Values;
        var raw = new Interactions(
            Interactions.Users, Interactions.Items, new Histories(histories.Starts, histories.Items, histories.Times, values));
        return raw.Scaled(ValueScale.Of(scaling, values.Span)).With(UserCatalog, ItemCatalog, Interactions.Context)
            .WithOrigin(Interactions.Origin);
    }

    /// <summary>Identifies the data: equal data, equal fingerprint, whatever the folder's name and age.</summary>
    public string Fingerprint => _folder.Fingerprint;

    public static bool Is(string path) => SealedFolder.Is(path, Kind);

    /// <exception cref="InputException">Not a data folder, or a damaged or newer one.</exception>
    public static DataFolder Open(string path) => SealedFolder.Open(path, Kind, Version, folder => new DataFolder(folder));

    /// <param name="values">[events], as they came, where they were scaled; otherwise empty.</param>
    /// <param name="rows">As <see cref="Rows"/>.</param>
    internal static void Write(
        string path, DatasetManifest manifest, Interactions interactions, Catalog itemCatalog, Catalog userCatalog,
        ReadOnlyMemory<float> values = default, TensorWriter? rows = null)
    {
        if (itemCatalog.Count != interactions.Items.Count)
            throw new ArgumentException($"{itemCatalog.Count} rows for {interactions.Items.Count} items.", nameof(itemCatalog));
        if (userCatalog.Count != interactions.Users.Count)
            throw new ArgumentException($"{userCatalog.Count} rows for {interactions.Users.Count} users.", nameof(userCatalog));
        TensorWriter ids = new(), events = new(), items = new(), users = new(), context = new();
        interactions.Users.Save(ids, "users");
        interactions.Items.Save(ids, "items");
        interactions.Histories.Save(events);
        if (!values.IsEmpty) events.Add(ValuesName, values);
        itemCatalog.Save(items);
        userCatalog.Save(users);
        interactions.Context.Save(context);
        SealedFolder.Write(path, Kind, Version, manifest,
        [
            ("ids.safetensors", ids), ("events.safetensors", events), ("items.safetensors", items), ("users.safetensors", users),
            .. interactions.Context.IsEmpty ? [] : new[] { (ContextFile, context) },
            .. rows is null ? [] : new[] { (RowsFile, rows) },
        ], contract: DataJson.Kept.DatasetManifest);
    }

    public void Dispose() => _folder.Dispose();
}
