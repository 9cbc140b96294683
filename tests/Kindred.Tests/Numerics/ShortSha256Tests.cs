using System.Buffers.Binary;
using System.Security.Cryptography;
using Kindred.Numerics;

namespace Kindred.Tests.Numerics;

public sealed class ShortSha256Tests
{
    /// <summary>All lengths around one, two and three blocks; what lies behind the text does not count.</summary>
    [Fact]
    public void Digests_are_the_platforms()
    {
        var random = new Random(1);
        for (int length = 0; length <= 200; length++)
        {
            var text = new byte[ShortSha256.PaddedLength(length)];
            random.NextBytes(text);
            ulong expected = BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(text.AsSpan(0, length)));
            Assert.Equal(expected, ShortSha256.First64Bits(text, length));
        }
    }
}
