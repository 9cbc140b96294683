using System.Text.Json;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Cluster;

/// <summary>
/// What is kept of a job, in a folder that all silos see: <c>job.json</c>, and of the last finished epoch the items and, where they do not
/// follow from the items, the users.
/// </summary>
internal sealed class JobFolder(string path)
{
    /// <summary>The file of a piece.</summary>
    public const string PieceFile = "piece.safetensors";

    private const string Kind = "kindred job epoch", PieceKind = "kindred job piece", File = "job.json";

    private const int Version = 1;

    public string Path => path;

    /// <returns>The jobs in a folder, newest first; what cannot be read is left out.</returns>
    public static IReadOnlyList<JobStatus> In(string jobs) => !Directory.Exists(jobs) ? [] :
    [
        .. Directory.EnumerateDirectories(jobs).Select(folder => new JobFolder(folder).Read()).OfType<JobStatus>()
            .OrderByDescending(status => status.Started),
    ];

    /// <returns>Null: there is no such job.</returns>
    public JobStatus? Read()
    {
        try
        {
            return JsonSerializer.Deserialize<JobStatus>(System.IO.File.ReadAllText(System.IO.Path.Combine(path, File)), SealedFolder.Json);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes where the job stands, completely or not at all.</summary>
    public void Write(JobStatus status)
    {
        Directory.CreateDirectory(path);
        string next = System.IO.Path.Combine(path, $".{File}.next");
        using (var stream = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(stream, status, SealedFolder.Json);
            stream.Flush(flushToDisk: true);
        }
        System.IO.File.Move(next, System.IO.Path.Combine(path, File), overwrite: true);
        FolderMoves.Flush(path);
    }

    /// <summary>Keeps a table of an epoch.</summary>
    /// <param name="name">"items", or the number of a partition.</param>
    public void Keep(int epoch, string name, Matrix table)
    {
        var tensors = new TensorWriter();
        tensors.Add("table", table);
        Directory.CreateDirectory(EpochPath(epoch));
        SealedFolder.Write(System.IO.Path.Combine(EpochPath(epoch), name), Kind, Version, epoch, [("table.safetensors", tensors)]);
    }

    /// <summary>Reads a table of an epoch.</summary>
    public void Restore(int epoch, string name, Matrix table)
    {
        using var folder = SealedFolder.Open(System.IO.Path.Combine(EpochPath(epoch), name), Kind, Version);
        folder.Tensors("table.safetensors").Matrix("table").Values.CopyTo(table.Values);
    }

    /// <summary>Keeps a part of the result that does not depend on the others.</summary>
    public void KeepPiece(int number, Action<TensorWriter> save)
    {
        var tensors = new TensorWriter();
        save(tensors);
        Directory.CreateDirectory(PiecesPath);
        SealedFolder.Write(PiecePath(number), PieceKind, Version, number, [(PieceFile, tensors)]);
    }

    public bool HasPiece(int number) => SealedFolder.Is(PiecePath(number), PieceKind);

    /// <returns>A piece, open until it is disposed of.</returns>
    /// <exception cref="InputException">There is none, or it is damaged.</exception>
    public SealedFolder Piece(int number) => SealedFolder.Open(PiecePath(number), PieceKind, Version);

    /// <returns>How many pieces there are.</returns>
    public int CountPieces() => Directory.Exists(PiecesPath) ? SealedFolder.In(PiecesPath, PieceKind).Count : 0;

    public void RemovePiece(int number)
    {
        if (Directory.Exists(PiecePath(number))) Directory.Delete(PiecePath(number), recursive: true);
    }

    public void RemovePieces()
    {
        if (Directory.Exists(PiecesPath)) Directory.Delete(PiecesPath, recursive: true);
    }

    /// <summary>Removes all epochs but one.</summary>
    /// <param name="kept">0: all.</param>
    public void RemoveEpochs(int kept)
    {
        if (!Directory.Exists(path)) return;
        foreach (string epoch in Directory.EnumerateDirectories(path, "epoch-*"))
            if (epoch != EpochPath(kept)) Directory.Delete(epoch, recursive: true);
    }

    private string PiecesPath => System.IO.Path.Combine(path, "pieces");

    private string PiecePath(int number) => System.IO.Path.Combine(PiecesPath, $"{number:0000}");

    private string EpochPath(int epoch) => System.IO.Path.Combine(path, $"epoch-{epoch:0000}");
}
