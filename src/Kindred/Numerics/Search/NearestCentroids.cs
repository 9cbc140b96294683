using System.Numerics;
using System.Runtime.Intrinsics;

namespace Kindred.Numerics.Search;

/// <summary>
/// Centroids packed to find the nearest one of each of many vectors, by Euclidean distance; equally near ones: the first.
/// </summary>
/// <remarks>
/// The nearest has the greatest ⟨x, c⟩ − ‖c‖² / 2, an inner product in one dimension more, where vectors are 1: so products come from
/// <see cref="InnerProductTile"/>, 64 vectors while a tile of centroids is in the first-level cache. Results do not depend on the width of
/// a register. Cost: vectors·centroids·d multiply-adds. Immutable.
/// </remarks>
internal sealed unsafe class NearestCentroids
{
    /// <summary>Vectors that pass a tile of centroids together.</summary>
    public const int BlockRows = 64;

    private readonly Memory<float> _packed; // [tiles, d + 1, centroids of a tile]
    private readonly int _count, _dimensions;

    /// <param name="centroids">[centroids, d], copied.</param>
    public NearestCentroids(Matrix centroids)
    {
        (_count, _dimensions) = (centroids.Rows, centroids.Columns);
        int width = InnerProductTile.Rows, tiles = Blocks.Count(_count, width), tileFloats = (_dimensions + 1) * width;
        _packed = AlignedMemory.Allocate<float>(checked(tiles * tileFloats));
        for (int n = 0; n < tiles * width; n++)
        {
            var target = _packed.Span[((n / width * tileFloats) + (n % width))..];
            if (n >= _count)
            {
                target[_dimensions * width] = float.NegativeInfinity; // nothing is near to what fills up the last tile
                continue;
            }
            var centroid = centroids.Row(n);
            for (int k = 0; k < _dimensions; k++) target[k * width] = centroid[k];
            target[_dimensions * width] = -Kernels.Dot(centroid, centroid) / 2;
        }
    }

    /// <param name="vectors">[any, d]; row n counts as scales[n]·row.</param>
    /// <param name="scales">[any]</param>
    /// <param name="nearest">[vectors], overwritten.</param>
    public void FindAll(Matrix vectors, ReadOnlyMemory<float> scales, Memory<int> nearest, int workers, CancellationToken cancellation) =>
        Blocks.ForEach(vectors.Rows, BlockRows, workers, () => new float[BlockRows * (_dimensions + 1)], (_, first, end, packed) =>
        {
            if (Vector512.IsHardwareAccelerated) Find<Simd512>(vectors, scales.Span, first, nearest.Span[first..end], packed);
            else Find<SimdNative>(vectors, scales.Span, first, nearest.Span[first..end], packed);
        }, cancellation);

    private void Find<T>(Matrix vectors, ReadOnlySpan<float> scales, int first, Span<int> nearest, float[] packed)
        where T : struct, ISimd<T>
    {
        const int Rows = InnerProductTile.Queries;
        int d = _dimensions + 1, width = 3 * T.Count;
        Pack(vectors, scales, first, nearest.Length, packed);
        float* best = stackalloc float[BlockRows], scores = stackalloc float[Rows * width];
        new Span<float>(best, BlockRows).Fill(float.NegativeInfinity);
        nearest.Clear();
        fixed (float* queries = packed, centroids = _packed.Span)
        {
            for (int tile = 0; tile * width < _count; tile++)
            {
                for (int row = 0; row < nearest.Length; row += Rows)
                {
                    int rows = Math.Min(Rows, nearest.Length - row);
                    InnerProductTile.Multiply<T>(queries + (row * d), rows, centroids + ((long)tile * d * width), d, scores);
                    for (int r = 0; r < rows; r++)
                        if (Greatest<T>(scores + (r * width), ref best[row + r]) is >= 0 and int lane)
                            nearest[row + r] = (tile * width) + lane;
                }
            }
        }
    }

    // the first place of the greatest score above the best, which becomes it; −1: none is
    private static int Greatest<T>(float* scores, ref float best) where T : struct, ISimd<T>
    {
        T bar = T.Broadcast(best);
        ulong passed = T.Load(scores).AtLeast(bar)
            | ((ulong)T.Load(scores + T.Count).AtLeast(bar) << T.Count)
            | ((ulong)T.Load(scores + (2 * T.Count)).AtLeast(bar) << (2 * T.Count));
        int found = -1;
        for (; passed != 0; passed &= passed - 1)
        {
            int lane = BitOperations.TrailingZeroCount(passed);
            if (scores[lane] > best) (best, found) = (scores[lane], lane);
        }
        return found;
    }

    // [⌈rows / 8⌉, d + 1, 8]
    private void Pack(Matrix vectors, ReadOnlySpan<float> scales, int first, int rows, float[] packed)
    {
        const int Width = InnerProductTile.Queries;
        for (int row = 0; row < rows; row++)
        {
            var target = packed.AsSpan((row / Width * Width * (_dimensions + 1)) + (row % Width));
            var vector = vectors.Row(first + row);
            float scale = scales[first + row];
            for (int k = 0; k < vector.Length; k++) target[k * Width] = vector[k] * scale;
            target[_dimensions * Width] = 1;
        }
    }
}
