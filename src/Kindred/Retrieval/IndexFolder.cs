using Kindred.Data;
using Kindred.Retrieval.Indexes;
using Kindred.Storage;

namespace Kindred.Retrieval;

/// <summary>An index on disk, with the ids of the items it speaks of. Opening maps it; any number of processes may.</summary>
/// <remarks>
/// Cost of opening: one pass over the bytes, for the checksums; the arrays stay in the file, whose pages processes share.
/// </remarks>
internal sealed class IndexFolder : IDisposable
{
    /// <summary>The kind in the folder's manifest.</summary>
    public const string Kind = "kindred index";

    private const int Version = 1;

    private const string IdsFile = "ids.safetensors", IndexFile = "index.safetensors";

    private readonly SealedFolder _folder;

    private IndexFolder(SealedFolder folder)
    {
        _folder = folder;
        Manifest = folder.Contents(IndexJson.Kept.IndexManifest);
        Items = Vocabulary.Load(folder.Tensors(IdsFile), "items");
        Index = IndexCatalog.Find(Manifest.Kind).Load(folder.Tensors(IndexFile));
    }

    public IndexManifest Manifest { get; }

    /// <summary>What the index calls item n.</summary>
    public Vocabulary Items { get; }

    /// <summary>Valid until <see cref="Dispose"/>.</summary>
    public IIndex Index { get; }

    public static bool Is(string path) => SealedFolder.Is(path, Kind);

    /// <exception cref="InputException">Not an index folder, or a damaged or newer one.</exception>
    public static IndexFolder Open(string path) => SealedFolder.Open(path, Kind, Version, folder => new IndexFolder(folder));

    /// <summary>Writes the folder, completely or not at all.</summary>
    /// <exception cref="InputException">Something else is in the way, or the place cannot be written to.</exception>
    public static void Write(string path, IndexManifest manifest, Vocabulary items, IIndex index)
    {
        TensorWriter ids = new(), tensors = new();
        items.Save(ids, "items");
        index.Save(tensors);
        SealedFolder.Write(path, Kind, Version, manifest, [(IdsFile, ids), (IndexFile, tensors)],
            contract: IndexJson.Kept.IndexManifest);
    }

    public void Dispose() => _folder.Dispose();
}
