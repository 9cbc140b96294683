using System.Runtime.InteropServices;
using Kindred.Models.Sgd;
using Kindred.Numerics;
using Kindred.Partitions;

namespace Kindred.Cluster;

/// <summary>
/// A silo's share of an <see cref="SgdTrainer"/>: the users of its partitions, and the parts of the items that are with them.
/// </summary>
internal sealed class SgdWork(SgdTrainer options, SiloContext context) : ISiloWork
{
    /// <summary>The step that counts users of items; the strata of all epochs are the steps above.</summary>
    public const int Counts = -1;

    private const int SliceBytes = 4 << 20; // of a message

    private readonly JobData _data = new(context.Attempt.Job);

    private SgdWorker? _worker;

    private Attempt Attempt => context.Attempt;

    private SgdWorker Worker => _worker!;

    private int SliceRows => Math.Max(1, SliceBytes / sizeof(float) / Worker.Items.PackedWidth);

    // of a part, at most
    private int Slices => Blocks.Count(Worker.Popularity.Length, SliceRows);

    public async Task<byte[]> Carry(Order order)
    {
        switch (order.Work)
        {
            case Work.Load:
                _worker = new(options, _data.Events, context.Training);
                context.Load(_data, _worker.Load);
                return [];
            case Work.Sum:
                await context.SumOwnAsync(Counts, Worker.CountBlocks, SumCounts);
                return [];
            case Work.Gather:
                await context.GatherAsync(Counts, Worker.CountBlocks, (block, counts) =>
                    MemoryMarshal.Cast<byte, int>(counts).CopyTo(Worker.CountsOf(block)));
                return [];
            case Work.Users:
                return Bytes(Worker.Partitions.Values.Select(partition => partition.Weights()));
            case Work.Begin:
                Worker.Begin(MemoryMarshal.Cast<byte, PartitionMean>(order.Data).ToArray());
                if (Attempt.Epoch > 0) Restore(Attempt.Epoch);
                return [];
            case Work.Learn:
                var parts = context.Own.Select(partition => SgdWorker.PartOf(partition, order.Step, Worker.Strata));
                await Fetch(order.Epoch, order.Step, parts.Where(part => part < Worker.Parts));
                Worker.Learn(order.Epoch, order.Step);
                return [];
            case Work.Loss:
                return Bytes(Worker.Partitions.Values.Select(partition => partition.Losses));
            case Work.Keep:
                SiloContext.Keeping(() => Keep(order.Epoch));
                return [];
            case Work.Write:
                if (Attempt.Self != 0) return [];
                await Fetch(options.Epochs + 1, 0, Enumerable.Range(0, Worker.Parts));
                SiloContext.Keeping(Write);
                return [];
            default:
                throw new InvalidOperationException($"Unknown work {order.Work}.");
        }
    }

    public byte[] Sum(int step, int block) => MemoryMarshal.AsBytes(Worker.Count(block).AsSpan()).ToArray();

    /// <param name="step"><see cref="Counts"/>, or the stratum before which rows are needed.</param>
    /// <param name="block">Of counts, or a slice of what this silo has of a part.</param>
    public byte[] Rows(int step, int block)
    {
        if (step == Counts) return MemoryMarshal.AsBytes(Worker.CountsOf(block)).ToArray();
        var (epoch, stratum) = Math.DivRem(step, Worker.Strata);
        var items = SliceOf(ItemsWith(Attempt.Self, epoch, stratum, block / Slices), block % Slices);
        return MemoryMarshal.AsBytes(Worker.Items.Packed(items).Values.Span).ToArray();
    }

    public void Dispose() => _data.Dispose();

    private static byte[] Bytes(IEnumerable<PartitionMean> means) => MemoryMarshal.AsBytes(means.ToArray().AsSpan()).ToArray();

    private async Task SumCounts(int block, IReadOnlyList<Task<byte[]>> others)
    {
        int[] counts = Worker.Count(block);
        foreach (var other in others) FixedPoint.Add(MemoryMarshal.Cast<byte, int>(await other), counts);
        counts.CopyTo(Worker.CountsOf(block));
    }

    private int[] ItemsWith(int silo, int epoch, int stratum, int part) =>
        Worker.ItemsWith(partition => Attempt.Owners[partition] == silo, epoch, stratum, part);

    private ReadOnlySpan<int> SliceOf(int[] items, int slice) =>
        items.AsSpan(slice * SliceRows, Math.Min(SliceRows, items.Length - (slice * SliceRows)));

    /// <summary>Gets what other silos have of parts of the items.</summary>
    private async Task Fetch(int epoch, int stratum, IEnumerable<int> parts)
    {
        if (epoch == Attempt.Epoch + 1 && stratum == 0) return; // all items are here when an attempt begins
        var missing =
            from part in parts
            from silo in Enumerable.Range(0, context.Peers.Count)
            where silo != Attempt.Self
            let items = ItemsWith(silo, epoch, stratum, part)
            from slice in Enumerable.Range(0, Blocks.Count(items.Length, SliceRows))
            select (Part: part, Silo: silo, Items: items, Slice: slice);
        await Parallel.ForEachAsync(missing, context.Parallelism, async (rows, _) =>
        {
            byte[] bytes = await context.FetchAsync(rows.Silo, (epoch * Worker.Strata) + stratum, (rows.Part * Slices) + rows.Slice);
            Worker.Items.Unpack(SliceOf(rows.Items, rows.Slice), MemoryMarshal.Cast<byte, float>(bytes));
        });
    }

    /// <summary>Keeps the users of each partition, and the part of the items that was with them last.</summary>
    private void Keep(int epoch)
    {
        foreach (var (number, partition) in Worker.Partitions)
        {
            context.Folder.Keep(epoch, NameOf(number), partition.Users.Packed(AllOf(partition.Users)));
            int part = SgdWorker.PartOf(number, Worker.Strata - 1, Worker.Strata);
            if (part < Worker.Parts) context.Folder.Keep(epoch, ItemsNameOf(part), Worker.Items.Packed(Worker.CutOf(epoch).ItemsOf(part)));
        }
    }

    private void Restore(int epoch)
    {
        foreach (var (number, partition) in Worker.Partitions) Restore(NameOf(number), partition.Users, AllOf(partition.Users));
        for (int part = 0; part < Worker.Parts; part++) Restore(ItemsNameOf(part), Worker.Items, Worker.CutOf(epoch).ItemsOf(part));

        void Restore(string name, FactorRows table, ReadOnlySpan<int> rows)
        {
            var packed = new Matrix(rows.Length, table.PackedWidth);
            context.Folder.Restore(epoch, name, packed);
            table.Unpack(rows, packed.Values.Span);
        }
    }

    private static string NameOf(int partition) => $"{partition:000}";

    private static string ItemsNameOf(int part) => $"items-{part:000}";

    private static int[] AllOf(FactorRows table) => [.. Enumerable.Range(0, table.Values.Rows)];

    private void Write() => PartitionedTraining.Write(Attempt.Job.Output, PartitionedTraining.TrainedOf(
        Worker, _data.Events, DateTimeOffset.UtcNow - Attempt.Started, context.Training));
}
