using System.IO.Hashing;
using System.Text;
using Kindred.Data;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Partitions;

/// <summary>What is known of events that were cut by users.</summary>
/// <param name="Name">Short name, for reports.</param>
/// <param name="Columns">Role (user, item, value, time, event) → column.</param>
/// <param name="Users">[partitions]</param>
/// <param name="Events">[partitions]</param>
internal sealed record PartitionedManifest(
    string Name, IReadOnlyList<string> Sources, IReadOnlyDictionary<string, string> Columns, ValueKind Values,
    IReadOnlyList<int> Users, IReadOnlyList<int> Events);

/// <summary>
/// Events cut by users into partitions, each small enough for one process: there is no table of all users, and together they may be more
/// than an array can hold. All share one vocabulary of items. A user's partition follows from their id.
/// </summary>
/// <remarks>
/// On disk: <c>items/</c>, a sealed folder with ids and attributes of the items, and <c>000/</c>, <c>001/</c>, …, one for each partition.
/// </remarks>
internal sealed class PartitionedFolder : IPartitionedEvents, IDisposable
{
    /// <summary>The most partitions there can be: names have three digits.</summary>
    public const int Most = 1000;

    private const string Kind = "kindred partitioned dataset", PartKind = "kindred partition", ItemsName = "items";

    private const int Version = 1;

    private readonly SealedFolder _items;

    private PartitionedFolder(string path, SealedFolder items)
    {
        (Path, _items) = (path, items);
        Manifest = items.Contents<PartitionedManifest>();
        Items = Vocabulary.Load(items.Tensors("ids.safetensors"), "items");
        ItemCatalog = Catalog.Load(items.Tensors("items.safetensors"));
    }

    public string Path { get; }

    public PartitionedManifest Manifest { get; }

    public string Name => Manifest.Name;

    public int Count => Manifest.Users.Count;

    public long Users => Manifest.Users.Sum(users => (long)users);

    public long Events => Manifest.Events.Sum(events => (long)events);

    public Vocabulary Items { get; }

    /// <summary>[items]</summary>
    public Catalog ItemCatalog { get; }

    public string Fingerprint => _items.Fingerprint;

    /// <returns>The partition of a user, by a hash of their id.</returns>
    public static int PartitionOf(ReadOnlySpan<byte> userId, int partitions) => (int)(XxHash3.HashToUInt64(userId) % (uint)partitions);

    /// <inheritdoc cref="PartitionOf(ReadOnlySpan{byte}, int)"/>
    public static int PartitionOf(string userId, int partitions) => PartitionOf(Encoding.UTF8.GetBytes(userId), partitions);

    public static bool Is(string path) => SealedFolder.Is(System.IO.Path.Combine(path, ItemsName), Kind);

    /// <exception cref="InputException">Not such a folder, or a damaged or newer one.</exception>
    public static PartitionedFolder Open(string path) =>
        SealedFolder.Open(System.IO.Path.Combine(path, ItemsName), Kind, Version, items => new PartitionedFolder(path, items));

    /// <returns>The items with what is known of them, and nobody who has them.</returns>
    public Interactions WithoutUsers() =>
        NobodyOf(Items).With(itemAttributes: ItemCatalog).WithOrigin(new(Manifest.Name, Fingerprint, Manifest.Values));

    /// <returns>Items that nobody has.</returns>
    public static Interactions NobodyOf(Vocabulary items) =>
        Interactions.From(new([]), items, SparseMatrix.FromRows(0, items.Count, [0], [], []));

    public Partition Read(int partition) => ReadPart(Path, partition, Items, ItemCatalog, new(Manifest.Name, Fingerprint, Manifest.Values));

    /// <summary>Reads one partition of a folder that is being made.</summary>
    public static Partition ReadPart(string path, int partition, Vocabulary items, Catalog? catalog = null, DataOrigin? origin = null) =>
        SealedFolder.Open(PartPath(path, partition), PartKind, Version, part => new Partition(part, new Interactions(
            Vocabulary.Load(part.Tensors("users.safetensors"), "users"), items, Histories.Load(part.Tensors("events.safetensors")))
            .With(itemAttributes: catalog).WithOrigin(origin ?? DataOrigin.Unknown)));

    /// <returns>Numbers of users and events of such a partition.</returns>
    public static (int Users, int Events) SizeOf(string path, int partition)
    {
        using var part = SealedFolder.Open(PartPath(path, partition), PartKind, Version);
        var histories = Histories.Load(part.Tensors("events.safetensors"));
        return (histories.Users, histories.Count);
    }

    /// <summary>Writes one partition of a folder that is being made.</summary>
    public static void WritePart(string path, int partition, ValueKind values, Interactions data)
    {
        TensorWriter users = new(), events = new();
        data.Users.Save(users, "users");
        data.Histories.Save(events);
        SealedFolder.Write(PartPath(path, partition), PartKind, Version, values,
            [("users.safetensors", users), ("events.safetensors", events)]);
    }

    /// <summary>Writes what makes a folder of partitions whole, last.</summary>
    public static void WriteItems(string path, PartitionedManifest manifest, Vocabulary items, Catalog catalog)
    {
        TensorWriter ids = new(), attributes = new();
        items.Save(ids, "items");
        catalog.Save(attributes);
        SealedFolder.Write(System.IO.Path.Combine(path, ItemsName), Kind, Version, manifest,
            [("ids.safetensors", ids), ("items.safetensors", attributes)]);
    }

    public void Dispose() => _items.Dispose();

    private static string PartPath(string path, int partition) => System.IO.Path.Combine(path, $"{partition:000}");
}
