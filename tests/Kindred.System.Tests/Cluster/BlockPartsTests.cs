using Kindred.Cluster;

namespace Kindred.SystemTests.Cluster;

/// <summary>What is too long for one message arrives whole.</summary>
public sealed class BlockPartsTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(10, 1)]
    [InlineData(11, 2)]
    [InlineData(40, 4)]
    [InlineData(41, 5)]
    public async Task Parts_join_to_the_block_which_is_made_once(int length, int parts)
    {
        byte[] block = [.. Enumerable.Range(0, length).Select(n => (byte)n)];
        var sender = new BlockParts(mostBytes: 10);
        int made = 0, asked = 0;
        for (int attempt = 1; attempt <= 2; attempt++) // nothing is left of the first time
        {
            Assert.Equal(block, await BlockParts.JoinAsync(part =>
            {
                asked++;
                return Task.FromResult(sender.Part(3, 7, part, () =>
                {
                    made++;
                    return block;
                }));
            }));
            Assert.Equal((attempt, attempt * parts), (made, asked));
        }
    }
}
