using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Kindred.Numerics;

namespace Kindred.Import.Arrays;

/// <summary>An array that another program wrote, little-endian.</summary>
/// <param name="Name">For sentences: the file, and the array inside it.</param>
/// <param name="Type">As NumPy writes it, such as <c>&lt;f4</c>; <c>BF16</c> has no such name.</param>
/// <param name="IsByColumns">True: the first index runs fastest (Fortran order).</param>
internal sealed record ForeignArray(string Name, string Type, bool IsByColumns, long[] Shape, ReadOnlyMemory<byte> Values)
{
    /// <returns>[rows, columns], as float32.</returns>
    /// <exception cref="InputException">It is no matrix of numbers, or a value is not finite.</exception>
    public Matrix ToMatrix()
    {
        int size = Type switch
        {
            "<f8" => sizeof(double),
            "<f4" => sizeof(float),
            "<f2" or "BF16" => sizeof(ushort),
            _ => throw Refused($"holds {Type}, and vectors must be float16, float32 or float64; write array.astype('float32')"),
        };
        if (Shape is not [var rows, > 0 and var columns] || rows > int.MaxValue || columns > int.MaxValue)
            throw Refused($"has the shape ({string.Join(", ", Shape)}); vectors must have two dimensions, a row for each id");
        CheckLength(size);
        var matrix = new Matrix((int)rows, (int)columns);
        for (int row = 0; row < matrix.Rows; row++)
        {
            var to = matrix.Row(row);
            for (int column = 0; column < to.Length; column++)
                to[column] = At(IsByColumns ? (column * rows) + row : (row * columns) + column, row);
        }
        return matrix;
    }

    /// <returns>An id for each element: texts, or whole numbers as they are written.</returns>
    /// <exception cref="InputException">It is no list of those.</exception>
    public string[] ToIds()
    {
        if (Shape is not [var count and <= int.MaxValue])
            throw Refused($"has the shape ({string.Join(", ", Shape)}); ids must have one dimension");
        bool hasSize = Type.Length > 2 && int.TryParse(Type.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out _);
        int size = hasSize ? int.Parse(Type.AsSpan(2), CultureInfo.InvariantCulture) * (Type[1] == 'U' ? sizeof(uint) : 1) : 0;
        Func<ReadOnlyMemory<byte>, string> read = hasSize ? Type[1..] switch
        {
            ['U', ..] => bytes => Encoding.UTF32.GetString(bytes.Span).TrimEnd('\0'),
            ['S', ..] => bytes => Encoding.UTF8.GetString(bytes.Span).TrimEnd('\0'),
            "i8" => bytes => $"{BinaryPrimitives.ReadInt64LittleEndian(bytes.Span)}",
            "u8" => bytes => $"{BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span)}",
            "i4" => bytes => $"{BinaryPrimitives.ReadInt32LittleEndian(bytes.Span)}",
            "u4" => bytes => $"{BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span)}",
            _ => throw NoIds(),
        } : throw NoIds();
        CheckLength(size);
        return [.. Enumerable.Range(0, (int)count).Select(n => read(Values.Slice(n * size, size)))];
    }

    private float At(long index, int row)
    {
        var values = Values.Span;
        if (Type == "<f8")
        {
            double value = BinaryPrimitives.ReadDoubleLittleEndian(values[(int)(index * sizeof(double))..]);
            return float.IsFinite((float)value) || !double.IsFinite(value) ? Finite((float)value, row)
                : throw Refused(string.Create(CultureInfo.InvariantCulture, $"has {value} in row {row + 1}, which float32 cannot hold"));
        }
        return Finite(Type switch
        {
            "<f4" => MemoryMarshal.Cast<byte, float>(values)[(int)index],
            "<f2" => (float)MemoryMarshal.Cast<byte, Half>(values)[(int)index],
            _ => BitConverter.Int32BitsToSingle(MemoryMarshal.Cast<byte, ushort>(values)[(int)index] << 16),
        }, row);
    }

    private float Finite(float value, int row) =>
        float.IsFinite(value) ? value : throw Refused($"has a value that is no number, in row {row + 1}; leave such rows out");

    private void CheckLength(int size)
    {
        Int128 needed = Shape.Aggregate((Int128)size, (product, length) => product * length);
        if (needed != Values.Length)
            throw Refused($"has {Values.Length} bytes of values, and {string.Join(" x ", Shape)} of them need {needed}");
    }

    private InputException NoIds() =>
        Refused($"holds {Type}, and ids must be texts or whole numbers; write array.astype('str')");

    private InputException Refused(string why) => new($"{Name} {why}.");
}
