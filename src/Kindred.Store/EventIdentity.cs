using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Kindred.Store;

/// <summary>What makes an event unique: 128 bits, of the caller's id or of the content.</summary>
/// <remarks>
/// Cryptographic, as ids come from outside and nobody shall be able to keep another one's event out. The index of identities has no
/// order but theirs, so those of contents begin with the time: events of one time lie on few pages. UUIDs are taken as they are, for
/// UUIDv7 does the same.
/// </remarks>
internal static class EventIdentity
{
    /// <summary>Hexadecimal digits of an identity.</summary>
    public const int Digits = 2 * Bytes;

    private const int Bytes = 16, Room = 512;

    /// <param name="id">The caller's: UUIDs and 32 hexadecimal digits in lower case are taken as they are, others hashed.</param>
    public static byte[] FromId(string id)
    {
        if (IsPlain(id, Digits)) return Convert.FromHexString(id);
        if (IsPlain(id, 36) && Guid.TryParseExact(id, "D", out var uuid)) return uuid.ToByteArray(bigEndian: true);
        var fields = new Fields(stackalloc byte[Room]);
        fields.Add(id);
        return fields.Hash();
    }

    /// <param name="time">In ms since 1970.</param>
    public static byte[] FromContent(NewEvent e, long time)
    {
        var fields = new Fields(stackalloc byte[Room]);
        fields.Add(e.Type);
        fields.Add(e.UserId);
        fields.Add(e.SessionId);
        fields.Add(e.ItemId);
        fields.Add(time);
        fields.Add(Bits(e.Value));
        byte[] identity = fields.Hash();
        BinaryPrimitives.WriteUInt32BigEndian(identity, (uint)(time / 1000));
        return identity;
    }

    /// <summary>Of everything the caller sent besides the id: equal for an event that is sent again.</summary>
    public static long ContentHash(NewEvent e)
    {
        var fields = new Fields(stackalloc byte[Room]);
        fields.Add(e.Type);
        fields.Add(e.UserId);
        fields.Add(e.SessionId);
        fields.Add(e.ItemId);
        fields.Add(e.Time?.ToUnixTimeMilliseconds());
        fields.Add(Bits(e.Value));
        fields.Add(e.RequestId);
        fields.Add(e.Position);
        fields.Add(e.Attributes);
        return BinaryPrimitives.ReadInt64BigEndian(fields.Hash());
    }

    public static string ToText(ReadOnlySpan<byte> identity) => Convert.ToHexStringLower(identity);

    private static long? Bits(double? value) => value is { } number ? BitConverter.DoubleToInt64Bits(number) : null;

    private static bool IsPlain(string id, int length)
    {
        if (id.Length != length) return false;
        foreach (char c in id) if (!char.IsAsciiHexDigitLower(c) && !(c == '-' && length == 36)) return false;
        return true;
    }

    /// <summary>Bytes of fields, each with its length, so that no two lists of fields look the same.</summary>
    private ref struct Fields(Span<byte> room)
    {
        private Span<byte> _bytes = room;
        private int _count;

        public void Add(string? text)
        {
            int length = text is null ? -1 : Encoding.UTF8.GetByteCount(text);
            BinaryPrimitives.WriteInt32LittleEndian(Reserve(4), length);
            if (length > 0) Encoding.UTF8.GetBytes(text, Reserve(length));
        }

        public void Add(long? number)
        {
            Reserve(1)[0] = (byte)(number is null ? 0 : 1);
            if (number is { } value) BinaryPrimitives.WriteInt64LittleEndian(Reserve(8), value);
        }

        public readonly byte[] Hash()
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(_bytes[.._count], hash);
            return hash[..Bytes].ToArray();
        }

        private Span<byte> Reserve(int count)
        {
            if (_count + count > _bytes.Length)
            {
                byte[] more = new byte[Math.Max(2 * _bytes.Length, _count + count)];
                _bytes[.._count].CopyTo(more);
                _bytes = more;
            }
            _count += count;
            return _bytes.Slice(_count - count, count);
        }
    }
}
