using Kindred.Numerics;

namespace Kindred.Benchmarks;

/// <summary>
/// Vectors as factor models learn them: items in clusters, a spectrum that falls off, lengths that differ (log-normal, as popularity makes
/// them); queries that mean a few clusters at once, as a user does.
/// </summary>
internal static class GeneratedVectors
{
    private const int Clusters = 500, BlockRows = 4096;

    private const float Spread = 0.7f, LengthSpread = 0.4f, QuerySpread = 0.3f;

    public static (Matrix Items, Matrix Queries) Create(int items, int dimensions, int queries)
    {
        var rng = new Rng(5);
        var centres = new Matrix(Clusters, dimensions);
        for (int c = 0; c < Clusters; c++) Draw(rng, centres.Row(c));
        var (all, asked) = (new Matrix(items, dimensions), new Matrix(queries, dimensions));
        Blocks.ForEach(items, BlockRows, Environment.ProcessorCount, () => new float[dimensions], (block, first, end, noise) =>
        {
            var own = rng.Fork("items", block);
            for (int item = first; item < end; item++)
            {
                var row = all.Row(item);
                Draw(own, noise);
                centres.Row(own.NextInt(Clusters)).CopyTo(row);
                Kernels.AddScaled(Spread, noise, row);
                float length = MathF.Exp(LengthSpread * (float)own.NextNormal()) / MathF.Sqrt(Kernels.Dot(row, row));
                foreach (ref float value in row) value *= length;
            }
        }, default);
        var drawn = rng.Fork("queries");
        var around = new float[dimensions];
        for (int query = 0; query < queries; query++)
        {
            for (int n = 0; n < 3; n++) Kernels.AddScaled(1 - (0.3f * n), all.Row(drawn.NextInt(items)), asked.Row(query));
            Draw(drawn, around);
            Kernels.AddScaled(QuerySpread, around, asked.Row(query));
        }
        return (all, asked);
    }

    private static void Draw(Rng rng, Span<float> vector)
    {
        for (int k = 0; k < vector.Length; k++) vector[k] = (float)rng.NextNormal() / MathF.Sqrt(1 + (k / 8f));
        float length = MathF.Sqrt(Kernels.Dot(vector, vector));
        foreach (ref float value in vector) value /= length;
    }
}
