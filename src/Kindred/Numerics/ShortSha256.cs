using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Kindred.Numerics;

/// <summary>
/// SHA-256 of short texts (NIST FIPS 180-4): the same digest as the platform's, whose call costs more than the one block that such a
/// text is. For dealing units to buckets; not for secrets.
/// </summary>
internal static class ShortSha256
{
    private const int BlockBytes = 64, LengthBytes = 8;

    private static ReadOnlySpan<uint> RoundConstants =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <returns>Bytes that a text of so many needs with its padding.</returns>
    public static int PaddedLength(int length) => (length + LengthBytes + BlockBytes) / BlockBytes * BlockBytes;

    /// <returns>The first 64 bits of the digest.</returns>
    /// <param name="text">[at least <see cref="PaddedLength"/>]; what follows the text is overwritten.</param>
    public static ulong First64Bits(Span<byte> text, int length)
    {
        var padded = text[..PaddedLength(length)];
        padded[length..].Clear();
        padded[length] = 0x80;
        BinaryPrimitives.WriteUInt64BigEndian(padded[^LengthBytes..], 8UL * (ulong)length);
        Span<uint> state = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
        for (; padded.Length > 0; padded = padded[BlockBytes..]) Compress(state, padded);
        return ((ulong)state[0] << 32) | state[1];
    }

    [SkipLocalsInit]
    private static void Compress(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> words = stackalloc uint[64];
        for (int n = 0; n < 16; n++) words[n] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * n)..]);
        for (int n = 16; n < words.Length; n++)
        {
            uint early = words[n - 15], late = words[n - 2];
            words[n] = words[n - 16] + words[n - 7]
                + (BitOperations.RotateRight(early, 7) ^ BitOperations.RotateRight(early, 18) ^ (early >> 3))
                + (BitOperations.RotateRight(late, 17) ^ BitOperations.RotateRight(late, 19) ^ (late >> 10));
        }
        uint a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
        for (int n = 0; n < words.Length; n += 8)
        {
            ReadOnlySpan<uint> constants = RoundConstants.Slice(n, 8), w = words.Slice(n, 8);
            Round(a, b, c, ref d, e, f, g, ref h, constants[0] + w[0]);
            Round(h, a, b, ref c, d, e, f, ref g, constants[1] + w[1]);
            Round(g, h, a, ref b, c, d, e, ref f, constants[2] + w[2]);
            Round(f, g, h, ref a, b, c, d, ref e, constants[3] + w[3]);
            Round(e, f, g, ref h, a, b, c, ref d, constants[4] + w[4]);
            Round(d, e, f, ref g, h, a, b, ref c, constants[5] + w[5]);
            Round(c, d, e, ref f, g, h, a, ref b, constants[6] + w[6]);
            Round(b, c, d, ref e, f, g, h, ref a, constants[7] + w[7]);
        }
        state[0] += a; state[1] += b; state[2] += c; state[3] += d;
        state[4] += e; state[5] += f; state[6] += g; state[7] += h;
    }

    /// <summary>A round; what it makes of d and h are e and a of the next, so that callers turn names instead of moving values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(uint a, uint b, uint c, ref uint d, uint e, uint f, uint g, ref uint h, uint word)
    {
        h += (BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25))
            + (g ^ (e & (f ^ g))) + word;
        d += h;
        h += (BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22))
            + ((a & b) | (c & (a | b)));
    }
}
