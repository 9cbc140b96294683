using System.Runtime.InteropServices;
using Kindred.Numerics;
using Kindred.Partitions;

namespace Kindred.Cluster;

/// <summary>
/// A silo's share of <see cref="ItemKnn"/>: sums of its partitions for all items, and the neighbours of the items that it owns.
/// </summary>
internal sealed class ItemKnnWork(ItemKnn options, SiloContext context) : ISiloWork
{
    private readonly PartitionedFolder _data = PartitionedFolder.Open(context.Attempt.Job.Data);

    private ItemKnnWorker? _worker;

    private Attempt Attempt => context.Attempt;

    public async Task<byte[]> Carry(Order order)
    {
        switch (order.Work)
        {
            case Work.Load:
                _worker = new(PartitionedTraining.OptionsOn(_data, options), _data.Items.Count);
                foreach (int partition in context.Own)
                {
                    context.Stop.ThrowIfCancellationRequested();
                    _worker.Load(partition, context.Cache.Get(_data, partition));
                }
                return [];
            case Work.Users:
                return MemoryMarshal.AsBytes(_worker!.Totals().AsSpan()).ToArray();
            case Work.Begin:
                _worker!.Begin(Added(MemoryMarshal.Cast<byte, long>(order.Data)));
                return [];
            case Work.Pieces:
                for (int piece = Attempt.Self; piece < ItemKnnPieces.Count(_data.Items.Count); piece += context.Peers.Count)
                    if (!context.Folder.HasPiece(piece)) await Make(piece);
                return [];
            case Work.Write:
                if (Attempt.Self == 0) SiloContext.Keeping(Write);
                return [];
            default:
                throw new InvalidOperationException($"Unknown work {order.Work}.");
        }
    }

    /// <param name="step">A piece.</param>
    public byte[] Sum(int step, int block)
    {
        var (first, end) = ItemKnnPieces.BlockOf(_data.Items.Count, step, block);
        var rows = new PairRow[end - first];
        Blocks.ForEach(rows.Length, 1, context.Threads, (n, _) => rows[n] = _worker!.Pairs(first + n), context.Stop);
        return PairRows.Write(rows);
    }

    public void Dispose() => _data.Dispose();

    /// <param name="all">Totals of the silos, behind each other.</param>
    private long[] Added(ReadOnlySpan<long> all)
    {
        var sums = new long[all.Length / context.Peers.Count];
        for (int n = 0; n < all.Length; n++) sums[n % sums.Length] += all[n];
        return sums;
    }

    private async Task Make(int piece)
    {
        int items = _data.Items.Count;
        var (start, stop) = ItemKnnPieces.RangeOf(items, piece);
        var rows = new ulong[stop - start][];
        await Parallel.ForEachAsync(Enumerable.Range(0, ItemKnnPieces.BlocksIn(items, piece)), context.Parallelism, async (block, _) =>
        {
            var (first, end) = ItemKnnPieces.BlockOf(items, piece, block);
            var others = (await Task.WhenAll(context.AskOthers(piece, block))).Select(other => PairRows.Read(other.Bytes)).ToList();
            Blocks.ForEach(end - first, 1, context.Threads, (n, _) => rows[first + n - start] = _worker!.Neighbours(
                first + n, [.. others.Select(other => other[n])]), context.Stop);
        });
        SiloContext.Keeping(() => context.Folder.KeepPiece(piece, writer =>
        {
            writer.Add<int>("lengths", Array.ConvertAll(rows, row => row.Length));
            writer.Add<long>("neighbours", Array.ConvertAll(rows.SelectMany(row => row).ToArray(), key => (long)key));
        }));
    }

    private void Write()
    {
        var rows = new ulong[_data.Items.Count][];
        for (int piece = 0; piece < ItemKnnPieces.Count(rows.Length); piece++)
        {
            using var file = context.Folder.Piece(piece);
            var tensors = file.Tensors(JobFolder.PieceFile);
            int item = ItemKnnPieces.RangeOf(rows.Length, piece).First, place = 0;
            var keys = tensors.Array<long>("neighbours").Span;
            foreach (int length in tensors.Array<int>("lengths").Span)
            {
                rows[item++] = Array.ConvertAll(keys.Slice(place, length).ToArray(), key => (ulong)key);
                place += length;
            }
        }
        PartitionedTraining.Write(Attempt.Job.Output, PartitionedTraining.TrainedOf(
            options, rows, _data, DateTimeOffset.UtcNow - Attempt.Started, context.Training));
    }
}

/// <summary>How the items are cut: into pieces, each of which is kept, and these into blocks, the sums of which are sent.</summary>
internal static class ItemKnnPieces
{
    private const int Most = 256, FewestItems = 64;

    // of a message, if every item shares something with every other one
    private const long BlockBytes = 64 << 20;

    public static int Count(int items) => Blocks.Count(items, Size(items));

    /// <returns>The items of a piece.</returns>
    public static (int First, int End) RangeOf(int items, int piece) =>
        (piece * Size(items), Math.Min(items, (piece + 1) * Size(items)));

    public static int BlocksIn(int items, int piece)
    {
        var (first, end) = RangeOf(items, piece);
        return Blocks.Count(end - first, BlockSize(items));
    }

    /// <returns>The items of a block of a piece.</returns>
    public static (int First, int End) BlockOf(int items, int piece, int block)
    {
        var (first, end) = RangeOf(items, piece);
        return (first + (block * BlockSize(items)), Math.Min(end, first + ((block + 1) * BlockSize(items))));
    }

    private static int Size(int items) => Math.Max(FewestItems, Blocks.Count(items, Most));

    private static int BlockSize(int items) => (int)Math.Clamp(BlockBytes / (16L * Math.Max(1, items)), 1, Size(items));
}
