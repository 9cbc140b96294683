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
    public const int Bytes = 16;

    /// <param name="id">The caller's: UUIDs and 32 hexadecimal digits in lower case are taken as they are, others hashed.</param>
    public static byte[] FromId(string id) =>
        IsPlain(id, 32) ? Convert.FromHexString(id)
        : IsPlain(id, 36) && Guid.TryParseExact(id, "D", out var uuid) ? uuid.ToByteArray(bigEndian: true)
        : Hash(text => text.Add(id));

    /// <param name="time">In ms since 1970.</param>
    public static byte[] FromContent(NewEvent e, long time)
    {
        byte[] identity = Hash(text => text.Add(e.Type).Add(e.UserId).Add(e.SessionId).Add(e.ItemId).Add(time).Add(Number(e.Value)));
        BinaryPrimitives.WriteUInt32BigEndian(identity, (uint)(time / 1000));
        return identity;
    }

    /// <summary>Of everything the caller sent besides the id: equal for an event that is sent again.</summary>
    public static long ContentHash(NewEvent e) => BinaryPrimitives.ReadInt64BigEndian(Hash(text => text
        .Add(e.Type).Add(e.UserId).Add(e.SessionId).Add(e.ItemId).Add(e.Time?.ToUnixTimeMilliseconds()).Add(Number(e.Value))
        .Add(e.RequestId).Add(e.Position).Add(e.Attributes)));

    public static string ToText(ReadOnlySpan<byte> identity) => Convert.ToHexStringLower(identity);

    private static long? Number(double? value) => value is { } number ? BitConverter.DoubleToInt64Bits(number) : null;

    private static bool IsPlain(string id, int length)
    {
        if (id.Length != length) return false;
        foreach (char c in id) if (!char.IsAsciiHexDigitLower(c) && !(c == '-' && length == 36)) return false;
        return true;
    }

    private static byte[] Hash(Action<Fields> fill)
    {
        var fields = new Fields();
        fill(fields);
        return SHA256.HashData(fields.Written)[..Bytes];
    }

    /// <summary>Bytes of fields, each with its length, so that no two lists of fields look the same.</summary>
    private sealed class Fields
    {
        private byte[] _bytes = new byte[256];
        private int _count;

        public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _count);

        public Fields Add(string? text)
        {
            int length = text is null ? -1 : Encoding.UTF8.GetByteCount(text);
            BinaryPrimitives.WriteInt32LittleEndian(Reserve(4), length);
            if (length > 0) Encoding.UTF8.GetBytes(text, Reserve(length));
            return this;
        }

        public Fields Add(long? number)
        {
            Reserve(1)[0] = (byte)(number is null ? 0 : 1);
            if (number is { } value) BinaryPrimitives.WriteInt64LittleEndian(Reserve(8), value);
            return this;
        }

        private Span<byte> Reserve(int count)
        {
            if (_count + count > _bytes.Length) Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _count + count));
            _count += count;
            return _bytes.AsSpan(_count - count, count);
        }
    }
}
