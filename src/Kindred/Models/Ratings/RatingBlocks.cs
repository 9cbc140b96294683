using Kindred.Numerics;
using Kindred.Numerics.Sgd;

namespace Kindred.Models.Ratings;

/// <summary>
/// Ratings packed in blocks that can be learned from at once: the stratified schedule of R. Gemulla, E. Nijkamp, P. Haas, Y. Sismanis,
/// "Large-Scale Matrix Factorization with Distributed Stochastic Gradient Descent", KDD 2011, §3–4, over a cut that is made once.
/// </summary>
/// <remarks>
/// Users and items are cut into B parts with about as many ratings each, the ratings so into B² blocks. A stratum is B blocks without a
/// common user or item; its blocks run at once, its B strata one after another in random order: an epoch visits each rating once. Within a
/// block ratings stand by user, so that they stream past one row of a user and the part's rows of items, which are few enough for the
/// second-level cache. Unlike <see cref="Kindred.Models.Sampling.StratifiedSchedule"/> there are no negatives to draw from a part, so
/// nothing is cut or shuffled anew in each epoch. B comes from the data alone. Memory: 8 bytes a rating, 8 for each user in each block.
/// </remarks>
internal sealed class RatingBlocks
{
    private const int LeastBlockRatings = 1024, UsualParts = 16, CachedFloats = 1 << 17;

    private readonly int[] _firstUsers; // [parts + 1]
    private readonly int[] _partOf; // [items]
    private readonly int[] _items, _runUsers, _runStarts, _blockRuns; // [ratings], [runs], [runs + 1], [parts² + 1]
    private readonly float[] _ratings;

    /// <param name="observed">[users, items]</param>
    /// <param name="mean">Is taken from the ratings.</param>
    /// <param name="columns">Of a row of factors.</param>
    public RatingBlocks(SparseMatrix observed, float mean, int columns, int workers, CancellationToken cancellation)
    {
        int byCache = (int)((((long)observed.Columns * columns) + CachedFloats - 1) / CachedFloats);
        int byRatings = (int)Math.Sqrt(observed.Count / LeastBlockRatings);
        Parts = Math.Max(1, Math.Min(byRatings, Math.Max(UsualParts, byCache)));
        _firstUsers = observed.CutRows(Parts);
        (_partOf, PlaceOf) = CutItems(observed, Parts);
        var (entries, runs) = Count(observed, workers, cancellation);
        (_items, _ratings) = (new int[observed.Count], new float[observed.Count]);
        (_runUsers, _runStarts, _blockRuns) = (new int[runs[^1]], new int[runs[^1] + 1], runs);
        Fill(observed, mean, entries, workers, cancellation);
    }

    /// <summary>B</summary>
    public int Parts { get; }

    /// <summary>[items]: in which row of its factors an item is; those of a part stand together.</summary>
    public int[] PlaceOf { get; }

    /// <summary>What is done with a block.</summary>
    /// <returns>Its loss.</returns>
    public delegate double Learn(in EntryRuns runs);

    /// <param name="order">Of the strata.</param>
    /// <returns>The mean loss.</returns>
    public double Run(Rng order, int workers, Learn learn, CancellationToken cancellation)
    {
        var losses = new double[Parts * Parts];
        int[] strata = [.. Enumerable.Range(0, Parts)];
        order.Shuffle<int>(strata);
        foreach (int stratum in strata)
        {
            Blocks.ForEach(Parts, 1, workers, (part, _) =>
            {
                // the part of popular items comes first: it is the longest
                int items = part, users = (part + stratum) % Parts, block = (users * Parts) + items;
                int first = _blockRuns[block], end = _blockRuns[block + 1];
                losses[block] = learn(new(_runUsers.AsSpan(first..end), _runStarts.AsSpan(first, end - first + 1), _items, _ratings));
            }, cancellation);
        }
        return losses.Sum() / Math.Max(1, _ratings.Length);
    }

    // Where each block's entries and runs begin; blocks by part of users, then by part of items.
    private (int[] Entries, int[] Runs) Count(SparseMatrix observed, int workers, CancellationToken cancellation)
    {
        var (entries, runs) = (new int[(Parts * Parts) + 1], new int[(Parts * Parts) + 1]);
        Blocks.ForEach(Parts, 1, workers, (part, _) =>
        {
            var lastUsers = new int[Parts];
            for (int user = _firstUsers[part]; user < _firstUsers[part + 1]; user++)
            {
                foreach (int item in observed.Row(user).Columns)
                {
                    int of = _partOf[item];
                    entries[(part * Parts) + of + 1]++;
                    if (lastUsers[of] == user + 1) continue;
                    runs[(part * Parts) + of + 1]++;
                    lastUsers[of] = user + 1;
                }
            }
        }, cancellation);
        for (int block = 0; block < Parts * Parts; block++)
        {
            entries[block + 1] += entries[block];
            runs[block + 1] += runs[block];
        }
        return (entries, runs);
    }

    private void Fill(SparseMatrix observed, float mean, int[] entries, int workers, CancellationToken cancellation)
    {
        Blocks.ForEach(Parts, 1, workers, (part, _) =>
        {
            int first = part * Parts;
            int[] nextEntry = entries[first..(first + Parts)], nextRun = _blockRuns[first..(first + Parts)], lastUsers = new int[Parts];
            for (int user = _firstUsers[part]; user < _firstUsers[part + 1]; user++)
            {
                var row = observed.Row(user);
                for (int n = 0; n < row.Length; n++)
                {
                    int item = row.Columns[n], of = _partOf[item];
                    if (lastUsers[of] != user + 1)
                    {
                        (_runUsers[nextRun[of]], _runStarts[nextRun[of]++]) = (user, nextEntry[of]);
                        lastUsers[of] = user + 1;
                    }
                    (_items[nextEntry[of]], _ratings[nextEntry[of]++]) = (PlaceOf[item], row.Values[n] - mean);
                }
            }
        }, cancellation);
        _runStarts[^1] = observed.Count;
    }

    // Popular items first, each into the part that has the fewest ratings so far.
    private static (int[] PartOf, int[] PlaceOf) CutItems(SparseMatrix observed, int parts)
    {
        var popularity = new int[observed.Columns];
        foreach (int item in observed.Indices.Span) popularity[item]++;
        int[] items = [.. Enumerable.Range(0, observed.Columns).OrderByDescending(item => popularity[item])];
        var lightest = new PriorityQueue<int, (long Ratings, int Part)>(Enumerable.Range(0, parts).Select(part => (part, (0L, part))));
        var (partOf, placeOf) = (new int[items.Length], new int[items.Length]);
        foreach (int item in items)
        {
            lightest.TryDequeue(out int part, out var load);
            partOf[item] = part;
            lightest.Enqueue(part, (load.Ratings + Math.Max(1, popularity[item]), part));
        }
        int place = 0;
        foreach (int item in items.OrderBy(item => partOf[item])) placeOf[item] = place++;
        return (partOf, placeOf);
    }
}
