using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Kindred.Numerics;

namespace Kindred.Storage;

/// <summary>Named arrays of a safetensors file, which is read into memory when it is opened: nothing is parsed but the header.</summary>
/// <remarks>
/// Read, not mapped: a mapped file that shrinks ends the process. Arrays are valid until <see cref="Dispose"/>; a file that is never
/// disposed stays in memory as long as the process lives.
/// </remarks>
public sealed unsafe class TensorFile : IDisposable
{
    private const long LargestHeader = 100_000_000; // the limit of the reference implementation

    private readonly FileMemory? _owned;
    private readonly byte* _data;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private bool _disposed;

    private TensorFile(string path, FileMemory memory, bool owns)
    {
        Path = path;
        Bytes = memory.Length;
        if (Bytes < sizeof(ulong) + 2) throw Damaged($"it has {Bytes} bytes, too few for a header");
        long headerLength = (long)BinaryPrimitives.ReadUInt64LittleEndian(new(memory.Bytes, sizeof(ulong)));
        if (headerLength is < 2 or > LargestHeader || headerLength > Bytes - sizeof(ulong))
            throw Damaged("its header is longer than the file");
        _data = memory.Bytes + sizeof(ulong) + headerLength;
        ReadHeader(new ReadOnlySpan<byte>(memory.Bytes + sizeof(ulong), (int)headerLength).ToArray(), Bytes - sizeof(ulong) - headerLength);
        _owned = owns ? memory : null;
    }

    private readonly record struct Entry(string Type, long[] Shape, long Offset, long Bytes);

    public string Path { get; }

    /// <summary>Length of the file.</summary>
    public long Bytes { get; }

