using System.Runtime.InteropServices;
using Kindred.Numerics;
using Kindred.Partitions;
using Kindred.Storage;

namespace Kindred.Cluster;

/// <summary>
/// A silo's share of <see cref="ItemKnn"/>: sums of its partitions for all items, and the neighbours of the items that it owns.
/// </summary>
internal sealed class ItemKnnWork(ItemKnn options, SiloContext context) : ISiloWork
{
    /// <summary>The step that sums what all items need to know; pieces are the steps from 0.</summary>
    public const int Totals = -1;

    private readonly JobData _data = new(context.Attempt.Job);

    private ItemKnnWorker? _worker;

    private Attempt Attempt => context.Attempt;

    public async Task<byte[]> Carry(Order order)
    {
        switch (order.Work)
        {
            case Work.Load:
                _worker = new(options, _data.Events.Items.Count);
                context.Load(_data, _worker.Load);
                return [];
            case Work.Sum:
                await context.SumOwnAsync(Totals, _worker!.TotalsBlocks, SumTotals);
                return [];
            case Work.Gather:
                await context.GatherAsync(Totals, _worker!.TotalsBlocks, (block, rows) =>
                    MemoryMarshal.Cast<byte, double>(rows).CopyTo(_worker.TotalsOf(block)));
                return [];
            case Work.Begin:
                _worker!.Begin();
                return [];
            case Work.Pieces:
                for (int piece = Attempt.Self; piece < ItemKnnPieces.Count(_data.Events.Items.Count); piece += context.Peers.Count)
                    if (!context.Folder.HasPiece(piece)) await Make(piece);
                return [];
            case Work.Write:
                if (Attempt.Self == 0) Write();
                return [];
            default:
                throw new InvalidOperationException($"Unknown work {order.Work}.");
        }
    }

    /// <param name="step"><see cref="Totals"/>, or a piece.</param>
    public byte[] Sum(int step, int block)
    {
        if (step == Totals) return MemoryMarshal.AsBytes(_worker!.SumTotals(block).AsSpan()).ToArray();
        var (first, end) = ItemKnnPieces.BlockOf(_data.Events.Items.Count, step, block);
        var rows = new PairRow[end - first];
        Blocks.ForEach(rows.Length, 1, context.Threads, (n, _) => rows[n] = _worker!.Pairs(first + n), context.Stop);
        return PairRows.Write(rows);
    }

    public byte[] Rows(int step, int block) => MemoryMarshal.AsBytes(_worker!.TotalsOf(block)).ToArray();

    public void Dispose() => _data.Dispose();

    private async Task SumTotals(int block, IReadOnlyList<Task<byte[]>> others)
    {
        long[] sums = _worker!.SumTotals(block);
        foreach (var other in others) ExactSum.Add(MemoryMarshal.Cast<byte, long>(await other), sums);
        _worker.FinishTotals(block, sums);
    }

    private async Task Make(int piece)
    {
        int items = _data.Events.Items.Count;
        var (start, stop) = ItemKnnPieces.RangeOf(items, piece);
        var rows = new ulong[stop - start][];
        await Parallel.ForEachAsync(Enumerable.Range(0, ItemKnnPieces.BlocksIn(items, piece)), context.Parallelism, async (block, _) =>
        {
            var (first, end) = ItemKnnPieces.BlockOf(items, piece, block);
            var others = (await Task.WhenAll(context.AskOthers(piece, block))).Select(PairRows.Read).ToList();
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
        var rows = new ulong[_data.Events.Items.Count][];
        for (int piece = 0; piece < ItemKnnPieces.Count(rows.Length); piece++)
        {
            using var file = PieceOf(piece);
            var tensors = file.Tensors(JobFolder.PieceFile);
            int item = ItemKnnPieces.RangeOf(rows.Length, piece).First, place = 0;
            var keys = tensors.Array<long>("neighbours").Span;
            foreach (int length in tensors.Array<int>("lengths").Span)
            {
                rows[item++] = Array.ConvertAll(keys.Slice(place, length).ToArray(), key => (ulong)key);
                place += length;
            }
        }
        SiloContext.Keeping(() => PartitionedTraining.Write(Attempt.Job.Output, PartitionedTraining.TrainedOf(
            options, rows, _data.Events, DateTimeOffset.UtcNow - Attempt.Started, context.Training)));
    }

    /// <summary>A damaged piece is removed, so that the next attempt makes it again.</summary>
    private SealedFolder PieceOf(int piece)
    {
        try
        {
            return context.Folder.Piece(piece);
        }
        catch (InputException e)
        {
            context.Folder.RemovePiece(piece);
            throw new IOException(e.Message, e);
        }
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
