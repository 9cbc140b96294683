using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Import.Writing;

/// <summary>A matrix as NumPy reads it (format 1.0, little-endian float32, by rows), and the ids of its rows beside it.</summary>
internal static partial class NpyFile
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

    /// <summary>Reads what <see cref="Write"/> wrote, or NumPy: a matrix of float32 or float64 by rows, and the ids beside it.</summary>
    /// <exception cref="InputException">A file is missing, is something else, or they do not fit.</exception>
    public static (Matrix Rows, string[] Ids) Read(string path)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            var (isDouble, rows, columns, start) = ShapeOf(path, bytes);
            long needed = (long)rows * columns * (isDouble ? sizeof(double) : sizeof(float));
            if (bytes.Length - start != needed)
                throw new InputException($"{path} has {bytes.Length - start} bytes of numbers, and {rows} x {columns} need {needed}.");
            var matrix = new Matrix(rows, columns);
            var values = bytes.AsSpan(start);
            if (!isDouble) MemoryMarshal.Cast<byte, float>(values).CopyTo(matrix.Values.Span);
            else for (int n = 0; n < matrix.Values.Length; n++)
                matrix.Values.Span[n] = (float)BinaryPrimitives.ReadDoubleLittleEndian(values[(n * sizeof(double))..]);
            foreach (float value in matrix.Values.Span)
                if (!float.IsFinite(value)) throw new InputException($"{path} has a value that is no number; leave such rows out.");
            string[] ids = JsonSerializer.Deserialize<string[]>(File.ReadAllText(IdsOf(path)))!;
            return ids.Length == rows ? (matrix, ids)
                : throw new InputException($"{path} has {rows} rows, and {IdsOf(path)} names {ids.Length}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw new InputException($"{IdsOf(path)} must be a list of ids, [\"a\", \"b\"], one for each row of {path}.", e);
        }
    }

    private static (bool IsDouble, int Rows, int Columns, int Start) ShapeOf(string path, byte[] bytes)
    {
        ReadOnlySpan<byte> magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];
        bool isNpy = bytes.Length > 12 && bytes.AsSpan().StartsWith(magic);
        int before = !isNpy ? 0 : bytes[6] == 1 ? 10 : 12;
        int length = !isNpy ? 0 : before == 10 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8))
            : BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8));
        string header = isNpy && length >= 0 && before + length <= bytes.Length ? Encoding.Latin1.GetString(bytes, before, length) : "";
        var match = Header().Match(header);
        if (!match.Success || !int.TryParse(match.Groups["rows"].Value, out int rows)
            || !int.TryParse(match.Groups["columns"].Value, out int columns) || columns == 0)
            throw new InputException(
                $"{path} must be a NumPy array of two dimensions, of float32 or float64 by rows; write it by numpy.save(path, array).");
        return (match.Groups["type"].Value == "f8", rows, columns, before + length);
    }

    [GeneratedRegex(@"'descr':\s*'<(?<type>f4|f8)',\s*'fortran_order':\s*False,\s*'shape':\s*\((?<rows>\d+),\s*(?<columns>\d+),?\s*\)")]
    private static partial Regex Header();

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
