using Kindred.Numerics;
using Kindred.Numerics.Search;

namespace Kindred.Retrieval.Indexes.Ivf;

/// <summary>
/// Cuts vectors into lists by k-means. What is clustered are not the vectors x but ‖x‖^(p − 1)·x: with the inner product it is the long
/// ones that are found, so that these get the many small lists, among others as long as they, and the short ones share few large lists that
/// are seldom looked into.
/// </summary>
/// <param name="Power">p ≥ 1; 1: plain k-means. Makes no difference to the cosine, where all are one long.</param>
internal sealed record IvfPartition(int Lists, int Iterations, float Power)
{
    private const int SampledOfAList = 128;

    /// <returns>The vectors in the order of the lists, and the lists.</returns>
    public (IndexVectors Vectors, IvfLists Lists) Cut(IndexVectors vectors, IndexContext context)
    {
        var scales = ScalesOf(vectors.Rows);
        var rng = new Rng((ulong)context.Seed).Fork("lists");
        var nearest = new int[vectors.Count];
        if (vectors.Count > 0)
        {
            var centroids = KMeans.Train(Sample(vectors.Rows, scales, rng), Lists, Iterations, rng, context.Workers, context.Cancellation);
            new NearestCentroids(centroids).FindAll(vectors.Rows, scales, nearest, context.Workers, context.Cancellation);
        }
        var groups = RowGroups.Of(nearest, vectors.Count > 0 ? Lists : 0);
        var lists = Around(vectors, groups, context);
        return (InOrder(vectors, groups, context), lists);
    }

    // so that the longest vector is one long, and no power of a length is too large
    private float[] ScalesOf(Matrix rows)
    {
        var lengths = new float[rows.Rows];
        for (int row = 0; row < lengths.Length; row++) lengths[row] = MathF.Sqrt(Kernels.Dot(rows.Row(row), rows.Row(row)));
        float longest = lengths.Length == 0 ? 1 : lengths.Max();
        return Array.ConvertAll(lengths, length => MathF.Pow(length / longest, Power - 1) / longest);
    }

    private Matrix Sample(Matrix rows, float[] scales, Rng rng)
    {
        int[] order = [.. Enumerable.Range(0, rows.Rows)];
        rng.Shuffle<int>(order);
        var sample = new Matrix((int)Math.Min(rows.Rows, (long)Lists * SampledOfAList), rows.Columns);
        for (int n = 0; n < sample.Rows; n++) Kernels.AddScaled(scales[order[n]], rows.Row(order[n]), sample.Row(n));
        return sample;
    }

    // the centroids are the means of the vectors as they are; sorts the rows of each group, the farthest first
    private static IvfLists Around(IndexVectors vectors, RowGroups groups, IndexContext context)
    {
        var means = new Matrix(groups.Count, vectors.Dimensions);
        KMeans.Means(vectors.Rows, groups, means, context.Workers, context.Cancellation);
        var centroids = new Int8Rows(groups.Count, vectors.Dimensions);
        for (int list = 0; list < groups.Count; list++) centroids.Set(list, means.Row(list));
        var spreads = new float[groups.Count];
        var lists = new IvfLists(centroids, spreads, groups.Starts.ToArray());
        Blocks.ForEach(groups.Count, 1, context.Workers, () => new float[2 * vectors.Dimensions], (_, list, _, scratch) =>
        {
            Span<float> centroid = scratch.AsSpan(0, vectors.Dimensions), difference = scratch.AsSpan(vectors.Dimensions);
            lists.CopyCentroid(list, centroid);
            var rows = groups.Of(list);
            var distances = new float[rows.Length];
            double sum = 0;
            for (int n = 0; n < rows.Length; n++)
            {
                vectors.Rows.Row(rows[n]).CopyTo(difference);
                Kernels.AddScaled(-1, centroid, difference);
                float squared = Kernels.Dot(difference, difference);
                sum += squared;
                distances[n] = -squared;
            }
            spreads[list] = rows.IsEmpty ? 0 : (float)Math.Sqrt(sum / rows.Length);
            distances.AsSpan().Sort(rows, static (a, b) => a.CompareTo(b));
        }, context.Cancellation);
        return lists;
    }

    private static IndexVectors InOrder(IndexVectors vectors, RowGroups groups, IndexContext context)
    {
        var rows = new Matrix(vectors.Count, vectors.Dimensions);
        var items = new int[vectors.Count];
        Blocks.ForEach(groups.Count, 1, context.Workers, (list, _) =>
        {
            int next = groups.Starts[list];
            foreach (int row in groups.Of(list))
            {
                vectors.Rows.Row(row).CopyTo(rows.Row(next));
                items[next++] = vectors.Items.Span[row];
            }
        }, context.Cancellation);
        return new(vectors.Metric, rows, items);
    }
}
