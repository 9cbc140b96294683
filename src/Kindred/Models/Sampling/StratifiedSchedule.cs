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
    private readonly int[] _firstUsers; // [parts + 1]
    private readonly int[] _positions; // [pairs], by part of users, part of items, user
    private readonly int[] _blockStarts; // [parts², + 1]
    private readonly int[] _partOf; // [items]

    /// <param name="negativeExponent">β: negatives are drawn in proportion to popularity^β.</param>
    /// <param name="mostParts">B, at most; 1: all pairs are one block.</param>
    /// <param name="leastPartItems">Items that a part has at least, where there are so many.</param>
    public StratifiedSchedule(TrainingPairs pairs, float negativeExponent, int mostParts, int leastPartItems, Rng rng)
    {
        (_pairs, _negativeExponent, _rng) = (pairs, negativeExponent, rng);
        int byItems = pairs.Touched.Length / leastPartItems, byPairs = pairs.Observed.Count / LeastPartPairs;
        Parts = Math.Clamp(Math.Min(byItems, byPairs), 1, mostParts);
        _firstUsers = pairs.Observed.CutRows(Parts);
        _positions = new int[pairs.Observed.Count];
        _blockStarts = new int[(Parts * Parts) + 1];
        _partOf = new int[pairs.Observed.Columns];
    }

    /// <summary>B</summary>
    public int Parts { get; }

    private sealed record Worker(PairBlock Block, Learn Learn);

    /// <summary>What is done with a block.</summary>
    /// <returns>The sum of the losses, and how many they are.</returns>
    public delegate (double Loss, long Steps) Learn(PairBlock block, Rng rng);

    /// <param name="createLearner">Called once for each worker and stratum at least.</param>
    /// <returns>The mean loss.</returns>
    public double Run(int epoch, int workers, Func<Learn> createLearner, CancellationToken cancellation)
    {
        var samplers = Cut(epoch, workers, cancellation);
        var losses = new (double Loss, long Steps)[Parts * Parts];
        int[] strata = [.. Enumerable.Range(0, Parts)];
        _rng.Fork("strata", epoch).Shuffle<int>(strata);
        var pool = new ScratchPool<Worker>(() => new(new(_pairs.FirstSeen), createLearner()));
        foreach (int stratum in strata)
        {
            Blocks.ForEach(Parts, 1, workers, (users, _) =>
            {
                int items = (users + stratum) % Parts, block = (users * Parts) + items;
                if (samplers[items] is null) return;
                using var lease = pool.Take();
                var worker = lease.Scratch;
                var rng = _rng.Fork("block", epoch, block);
                worker.Block.Clear(samplers[items], Parts);
                Fill(worker.Block, users, block);
                worker.Block.Shuffle(rng);
                losses[block] = worker.Learn(worker.Block, rng);
            }, cancellation);
        }
        return losses.Sum(l => l.Loss) / Math.Max(1, losses.Sum(l => l.Steps));
    }

    // Draws the parts of the items and sorts the pairs by block.
    private NegativeSampler[] Cut(int epoch, int workers, CancellationToken cancellation)
    {
        int[] items = [.. _pairs.Touched];
        _rng.Fork("items", epoch).Shuffle<int>(items);
        var samplers = new NegativeSampler[Parts];
        Blocks.ForEach(Parts, 1, workers, (part, _) =>
        {
            int[] own = items[(int)((long)items.Length * part / Parts)..(int)((long)items.Length * (part + 1) / Parts)];
            foreach (int item in own) _partOf[item] = part;
            if (own.Length > 0) samplers[part] = new(own, _pairs.Popularity, _negativeExponent);
        }, cancellation);

        Blocks.ForEach(Parts, 1, workers, (users, _) =>
        {
            var columns = _pairs.Observed.Indices.Span;
            int first = _pairs.Observed.Starts.Span[_firstUsers[users]], end = _pairs.Observed.Starts.Span[_firstUsers[users + 1]];
            Span<int> next = stackalloc int[Parts + 1];
            for (int n = first; n < end; n++) next[_partOf[columns[n]] + 1]++;
            next[0] = first;
            for (int part = 0; part < Parts; part++)
            {
                next[part + 1] += next[part];
                _blockStarts[(users * Parts) + part] = next[part];
            }
            for (int n = first; n < end; n++) _positions[next[_partOf[columns[n]]]++] = n;
        }, cancellation);
        _blockStarts[^1] = _positions.Length;
        return samplers;
    }

    private void Fill(PairBlock block, int users, int number)
    {
        var positions = _positions.AsSpan(_blockStarts[number].._blockStarts[number + 1]);
        var starts = _pairs.Observed.Starts.Span;
        int user = _firstUsers[users];
        for (int n = 0, end; n < positions.Length; n = end)
        {
            while (positions[n] >= starts[user + 1]) user++;
            for (end = n + 1; end < positions.Length && positions[end] < starts[user + 1];) end++;
            _pairs.AddTo(block, user, positions[n..end]);
        }
    }
}
