using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kindred.Import.Arrays;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Import.Writing;

/// <summary>
/// Matrices and the ids of their rows as other programs read them: <c>.npy</c> has one, with its ids beside it as JSON; <c>.npz</c> and
/// <c>.safetensors</c> have each under <c>item_factors</c> or <c>user_factors</c>, with the ids as an array of texts and as a text of the
/// header.
/// </summary>
internal static class FactorFile
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly DateTimeOffset NoTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero); // the same bytes every time

    /// <returns>Whether the ending is that of such a file, and not of a table.</returns>
    public static bool Is(string path) => ArrayFile.Is(path);

    /// <returns>Whether such a file holds several matrices by name.</returns>
    public static bool HasNames(string path) =>
        Is(path) && !Path.GetExtension(path).Equals(".npy", StringComparison.OrdinalIgnoreCase);

    /// <param name="factors">"item" or "user", and what is known of them.</param>
    /// <exception cref="InputException">The files cannot be written.</exception>
    public static void Write(
        string path, IReadOnlyList<(string Of, Matrix Vectors, Func<int, string> Ids)> factors, CancellationToken cancellation)
    {
        try
        {
            using var draft = DraftFolder.Create(path);
            string array = Path.Combine(draft.Path, "array"), names = Path.Combine(draft.Path, "ids");
            using (var stream = File.Create(array))
            {
                switch (Path.GetExtension(path).ToLowerInvariant())
                {
                    case ".npz":
                        WriteZip(stream, factors);
                        break;
                    case ".safetensors":
                        WriteTensors(stream, factors);
                        break;
                    default:
                        NpyFormat.Write(stream, factors[0].Vectors);
                        File.WriteAllText(names, JsonOf(factors[0].Vectors, factors[0].Ids));
                        break;
                }
            }
            cancellation.ThrowIfCancellationRequested();
            if (File.Exists(names)) File.Move(names, Path.ChangeExtension(path, ".ids.json"), overwrite: true);
            File.Move(array, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be written: {e.Message}", e);
        }
    }

    private static void WriteZip(Stream stream, IReadOnlyList<(string Of, Matrix Vectors, Func<int, string> Ids)> factors)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create);
        foreach (var (of, vectors, ids) in factors)
        {
            Add($"{of}_factors", entry => NpyFormat.Write(entry, vectors));
            Add($"{of}_ids", entry => NpyFormat.Write(entry, Named(vectors, ids)));
        }

        void Add(string name, Action<Stream> write)
        {
            var entry = zip.CreateEntry($"{name}.npy", CompressionLevel.NoCompression);
            entry.LastWriteTime = NoTime;
            using var to = entry.Open();
            write(to);
        }
    }

    private static void WriteTensors(Stream stream, IReadOnlyList<(string Of, Matrix Vectors, Func<int, string> Ids)> factors)
    {
        var writer = new TensorWriter();
        foreach (var (of, vectors, ids) in factors)
        {
            writer.Add($"{of}_factors", vectors);
            writer.AddText($"{of}_ids", JsonOf(vectors, ids));
        }
        writer.WriteTo(stream);
    }

    private static string[] Named(Matrix vectors, Func<int, string> ids) => [.. Enumerable.Range(0, vectors.Rows).Select(ids)];

    private static string JsonOf(Matrix vectors, Func<int, string> ids) => JsonSerializer.Serialize(Named(vectors, ids), Readable);
}
