using Kindred.Models;
using Kindred.Models.Sampling;
using Kindred.Models.Sgd;
using Kindred.Numerics;

namespace Kindred.Partitions;

/// <summary>
/// One process's share of an <see cref="SgdTrainer"/> on partitions, by strata: R. Gemulla, E. Nijkamp, P. Haas, Y. Sismanis, "Large-Scale
/// Matrix Factorization with Distributed Stochastic Gradient Descent", KDD 2011, §4.
/// </summary>
/// <remarks>
/// Each epoch cuts the items at random into B parts, at most as many as there are partitions, P. Stratum s of P is the cells of each
/// partition p with part (p + s) mod P, where there is such a part: they share neither users nor items, so that they are learned in any
/// order and anywhere, with the same bits. Users stay with their partition; after a stratum each part moves to the partition before: it is
/// a ring. A process has all items in memory, of which those are up to date that its partitions had last.
/// Memory: (users of its partitions + items) · d floats, 12 bytes a pair beside its events.
/// </remarks>
internal sealed class SgdWorker
{
    // What the counts of a block of items take.
    private const int CountRows = 1 << 20;

    private readonly SortedDictionary<int, SgdPartition> _partitions = [];
    private readonly TrainingContext _context;
    private readonly Rng _rng;
    private readonly ScratchPool<Scratch> _scratch;
    private readonly Lock _cutting = new();
    private readonly Dictionary<int, ItemCut> _cuts = []; // of the last epoch and of this one
    private readonly int[] _counts; // [items]
    private readonly long _users;

    private PairTotals? _totals;
    private FactorRows? _items;

    /// <param name="data">The partitions of all processes.</param>
    public SgdWorker(SgdTrainer options, IPartitionedEvents data, TrainingContext context)
        : this(options, data.Items.Count, data.Count, data.Users, context)
    {
    }

    /// <param name="partitions">Of all processes, as are the users.</param>
    public SgdWorker(SgdTrainer options, int items, int partitions, long users, TrainingContext context)
    {
        Check(options);
        TableSize.Check(options.Dimensions, items, items);
        (Given, Options, _context, Strata, _users) = (options, options, context, partitions, users);
        _counts = new int[items];
        _rng = options.RngOf(context);
        _scratch = new(() =>
        {
            var rows = new FactorTable(_partitions.Values.First().Users, Items, Options, Options.Biases);
            return new(new(), rows, Options.CreateLearner(rows, _counts));
        });
    }

    private sealed record Scratch(PairBlock Block, FactorTable Rows, StratifiedSchedule.Learn Learn);

    /// <summary>As they were given.</summary>
    public SgdTrainer Given { get; }

    /// <summary>With those that follow from the data, once all items are counted.</summary>
    public SgdTrainer Options { get; private set; }

    public IReadOnlyDictionary<int, SgdPartition> Partitions => _partitions;

    /// <summary>P: of an epoch, and how many partitions there are.</summary>
    public int Strata { get; }

    /// <summary>B: into how many the items are cut.</summary>
    public int Parts { get; private set; }

    /// <summary>[items, d]</summary>
    public FactorRows Items => _items!;

    /// <summary>[items], users of each.</summary>
    public int[] Popularity => _counts;

    /// <exception cref="InputException">An option is out of range, or cannot be used with partitions.</exception>
    public static void Check(SgdTrainer options)
    {
        options.Check();
        if (options.ExistingNegatives)
            throw new InputException("existingNegatives needs the first moment of each item over all users and cannot be used with "
                + "partitions; leave it out.");
    }

    /// <summary>Takes a partition's events in.</summary>
    public void Load(int partition, Interactions data) => _partitions[partition] = new(data.ByUser, partition);

    /// <summary>How many blocks of items users are counted in; the same in every process.</summary>
    public int CountBlocks => Blocks.Count(_counts.Length, CountRows);

    /// <returns>How many users of the partitions that are here have each item of a block; those of all processes add up.</returns>
    public int[] Count(int block)
    {
        int first = block * CountRows;
        var counts = new int[CountsOf(block).Length];
        foreach (var partition in _partitions.Values)
            foreach (int item in partition.Observed.Indices.Span)
                if ((uint)(item - first) < (uint)counts.Length) counts[item - first]++;
        return counts;
    }

    /// <returns>A block of <see cref="Popularity"/>.</returns>
    public Span<int> CountsOf(int block) =>
        _counts.AsSpan(block * CountRows, Math.Min(CountRows, _counts.Length - (block * CountRows)));

    /// <summary>Makes the first embeddings, once all items are counted.</summary>
    /// <param name="weights">Of all partitions.</param>
    public void Begin(IEnumerable<PartitionMean> weights)
    {
        Options = (SgdTrainer)Given.For(DataShape.Of(_users, 0, _counts));
        _totals = new(_counts, (float)(PartitionMean.Of(weights) ?? 1), Options.PropensityExponent);
        Parts = StratifiedSchedule.PartsOf(_totals, Strata, Options.LeastPartItems);
        _items = new(Options.FirstItems(_counts, _rng), Options.AdaptiveRate);
        foreach (var partition in _partitions.Values) partition.Begin(Options, _totals, _rng);
    }

    /// <returns>How the items are cut in an epoch; the same in every process.</returns>
    public ItemCut CutOf(int epoch)
    {
        lock (_cutting)
        {
            if (_cuts.TryGetValue(epoch, out var cut)) return cut;
            _cuts.Remove(epoch - 2);
            return _cuts[epoch] = new(
                _totals!, Parts, Options.NegativeExponent, _rng.Fork("items", epoch), _context.Workers, _context.Cancellation);
        }
    }

    /// <returns>The part of the items that a partition learns with in a stratum of P; at <see cref="Parts"/> or above: none.</returns>
    public static int PartOf(int partition, int stratum, int strata) => (partition + stratum) % strata;

    /// <returns>The partition that a part of the items is with in a stratum of P.</returns>
    public static int PartitionOf(int part, int stratum, int strata) => (part + strata - stratum) % strata;

    /// <returns>The items of a part whose last rows, before a stratum, are with some of the partitions.</returns>
    public int[] ItemsWith(Func<int, bool> has, int epoch, int stratum, int part)
    {
        var items = CutOf(epoch).ItemsOf(part);
        if (stratum > 0) return has(PartitionOf(part, stratum - 1, Strata)) ? items.ToArray() : [];
        var before = CutOf(epoch - 1);
        var found = new List<int>();
        foreach (int item in items) if (has(PartitionOf(before.PartOf[item], Strata - 1, Strata))) found.Add(item);
        return [.. found];
    }

    /// <summary>Learns the cells of the partitions that are here.</summary>
    /// <param name="stratum">From 0; its items are here.</param>
    public void Learn(int epoch, int stratum)
    {
        var cut = CutOf(epoch);
        int[] here = [.. _partitions.Keys];
        if (stratum == 0) Blocks.ForEach(here.Length, 1, _context.Workers, (n, _) => _partitions[here[n]].Cut(cut), _context.Cancellation);
        Blocks.ForEach(here.Length, 1, _context.Workers, (n, _) =>
            Learn(here[n], PartOf(here[n], stratum, Strata), epoch), _context.Cancellation);
    }

    private void Learn(int partition, int part, int epoch)
    {
        if (part >= Parts) return;
        using var lease = _scratch.Take();
        var (block, rows, learn) = lease.Scratch;
        (rows.Users, rows.Rate) = (_partitions[partition].Users, Options.RateAt(epoch));
        _partitions[partition].Learn(part, block, learn, _rng.Fork("block", epoch, ((long)partition * Parts) + part));
    }
}
