using System.Collections.Concurrent;
using Kindred.Numerics;

namespace Kindred.Cluster;

/// <summary>Blocks that are too long for one message, cut into parts. Each has one reader, who asks for one part after the other.</summary>
internal sealed class BlockParts(int mostBytes)
{
    private readonly ConcurrentDictionary<(int Step, int Block), byte[]> _held = []; // of which some parts are not fetched yet

    /// <param name="part">The first one, 0, makes the block.</param>
    public Block Part(int step, int block, int part, Func<byte[]> make)
    {
        byte[] bytes = part == 0 ? make() : _held[(step, block)];
        int parts = Math.Max(1, Blocks.Count(bytes.Length, mostBytes));
        if (parts == 1) return new() { Bytes = bytes };
        if (part < parts - 1) _held[(step, block)] = bytes;
        else _held.TryRemove((step, block), out _);
        return new() { Bytes = bytes[(part * mostBytes)..Math.Min(bytes.Length, (part + 1) * mostBytes)], Parts = parts };
    }

    /// <param name="ask">Fetches a part.</param>
    public static async Task<byte[]> JoinAsync(Func<int, Task<Block>> ask)
    {
        var first = await ask(0);
        if (first.Parts == 1) return first.Bytes;
        using var all = new MemoryStream();
        all.Write(first.Bytes);
        for (int part = 1; part < first.Parts; part++) all.Write((await ask(part)).Bytes);
        return all.ToArray();
    }
}
