using Kindred.Numerics;
using Kindred.Numerics.Search;

namespace Kindred.Retrieval.Indexes.Ivf;

/// <summary>Makes <see cref="IvfProductCodes"/>.</summary>
/// <param name="eta">How many times as much an error counts along the vector as across it.</param>
internal sealed class IvfProductEncoder(IndexVectors vectors, IvfLists lists, float eta)
{
    private const int BlockRows = Int4Rows.BlockRows, SampledBlocks = 512;

    private readonly int[] _firstBlocks = IvfProductCodes.FirstBlocksOf(lists);

    public IvfProductCodes Encode(int subspaceDimensions, IndexContext context, Action<int> done)
    {
        int blocks = _firstBlocks[^1];
        var scales = new float[blocks];
        var rng = new Rng((ulong)context.Seed).Fork("product codes");
        var codebooks = ProductCodebooks.Train(
            Sample(scales, rng, context), subspaceDimensions, rng, context.Workers, context.Cancellation);
        var codes = new Int4Rows(blocks, codebooks.Subspaces);
        Blocks.ForEach(lists.Count, 1, context.Workers, () => new Scratch(vectors.Dimensions, codebooks.Subspaces), (_, list, _, scratch) =>
        {
            lists.CopyCentroid(list, scratch.Centroid);
            for (int block = _firstBlocks[list]; block < _firstBlocks[list + 1]; block++)
            {
                var (first, count) = RowsOf(list, block);
                for (int lane = 0; lane < count; lane++)
                {
                    var vector = vectors.Rows.Row(first + lane);
                    Difference(vector, scratch.Centroid, 1 / scales[block], scratch.Difference);
                    IndexVectors.Put(vector, IndexMetric.Cosine, scratch.Direction);
                    codebooks.Encode(scratch.Difference, scratch.Direction, eta, scratch.Codes, scratch.Errors);
                    codes.Set(block, lane, scratch.Codes);
                }
            }
            done(lists.SizeOf(list));
        }, context.Cancellation);
        return new(lists, codebooks, codes, scales, _firstBlocks);
    }

    // [rows, d]: the scaled differences of some blocks; sets the scales of all
    private Matrix Sample(float[] scales, Rng rng, IndexContext context)
    {
        int[] blocks = [.. Enumerable.Range(0, scales.Length)];
        rng.Shuffle<int>(blocks);
        var places = new int[scales.Length];
        Array.Fill(places, -1);
        for (int n = 0; n < Math.Min(SampledBlocks, blocks.Length); n++) places[blocks[n]] = n * BlockRows;
        var sample = new Matrix(Math.Min(SampledBlocks, blocks.Length) * BlockRows, vectors.Dimensions);
        Blocks.ForEach(lists.Count, 1, context.Workers, () => new float[2 * vectors.Dimensions], (_, list, _, scratch) =>
        {
            Span<float> centroid = scratch.AsSpan(0, vectors.Dimensions), difference = scratch.AsSpan(vectors.Dimensions);
            lists.CopyCentroid(list, centroid);
            for (int block = _firstBlocks[list]; block < _firstBlocks[list + 1]; block++)
            {
                scales[block] = ScaleOf(list, block, centroid, difference);
                if (places[block] < 0) continue;
                var (first, count) = RowsOf(list, block);
                for (int lane = 0; lane < BlockRows; lane++) // a block that is not full counts as if it were, its rows again and again
                    Difference(vectors.Rows.Row(first + (lane % count)), centroid, 1 / scales[block], sample.Row(places[block] + lane));
            }
        }, context.Cancellation);
        return sample;
    }

    private (int First, int Count) RowsOf(int list, int block)
    {
        int first = lists.Starts.Span[list] + ((block - _firstBlocks[list]) * BlockRows);
        return (first, Math.Min(BlockRows, lists.Starts.Span[list + 1] - first));
    }

    // never zero, even where all rows are the centroid, so that it can be divided by
    private float ScaleOf(int list, int block, ReadOnlySpan<float> centroid, Span<float> difference)
    {
        const float Least = 1e-6f;
        var (first, count) = RowsOf(list, block);
        double sum = 0, length = 0;
        for (int row = first; row < first + count; row++)
        {
            Difference(vectors.Rows.Row(row), centroid, 1, difference);
            sum += Kernels.Dot(difference, difference);
            length += Kernels.Dot(vectors.Rows.Row(row), vectors.Rows.Row(row));
        }
        return (float)Math.Sqrt(Math.Max(sum, Least * Least * length) / count);
    }

    private static void Difference(ReadOnlySpan<float> vector, ReadOnlySpan<float> centroid, float scale, Span<float> difference)
    {
        for (int k = 0; k < vector.Length; k++) difference[k] = (vector[k] - centroid[k]) * scale;
    }

    private sealed class Scratch(int dimensions, int subspaces)
    {
        public float[] Centroid { get; } = new float[dimensions];

        public float[] Difference { get; } = new float[dimensions];

        public float[] Direction { get; } = new float[dimensions];

        public byte[] Codes { get; } = new byte[subspaces];

        public float[] Errors { get; } = new float[2 * subspaces * Int4Rows.Codewords];
    }
}
