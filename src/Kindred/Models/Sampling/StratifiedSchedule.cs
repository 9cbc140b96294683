using Kindred.Numerics;

namespace Kindred.Models.Sampling;

/// <summary>
/// The order in which observed pairs are learned from, such that threads never touch a common row and the result does not depend on how
/// many they are. R. Gemulla, E. Nijkamp, P. Haas, Y. Sismanis, "Large-Scale Matrix Factorization with Distributed Stochastic Gradient
/// Descent", KDD 2011, §3–4.
/// </summary>
/// <remarks>
/// Users and items are cut into B parts each, the pairs so into B² blocks. A stratum is B blocks without a common user or item; its blocks
/// run at once, its B strata one after another, in random order: an epoch visits each pair once. Every block is shuffled by a generator
/// of its own, forked from (epoch, block). B comes from the data alone.
/// Negatives change rows too, so that a block must draw them from its own part of the items, and two items of different parts would never
/// be compared. The cut of the items is therefore drawn anew for each epoch, all cuts into equal parts being alike: the other items of an
/// item's part are then a uniform sample of all others, and a negative that is uniform within the part is uniform over all items, as in
/// serial training. What remains is that the negatives of one epoch are correlated, and that popularity^β is normalized within each part.
/// Smaller parts also mean fewer rows at a time: a block's rows stay in the cache, which makes an epoch faster than gathering at random.
/// Cost of an epoch beside the steps: two passes over the pairs, 4 bytes of memory for each.
/// </remarks>
internal sealed class StratifiedSchedule
{
    private const int LeastPartPairs = 2048;

    private readonly TrainingPairs _pairs;
    private readonly float _negativeExponent;
    private readonly Rng _rng;
    private readonly PairCells[] _users; // [parts]

    /// <param name="negativeExponent">β: negatives are drawn in proportion to popularity^β.</param>
    /// <param name="mostParts">B, at most; 1: all pairs are one block.</param>
    /// <param name="leastPartItems">Items that a part has at least, where there are so many.</param>
    public StratifiedSchedule(TrainingPairs pairs, float negativeExponent, int mostParts, int leastPartItems, Rng rng)
    {
        (_pairs, _negativeExponent, _rng) = (pairs, negativeExponent, rng);
        Parts = PartsOf(pairs.Totals, mostParts, leastPartItems);
        int[] first = pairs.Observed.CutRows(Parts);
        _users = [.. Enumerable.Range(0, Parts).Select(part => new PairCells(pairs, first[part], first[part + 1]))];
    }

    /// <summary>B</summary>
    public int Parts { get; }

    private sealed record Worker(PairBlock Block, Learn Learn);

    /// <summary>What is done with a block.</summary>
    /// <returns>The sum of the losses, and how many they are.</returns>
    public delegate (double Loss, long Steps) Learn(PairBlock block, Rng rng);

    /// <returns>B</returns>
    public static int PartsOf(PairTotals totals, int mostParts, int leastPartItems) =>
        (int)Math.Clamp(Math.Min(totals.Touched.Length / leastPartItems, totals.Pairs / LeastPartPairs), 1, mostParts);

    /// <param name="createLearner">Called once for each worker and stratum at least.</param>
    /// <returns>The mean loss.</returns>
    public double Run(int epoch, int workers, Func<Learn> createLearner, CancellationToken cancellation)
    {
        var cut = new ItemCut(_pairs.Totals, Parts, _negativeExponent, _rng.Fork("items", epoch), workers, cancellation);
        Blocks.ForEach(Parts, 1, workers, (users, _) => _users[users].Cut(cut), cancellation);
        var losses = new (double Loss, long Steps)[Parts * Parts];
        int[] strata = [.. Enumerable.Range(0, Parts)];
        _rng.Fork("strata", epoch).Shuffle<int>(strata);
        var pool = new ScratchPool<Worker>(() => new(new(_pairs.FirstSeen), createLearner()));
        foreach (int stratum in strata)
        {
            Blocks.ForEach(Parts, 1, workers, (users, _) =>
            {
                int items = (users + stratum) % Parts, block = (users * Parts) + items;
                using var lease = pool.Take();
                losses[block] = _users[users].Learn(
                    items, lease.Scratch.Block, lease.Scratch.Learn, _rng.Fork("block", epoch, block));
            }, cancellation);
        }
        return losses.Sum(l => l.Loss) / Math.Max(1, losses.Sum(l => l.Steps));
    }
}
