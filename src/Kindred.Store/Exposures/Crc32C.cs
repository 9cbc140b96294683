using System.Buffers.Binary;
using System.Numerics;

namespace Kindred.Store.Exposures;

/// <summary>The checksum of iSCSI and of most logs: polynomial 0x1EDC6F41, processors compute it (RFC 3720, B.4).</summary>
internal static class Crc32C
{
    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte b in bytes) crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}
