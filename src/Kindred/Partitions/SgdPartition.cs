using Kindred.Models.Sampling;
using Kindred.Models.Sgd;
using Kindred.Numerics;

namespace Kindred.Partitions;

/// <summary>What a partition adds to a mean over all of them.</summary>
/// <param name="Sum">Of the partition's values.</param>
/// <param name="Count">How many they are.</param>
internal readonly record struct PartitionMean(int Partition, double Sum, long Count)
{
    /// <returns>The mean, summed in the order of partitions, so that it has the same bits everywhere; null: there are no values.</returns>
    public static double? Of(IEnumerable<PartitionMean> parts)
    {
        double sum = 0;
        long count = 0;
        foreach (var part in parts.OrderBy(part => part.Partition)) (sum, count) = (sum + part.Sum, count + part.Count);
        return count == 0 ? null : sum / count;
    }
}

/// <summary>The users of one partition in an <see cref="SgdTrainer"/>, their pairs and embeddings.</summary>
/// <param name="number">Of the partition; the first embeddings depend on it.</param>
internal sealed class SgdPartition(SparseMatrix observed, int number)
{
    private FactorRows? _users;
    private PairCells? _cells;

    /// <summary>[users, items]</summary>
    public SparseMatrix Observed => observed;

    /// <summary>[users, d]</summary>
    public FactorRows Users => _users!;

    /// <summary>The losses of the epoch so far.</summary>
    public PartitionMean Losses { get; private set; }

    public PartitionMean Weights()
    {
        double weight = 0;
        foreach (float value in observed.Values.Span) weight += value;
        return new(number, weight, observed.Count);
    }

    /// <summary>Gives the users their first embeddings.</summary>
    public void Begin(SgdTrainer options, PairTotals totals, Rng rng)
    {
        _users = new(options.FirstUsers(observed, number, rng), options.AdaptiveRate);
        _cells = new(new(observed, totals), 0, observed.Rows);
    }

    /// <summary>Begins an epoch.</summary>
    public void Cut(ItemCut cut)
    {
        _cells!.Cut(cut);
        Losses = new(number, 0, 0);
    }

    /// <summary>Learns the pairs of the users with one part of the items.</summary>
    public void Learn(int part, PairBlock block, StratifiedSchedule.Learn learn, Rng rng)
    {
        var (loss, steps) = _cells!.Learn(part, block, learn, rng);
        Losses = new(number, Losses.Sum + loss, Losses.Count + steps);
    }
}
