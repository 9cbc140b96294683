using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using Kindred.Numerics;

namespace Kindred.Storage;

/// <summary>
/// Collects named arrays and writes them in the safetensors layout: u64 header length, JSON header, raw little-endian data.
/// https://huggingface.co/docs/safetensors. Files open in any safetensors reader.
/// </summary>
/// <remarks>
/// Every array starts on a 64-byte boundary of the file, so that a mapped file is as good as memory of our own. The layout allows no holes:
/// the gaps are arrays of zeros named <c>.padding.n</c>.
/// </remarks>
public sealed class TensorWriter
{
    private readonly List<(string Name, string Type, long[] Shape, long Bytes, Action<Stream> Write)> _tensors = [];
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);

    /// <param name="shape">Its product is the length of <paramref name="values"/>. Default: one dimension.</param>
    public void Add<T>(string name, ReadOnlyMemory<T> values, params ReadOnlySpan<long> shape) where T : unmanaged
    {
        long[] dimensions = shape.IsEmpty ? [values.Length] : shape.ToArray();
        long product = 1;
        foreach (long dimension in dimensions) product = checked(product * dimension);
        if (product != values.Length)
        {
            string text = string.Join(", ", dimensions);
            throw new ArgumentException($"Tensor '{name}': shape [{text}] does not hold {values.Length} values.", nameof(shape));
        }
        if (_tensors.Exists(t => t.Name == name)) throw new ArgumentException($"Tensor '{name}' was added twice.", nameof(name));
        long bytes = (long)values.Length * Unsafe.SizeOf<T>();
        _tensors.Add((name, TensorTypes.NameOf<T>(), dimensions, bytes, stream => WriteValues(stream, values)));
    }

    /// <summary>[Rows, Columns]</summary>
    public void Add(string name, Matrix matrix) => Add<float>(name, matrix.Values, matrix.Rows, matrix.Columns);

    /// <summary>A short text kept in the header.</summary>
    public void AddText(string name, string text) => _metadata.Add(name, text);

    /// <summary>Writes the whole file; its bytes depend on nothing but what was added, and in which order.</summary>
    public void WriteTo(Stream stream)
    {
        var header = Header();
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        header.WriteTo(stream);
        foreach (var tensor in _tensors)
        {
            tensor.Write(stream);
            stream.Write(new byte[GapAfter(tensor.Bytes)]);
        }
    }

    /// <returns>The JSON, with spaces up to where the first array may begin.</returns>
    private MemoryStream Header()
    {
        var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            if (_metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (name, text) in _metadata) json.WriteString(name, text);
                json.WriteEndObject();
            }
            long offset = 0;
            int gaps = 0;
            foreach (var tensor in _tensors)
            {
                WriteEntry(json, tensor.Name, tensor.Type, tensor.Shape, offset, tensor.Bytes);
                offset += tensor.Bytes;
                int gap = GapAfter(tensor.Bytes);
                if (gap > 0) WriteEntry(json, $".padding.{++gaps}", TensorTypes.NameOf<byte>(), [gap], offset, gap);
                offset += gap;
            }
            json.WriteEndObject();
        }
        for (int gap = GapAfter(sizeof(ulong) + header.Length); gap > 0; gap--) header.WriteByte((byte)' ');
        return header;
    }

    private static int GapAfter(long bytes) => (int)(-bytes & (AlignedMemory.Alignment - 1));

    private static void WriteEntry(Utf8JsonWriter json, string name, string type, long[] shape, long offset, long bytes)
    {
        json.WriteStartObject(name);
        json.WriteString("dtype", type);
        json.WriteStartArray("shape");
        foreach (long dimension in shape) json.WriteNumberValue(dimension);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + bytes);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteValues<T>(Stream stream, ReadOnlyMemory<T> values) where T : unmanaged
    {
        const int ChunkBytes = 1 << 24; // a span of bytes cannot be longer than 2 GiB
        int size = Unsafe.SizeOf<T>();
        for (int first = 0; first < values.Length; first += ChunkBytes / size)
            stream.Write(MemoryMarshal.AsBytes(values.Span.Slice(first, Math.Min(ChunkBytes / size, values.Length - first))));
    }
}
