using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Kindred.Numerics;

namespace Kindred.Import.Arrays;

/// <summary>
/// The bytes of one array as NumPy writes them, formats 1 to 3: magic, version, length of the header, a Python dictionary, the values.
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
/// </summary>
internal static partial class NpyFormat
{
    private const int Alignment = 64;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <param name="name">For sentences.</param>
    /// <exception cref="InputException">They are something else, or of a kind that is not read: objects of Python, records,
    /// big-endian.</exception>
    public static ForeignArray Parse(string name, byte[] bytes)
    {
        bool isNpy = bytes.Length > 12 && bytes.AsSpan().StartsWith(Magic);
        int before = isNpy && bytes[6] > 1 ? 12 : 10;
        long length = !isNpy ? 0 : before == 10 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8))
            : BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8));
        string header = isNpy && before + length <= bytes.Length ? Encoding.UTF8.GetString(bytes, before, (int)length) : "";
        var (type, order, shape) = (Descr().Match(header), Order().Match(header), ShapeText().Match(header));
        if (!type.Success || !order.Success || !shape.Success)
            throw new InputException($"{name} is no NumPy array; write it by numpy.save(path, array).");
        return new(name, Checked(name, type.Groups[1].Value), order.Groups[1].Value == "True", LengthsIn(name, shape.Groups[1].Value),
            bytes.AsMemory(before + (int)length));
    }

    /// <summary>Writes a matrix: little-endian float32, by rows.</summary>
    public static void Write(Stream stream, Matrix matrix)
    {
        WriteHeader(stream, "<f4", $"({matrix.Rows}, {matrix.Columns})");
        for (int row = 0; row < matrix.Rows; row++)
            stream.Write(MemoryMarshal.AsBytes(matrix.Row(row)));
    }

    /// <summary>Writes texts: each as long as the longest, in UTF-32.</summary>
    public static void Write(Stream stream, IReadOnlyList<string> texts)
    {
        int longest = Math.Max(1, texts.Select(text => Encoding.UTF32.GetByteCount(text) / sizeof(uint)).DefaultIfEmpty().Max());
        WriteHeader(stream, $"<U{longest}", $"({texts.Count},)");
        byte[] cell = new byte[longest * sizeof(uint)];
        foreach (string text in texts)
        {
            cell.AsSpan(Encoding.UTF32.GetBytes(text, cell)).Clear();
            stream.Write(cell);
        }
    }

    private static string Checked(string name, string type)
    {
        if (type.StartsWith('[') || type.Contains('V', StringComparison.Ordinal))
            throw new InputException($"{name} holds records; write one of their fields alone, as a plain array.");
        type = type.Trim('\'');
        if (type.Contains('O', StringComparison.Ordinal))
            throw new InputException(
                $"{name} holds Python objects, which only running code could read; write array.astype('float32'), or ids as "
                + "array.astype('str').");
        return !type.StartsWith('>') ? type
            : throw new InputException($"{name} is big-endian ({type}); write array.astype('<{type[1..]}').");
    }

    private static long[] LengthsIn(string name, string shape)
    {
        string[] words = shape.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return Array.ConvertAll(words, word => long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out long length)
            ? length : throw new InputException($"{name} has the shape ({shape}), which is none; write it by numpy.save(path, array)."));
    }

    private static void WriteHeader(Stream stream, string type, string shape)
    {
        const int Before = 10; // magic, version, length
        string text = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}";
        int length = (Before + text.Length + 1 + Alignment - 1) / Alignment * Alignment - Before;
        byte[] header = new byte[Before + length];
        Magic.CopyTo(header);
        header[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)length);
        Encoding.ASCII.GetBytes($"{text.PadRight(length - 1)}\n", header.AsSpan(Before));
        stream.Write(header);
    }

    [GeneratedRegex(@"'descr':\s*('[^']*'|\[)")]
    private static partial Regex Descr();

    [GeneratedRegex(@"'fortran_order':\s*(True|False)")]
    private static partial Regex Order();

    [GeneratedRegex(@"'shape':\s*\(([^)]*)\)")]
    private static partial Regex ShapeText();
}
