using Kindred.Numerics;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Indexes.Flat;

namespace Kindred.Reports.Maps;

/// <summary>
/// Places vectors in the plane so that those which are near each other stay so. J. Tang, J. Liu, M. Zhang, Q. Mei, "Visualizing Large-scale
/// and High-dimensional Data", WWW 2016, eq. 6, with the schedule of L. McInnes, J. Healy, J. Melville, "UMAP", 2018.
/// </summary>
/// <remarks>
/// Neighbours in the graph of nearest cosines attract each other by the gradient of log 1/(1 + ‖x − y‖²), others drawn at random repel.
/// One thread, so the same seed gives the same map. Cost: n²·d for the neighbours, n·k·6 steps an epoch.
/// </remarks>
internal static class NeighbourLayout
{
    private const int Neighbours = 12, Negatives = 5, Epochs = 150;
    private const float Spread = 10, LargestStep = 4, Near = 1e-3f;

    /// <param name="rows">[n, d], of length 1</param>
    /// <param name="start">[n, 2] Where each begins, such as its principal components.</param>
    /// <returns>[n, 2]</returns>
    public static Matrix Arrange(Matrix rows, Matrix start, int seed, CancellationToken cancellation = default)
    {
        int n = rows.Rows;
        int[] edges = Graph(rows, Math.Min(Neighbours, n - 1), cancellation);
        var places = Scaled(start);
        var rng = new Rng((ulong)seed).Fork("map");
        for (int epoch = 0; epoch < Epochs && edges.Length > 0; epoch++)
        {
            cancellation.ThrowIfCancellationRequested();
            float rate = 1 - (epoch / (float)Epochs);
            for (int e = 0; e < edges.Length; e += 2)
            {
                Span<float> from = places.Row(edges[e]), to = places.Row(edges[e + 1]);
                float x = from[0] - to[0], y = from[1] - to[1], pull = -2 / (1 + (x * x) + (y * y));
                float dx = rate * Step(pull * x), dy = rate * Step(pull * y);
                (from[0], from[1], to[0], to[1]) = (from[0] + dx, from[1] + dy, to[0] - dx, to[1] - dy);
                for (int negative = 0; negative < Negatives; negative++)
                {
                    int other = rng.NextInt(n);
                    if (other == edges[e]) continue;
                    Span<float> away = places.Row(other);
                    (x, y) = (from[0] - away[0], from[1] - away[1]);
                    float distance = (x * x) + (y * y), push = 2 / ((Near + distance) * (1 + distance));
                    (from[0], from[1]) = (from[0] + (rate * Step(push * x)), from[1] + (rate * Step(push * y)));
                }
            }
        }
        return places;
    }

    private static float Step(float gradient) => Math.Clamp(gradient, -LargestStep, LargestStep);

    /// <returns>Pairs of a vector and one of its nearest, one after the other.</returns>
    private static int[] Graph(Matrix rows, int neighbours, CancellationToken cancellation)
    {
        var edges = new int[2 * rows.Rows * Math.Max(0, neighbours)];
        if (edges.Length == 0) return edges;
        var index = new FlatIndex.Builder { Metric = IndexMetric.InnerProduct }.Build(rows, new() { Cancellation = cancellation });
        Blocks.ForEach(rows.Rows, 64, Environment.ProcessorCount, (first, end) =>
        {
            var (items, scores) = (new int[neighbours + 1], new float[neighbours + 1]);
            for (int row = first; row < end; row++)
            {
                int count = index.Search(IndexQuery.Of(rows.Row(row), [], null, rows.Rows, 0), items, scores), at = 2 * row * neighbours;
                int last = at + (2 * neighbours);
                for (int n = 0; n < count && at < last; n++)
                {
                    if (items[n] == row) continue;
                    edges[at++] = row;
                    edges[at++] = items[n];
                }
                while (at < last) edges[at++] = row; // an edge to itself pulls nowhere
            }
        }, cancellation);
        return edges;
    }

    private static Matrix Scaled(Matrix start)
    {
        float largest = 1e-12f;
        foreach (float value in start.Values.Span) largest = Math.Max(largest, Math.Abs(value));
        var scaled = start.Copy();
        foreach (ref float value in scaled.Values.Span) value *= Spread / largest;
        return scaled;
    }
}