    /// <summary>Reads the file.</summary>
    /// <exception cref="InputException">There is no such file, it cannot be read, or it is not in the safetensors layout.</exception>
    public static TensorFile Open(string path)
    {
        if (!File.Exists(path) && !Directory.Exists(path)) throw new InputException($"{path} does not exist.");
        FileMemory memory;
        try { memory = FileMemory.Read(path); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {e.Message}", e);
        }
        try
        {
            return new(path, memory, owns: true);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <param name="memory">The bytes of the file at <paramref name="path"/>; stays the caller's.</param>
    internal static TensorFile Of(string path, FileMemory memory) => new(path, memory, owns: false);

    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <summary>Of the arrays that can be read, without those that only fill gaps.</summary>
    internal IReadOnlyList<string> Names =>
        [.. _entries.Keys.Where(name => !name.StartsWith(".padding.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <returns>The bytes of an array of any type, not copied, and how the layout calls the type.</returns>
    internal (string Type, IReadOnlyList<long> Shape, Memory<byte> Bytes) Raw(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_entries.TryGetValue(name, out var entry)) throw Damaged($"it has no array '{name}'");
        if (entry.Bytes > int.MaxValue)
            throw new InputException($"{Path}: array '{name}' has {entry.Bytes} bytes, more than this version can address.");
        return (entry.Type, entry.Shape,
            entry.Bytes == 0 ? default : new FileSlice<byte>(this, _data + entry.Offset, (int)entry.Bytes).Memory);
    }

    /// <summary>The texts of the header, by name.</summary>
    internal IReadOnlyDictionary<string, string> Texts => _texts;

    /// <returns>The same arrays and texts, to be written again; valid as long as this file.</returns>
    internal TensorWriter ToWriter()
    {
        var writer = new TensorWriter();
        foreach (var (name, text) in _texts) writer.AddText(name, text);
        foreach (var (name, entry) in _entries)
        {
            switch (entry.Type)
            {
                case "F32": writer.Add<float>(name, Array<float>(name), entry.Shape); break;
                case "F64": writer.Add<double>(name, Array<double>(name), entry.Shape); break;
                case "I32": writer.Add<int>(name, Array<int>(name), entry.Shape); break;
                case "I64": writer.Add<long>(name, Array<long>(name), entry.Shape); break;
                case "F16": writer.Add<Half>(name, Array<Half>(name), entry.Shape); break;
                case "BF16": writer.Add<ushort>(name, Array<ushort>(name), entry.Shape); break;
                case "I8": writer.Add<sbyte>(name, Array<sbyte>(name), entry.Shape); break;
                default: writer.Add<byte>(name, Array<byte>(name), entry.Shape); break;
            }
        }
        return writer;
    }

    /// <returns>A text of the header.</returns>
    public string Text(string name) =>
        _texts.TryGetValue(name, out string? text) ? text : throw Damaged($"it has no text '{name}'");

    /// <returns>The array in reading order, not copied.</returns>
    /// <exception cref="InputException">There is no array of that name and type, or it is longer than 2³¹ − 1 values.</exception>
    public Memory<T> Array<T>(string name) where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var entry = Find<T>(name);
        long count = entry.Bytes / Unsafe.SizeOf<T>();
        if (count > int.MaxValue)
            throw new InputException($"{Path}: array '{name}' has {count} values, more than this version can address.");
        return count == 0 ? Memory<T>.Empty : new FileSlice<T>(this, (T*)(_data + entry.Offset), (int)count).Memory;
    }

    /// <returns>[rows, columns], not copied.</returns>
    public Matrix Matrix(string name)
    {
        var shape = Find<float>(name).Shape;
        if (shape.Length != 2) throw Damaged($"array '{name}' has {shape.Length} dimensions instead of 2");
        if (shape[0] > int.MaxValue || shape[1] > int.MaxValue) throw Damaged($"array '{name}' is said to be {shape[0]} x {shape[1]}");
        return new((int)shape[0], (int)shape[1], Array<float>(name));
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _owned?.Dispose();
    }

    private Entry Find<T>(string name) where T : unmanaged
    {
        if (!_entries.TryGetValue(name, out var entry)) throw Damaged($"it has no array '{name}'");
        if (entry.Type != TensorTypes.NameOf<T>()) throw Damaged($"array '{name}' is {entry.Type} instead of {TensorTypes.NameOf<T>()}");
        return entry;
    }

    private void ReadHeader(byte[] header, long dataBytes)
    {
        try
        {
            using var json = JsonDocument.Parse(header, new JsonDocumentOptions { AllowDuplicateProperties = false });
            foreach (var property in json.RootElement.EnumerateObject())
            {
                if (property.Name != "__metadata__") ReadEntry(property.Name, property.Value, dataBytes);
                else foreach (var text in property.Value.EnumerateObject()) _texts[text.Name] = text.Value.GetString() ?? "";
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException
            or KeyNotFoundException or IndexOutOfRangeException or OverflowException) // not JSON, or other JSON than expected
        {
            throw Damaged("its header cannot be read");
        }
    }

    private void ReadEntry(string name, JsonElement entry, long dataBytes)
    {
        var offsets = entry.GetProperty("data_offsets");
        long first = offsets[0].GetInt64(), end = offsets[1].GetInt64();
        if (first < 0 || end < first || end > dataBytes) throw Damaged($"array '{name}' lies outside the file");

        string type = entry.GetProperty("dtype").GetString() ?? "";
        if (TensorTypes.SizeOf(type) is not int size) return; // written by another program; not ours to read
        long[] shape = [.. entry.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
        long needed = size;
        foreach (long dimension in shape)
        {
            if (dimension < 0) throw Damaged($"array '{name}' has a negative dimension");
            needed = checked(needed * dimension);
        }
        if (needed != end - first) throw Damaged($"array '{name}' has {end - first} bytes, its shape needs {needed}");
        _entries[name] = new(type, shape, first, end - first);
    }

    private InputException Damaged(string how) => new($"{Path} is damaged: {how}; write it again.");

    /// <summary>A slice of the file's bytes as <see cref="Memory{T}"/>; keeps the file object reachable.</summary>
    private sealed class FileSlice<T>(TensorFile file, T* start, int count) : MemoryManager<T> where T : unmanaged
    {
        public override Span<T> GetSpan()
        {
            ObjectDisposedException.ThrowIf(file._disposed, file);
            return new(start, count);
        }

        public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

        public override void Unpin() { }

        protected override void Dispose(bool disposing) { }
    }
}
