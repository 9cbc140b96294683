using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Import.Writing;

/// <summary>A matrix as NumPy reads it (format 1.0, little-endian float32, by rows), and the ids of its rows beside it.</summary>
internal static class NpyFile
{
    private const int Alignment = 64;

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static bool Is(string path) => Path.GetExtension(path).Equals(".npy", StringComparison.OrdinalIgnoreCase);

    /// <returns>Where the ids of the rows are.</returns>
    public static string IdsOf(string path) => Path.ChangeExtension(path, ".ids.json");

    /// <exception cref="InputException">The files cannot be written.</exception>
    public static void Write(string path, Matrix matrix, Func<int, string> ids, CancellationToken cancellation)
    {
        try
        {
            using var draft = DraftFolder.Create(path);
            string array = Path.Combine(draft.Path, "array"), names = Path.Combine(draft.Path, "ids");
            using (var stream = File.Create(array))
            {
                stream.Write(HeaderOf(matrix.Rows, matrix.Columns));
                for (int row = 0; row < matrix.Rows; row++) stream.Write(MemoryMarshal.AsBytes(matrix.Row(row)));
            }
            using (var stream = File.Create(names))
            {
                JsonSerializer.Serialize(stream, Enumerable.Range(0, matrix.Rows).Select(ids), Readable);
            }
            cancellation.ThrowIfCancellationRequested();
            File.Move(names, IdsOf(path), overwrite: true);
            File.Move(array, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be written: {e.Message}", e);
        }
    }

    private static byte[] HeaderOf(int rows, int columns)
    {
        const int Before = 10; // magic, version, length
        string text = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}";
        int length = (Before + text.Length + 1 + Alignment - 1) / Alignment * Alignment - Before;
        byte[] header = new byte[Before + length];
        ReadOnlySpan<byte> magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0];
        magic.CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)length);
        Encoding.ASCII.GetBytes($"{text.PadRight(length - 1)}\n", header.AsSpan(Before));
        return header;
    }
}
