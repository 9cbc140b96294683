using Kindred.Numerics;
using Kindred.Numerics.Sparse;

namespace Kindred.Models.Neighbours;

/// <summary>The table of the nearest columns, from the start.</summary>
internal static class TableBuild
{
    private const int BlockRanks = 16;

    /// <remarks>
    /// Each pair is computed once, where the less frequent of the two has its turn, and offered to both. The turns are shuffled, so that no
    /// similarity that grows or falls with popularity makes every offer the best so far.
    /// </remarks>
    public static SimilarityTable Of(NeighbourSums sums, NeighbourTrainer options, TrainingContext context)
    {
        int columns = sums.Columns, k = Math.Min(options.Neighbours, Math.Max(1, columns - 1)), done = 0;
        var lists = new NearestLists(columns, k, options.MinimumSimilarity);
        int[] turns = [.. Enumerable.Range(0, Blocks.Count(columns, BlockRanks))];
        new Rng(0).Fork("turns").Shuffle<int>(turns);
        Blocks.ForEach(turns.Length, 1, context.Workers, () =>
            (new float[columns], new float[options.MinimumOverlap > 1 ? columns : 0]), (turn, _, _, scratch) =>
        {
            int first = turns[turn] * BlockRanks, end = Math.Min(columns, first + BlockRanks);
            for (int rank = first; rank < end; rank++) sums.OfferBefore(rank, scratch.Item1, scratch.Item2, lists);
            int soFar = Interlocked.Add(ref done, end - first);
            if (soFar * 100L / columns != (soFar - (end - first)) * 100L / columns) context.Progress?.Report(new(soFar, columns, "item"));
        }, context.Cancellation);
        Blocks.ForEach(columns, 256, context.Workers, (first, end) => { for (int rank = first; rank < end; rank++) lists.Sort(rank); },
            context.Cancellation);
        return SimilarityTable.From(columns, column => lists.Of(sums.Gram.RankOf[column]));
    }
}
