using Kindred.Numerics;

namespace Kindred.Tests.Numerics;

public sealed class Fnv1aTests
{
    // of the reference's test vectors: http://www.isthe.com/chongo/src/fnv/test_fnv.c
    [Theory]
    [InlineData("", 0xcbf29ce484222325, 0x811c9dc5u)]
    [InlineData("a", 0xaf63dc4c8601ec8c, 0xe40c292cu)]
    [InlineData("foobar", 0x85944171f73967e8, 0xbf9cf968u)]
    public void Text_of_one_byte_a_character_has_the_reference_s_hash(string text, ulong hash64, uint hash32)
    {
        Assert.Equal(hash64, Fnv1a.Hash64(text));
        Assert.Equal(hash32, Fnv1a.Hash32(text));
        Assert.Equal(hash64, Fnv1a.Hash64([.. text.Select(c => (int)c)]));
    }
}
