using Kindred.Models;
using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Partitions;

/// <summary>
/// One process's share of <see cref="ImplicitAls"/> on partitions: the users of some partitions, and all items. What it computes depends on
/// partitions and blocks of items, never on who has them.
/// </summary>
/// <remarks>Memory: (users of its partitions + items) · d floats, twice the items for conjugate gradients, and its events.</remarks>
internal sealed class AlsWorker
{
    // What a block's sums take, so that a few of them fit into memory and into messages.
    private const int BlockBytes = 4 << 20;

    private const int SliceRows = 16;

    private readonly SortedDictionary<int, AlsPartition> _partitions = [];
    private readonly TrainingContext _context;

    /// <param name="users">Of all partitions.</param>
    public AlsWorker(ImplicitAls options, int items, long users, TrainingContext context)
    {
        OptionCheck.Check(options);
        TableSize.Check(options.Dimensions, items, 4L * items);
        (_context, Items) = (context, new(options, items, users));
    }

    public AlsItems Items { get; }

    public IReadOnlyDictionary<int, AlsPartition> Partitions => _partitions;

    /// <summary>Takes a partition's events in.</summary>
    public void Load(int partition, Interactions data) =>
        _partitions[partition] = new(data, Items.Options.Dimensions, partition, _context.Seed);

    /// <returns>How many blocks of items a step is done in; the same in every process.</returns>
    public int BlocksOf(IItemStep step) => Blocks.Count(Items.Y.Rows, RowsOf(step));

    /// <returns>The items [first, end) of a block.</returns>
    public (int First, int End) RangeOf(IItemStep step, int block)
    {
        int rows = RowsOf(step);
        return (block * rows, Math.Min(Items.Y.Rows, (block + 1) * rows));
    }

    /// <returns>[items of the block, width]: the sums over the partitions that are here.</returns>
    public int[] Sum(IItemStep step, int block)
    {
        var (first, end) = RangeOf(step, block);
        int[] sums = new int[(end - first) * step.Width];
        Blocks.ForEach(end - first, SliceRows, _context.Workers, (from, to) =>
        {
            var slice = sums.AsSpan(from * step.Width, (to - from) * step.Width);
            foreach (var partition in _partitions.Values) step.Add(partition, first + from, first + to, slice);
        }, _context.Cancellation);
        return sums;
    }

    /// <summary>Makes a block's next rows of the sums over all partitions.</summary>
    public void Finish(IItemStep step, int block, int[] sums)
    {
        var (first, end) = RangeOf(step, block);
        Blocks.ForEach(end - first, SliceRows, _context.Workers, (from, to) => step.Finish(
            first + from, first + to, sums.AsSpan(from * step.Width, (to - from) * step.Width)), _context.Cancellation);
    }

    /// <summary>Solves the users of the partitions that are here.</summary>
    /// <returns>Of each partition, what the items must know.</returns>
    public IReadOnlyDictionary<int, UserSummary> SolveUsers()
    {
        var gram = Gram.Of(Items.Y, Items.Options.Unobserved, _context.Workers, _context.Cancellation);
        UserSummary Solved(AlsPartition users) => users.Summary(
            users.Solve(Items.Options, Items.Y, gram, _context.Workers, _context.Cancellation), _context.Workers, _context.Cancellation);
        return _partitions.ToDictionary(p => p.Key, p => Solved(p.Value));
    }

    /// <returns>Of each partition, what the items must know before the first epoch.</returns>
    public IReadOnlyDictionary<int, UserSummary> FirstUsers() =>
        _partitions.ToDictionary(p => p.Key, p => p.Value.Summary(0, _context.Workers, _context.Cancellation));

    private static int RowsOf(IItemStep step) =>
        Math.Max(SliceRows, BlockBytes / (sizeof(int) * step.Width) / SliceRows * SliceRows);
}
