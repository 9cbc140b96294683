namespace Kindred.Numerics.Search;

/// <summary>
/// Centroids that vectors are near to, by Euclidean distance: S. P. Lloyd, "Least Squares Quantization in PCM", IEEE Transactions on
/// Information Theory 1982. The start is drawn from the distribution that O. Bachem, M. Lucic, S. H. Hassani, A. Krause propose from in
/// "Fast and Provably Good Seedings for k-Means", NIPS 2016 (half uniform, half by the squared distance from the mean), without their
/// chains: one pass.
/// </summary>
/// <remarks>Deterministic at any number of workers. Cost: iterations·vectors·centroids·d multiply-adds.</remarks>
internal static class KMeans
{
    /// <param name="vectors">[vectors, d], at least one.</param>
    /// <param name="count">1…vectors</param>
    /// <returns>[count, d]</returns>
    public static Matrix Train(Matrix vectors, int count, int iterations, Rng rng, int workers, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, vectors.Rows);
        var centroids = Start(vectors, count, rng);
        var ones = new float[vectors.Rows];
        ones.AsSpan().Fill(1);
        var nearest = new int[vectors.Rows];
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            new NearestCentroids(centroids).FindAll(vectors, ones, nearest, workers, cancellation);
            var groups = RowGroups.Of(nearest, count);
            Means(vectors, groups, centroids, workers, cancellation);
            for (int n = 0; n < count; n++) // one that nothing is near to begins anew elsewhere
                if (groups.Of(n).IsEmpty) vectors.Row(rng.NextInt(vectors.Rows)).CopyTo(centroids.Row(n));
        }
        return centroids;
    }

    /// <summary>means(n) ← the mean of group n, left as it was where the group is empty.</summary>
    public static void Means(Matrix vectors, RowGroups groups, Matrix means, int workers, CancellationToken cancellation) =>
        Blocks.ForEach(groups.Count, 1, workers, (first, _) =>
        {
            var rows = groups.Of(first);
            if (rows.IsEmpty) return;
            var mean = means.Row(first);
            mean.Clear();
            foreach (int row in rows) Kernels.AddScaled(1f / rows.Length, vectors.Row(row), mean);
        }, cancellation);

    // A. Efraimidis, P. Spirakis, "Weighted Random Sampling with a Reservoir", IPL 2006: those of the greatest log(u) / weight
    private static Matrix Start(Matrix vectors, int count, Rng rng)
    {
        var mean = new float[vectors.Columns];
        for (int row = 0; row < vectors.Rows; row++) Kernels.AddScaled(1f / vectors.Rows, vectors.Row(row), mean);
        var distances = new double[vectors.Rows];
        var difference = new float[vectors.Columns];
        for (int row = 0; row < vectors.Rows; row++)
        {
            vectors.Row(row).CopyTo(difference);
            Kernels.AddScaled(-1, mean, difference);
            distances[row] = Kernels.Dot(difference, difference);
        }
        double average = distances.Sum() / vectors.Rows;
        var keys = Array.ConvertAll(distances, distance => -Math.Log(1 - rng.NextDouble()) / (1 + (average > 0 ? distance / average : 0)));
        int[] rows = [.. Enumerable.Range(0, vectors.Rows)];
        Array.Sort(keys, rows);
        var centroids = new Matrix(count, vectors.Columns);
        for (int n = 0; n < count; n++) vectors.Row(rows[n]).CopyTo(centroids.Row(n));
        return centroids;
    }
}
