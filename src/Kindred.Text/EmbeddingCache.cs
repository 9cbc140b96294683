using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace Kindred.Text;

/// <summary>
/// Vectors of texts in one file, by hash of model and text, so that only what changed is embedded again. Records are appended; those that a
/// killed program left half written are dropped when the file is opened.
/// </summary>
/// <remarks>A record: 16 bytes of hash, the number of dimensions, as many little-endian floats, 8 bytes of XXH3 over all before.</remarks>
internal sealed class EmbeddingCache : IDisposable
{
    private const int HashBytes = 16, HeadBytes = HashBytes + sizeof(int), CheckBytes = 8, MostDimensions = 1 << 20;

    private static readonly byte[] Magic = "kindred text vectors 1\n"u8.ToArray();

    private readonly FileStream _file;
    private readonly Dictionary<UInt128, float[]> _vectors = [];

    /// <exception cref="InputException">The file is something else, or cannot be opened.</exception>
    public EmbeddingCache(string path)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
            _file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The cache of vectors {path} cannot be opened: {e.Message}", e);
        }
        long end = Read(path);
        _file.SetLength(end);
        _file.Position = end;
    }

    /// <summary>Vectors it has.</summary>
    public int Count => _vectors.Count;

    public static UInt128 KeyOf(string model, string text) => XxHash128.HashToUInt128(Encoding.UTF8.GetBytes($"{model}\0{text}"));

    public float[]? Find(UInt128 key) => _vectors.GetValueOrDefault(key);

    public void Add(UInt128 key, float[] vector)
    {
        if (!_vectors.TryAdd(key, vector)) return;
        byte[] record = new byte[HeadBytes + (vector.Length * sizeof(float)) + CheckBytes];
        BinaryPrimitives.WriteUInt128LittleEndian(record, key);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(HashBytes), vector.Length);
        MemoryMarshal.AsBytes<float>(vector).CopyTo(record.AsSpan(HeadBytes));
        var checkedBytes = record.AsSpan(..^CheckBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(checkedBytes.Length), XxHash3.HashToUInt64(checkedBytes));
        _file.Write(record);
    }

    /// <summary>Hands what was added to the system.</summary>
    public void Flush() => _file.Flush();

    public void Dispose() => _file.Dispose();

    // where the last whole record ends
    private long Read(string path)
    {
        byte[] magic = new byte[Magic.Length];
        if (_file.Length == 0)
        {
            _file.Write(Magic);
            return Magic.Length;
        }
        if (_file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) < magic.Length || !magic.AsSpan().SequenceEqual(Magic))
        {
            _file.Dispose();
            throw new InputException($"{path} is no cache of text vectors; name another file, or delete it.");
        }
        long end = _file.Position;
        byte[] head = new byte[HeadBytes];
        while (_file.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false) == HeadBytes)
        {
            int dimensions = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(HashBytes));
            if (dimensions is <= 0 or > MostDimensions) break;
            byte[] rest = new byte[(dimensions * sizeof(float)) + CheckBytes];
            if (_file.ReadAtLeast(rest, rest.Length, throwOnEndOfStream: false) < rest.Length) break;
            ulong check = BinaryPrimitives.ReadUInt64LittleEndian(rest.AsSpan(rest.Length - CheckBytes));
            if (XxHash3.HashToUInt64([.. head, .. rest[..^CheckBytes]]) != check) break;
            var vector = MemoryMarshal.Cast<byte, float>(rest.AsSpan(..^CheckBytes));
            _vectors[BinaryPrimitives.ReadUInt128LittleEndian(head)] = vector.ToArray();
            end = _file.Position;
        }
        return end;
    }
}
