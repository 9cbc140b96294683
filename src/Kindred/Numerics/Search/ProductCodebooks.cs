using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Kindred.Numerics.Search;

/// <summary>
/// Product quantization: a vector is cut into sub-spaces of a few dimensions, each replaced by one of 16 codewords.
/// H. Jégou, M. Douze, C. Schmid, "Product Quantization for Nearest Neighbor Search", TPAMI 2011. Codes are chosen for the inner products
/// of large vectors: R. Guo et al., "Accelerating Large-Scale Inference with Anisotropic Vector Quantization", ICML 2020, section 3.
/// </summary>
/// <remarks>
/// Deviation from Guo et al.: codewords are trained for the plain squared error, only the codes are chosen for the anisotropic one.
/// Immutable.
/// </remarks>
/// <param name="dimensions">d</param>
/// <param name="subspaceDimensions">Of each sub-space; the last one may have fewer.</param>
/// <param name="values">[subspaces, <paramref name="subspaceDimensions"/>, 16]</param>
internal sealed class ProductCodebooks(int dimensions, int subspaceDimensions, ReadOnlyMemory<float> values)
{
    private const int Codewords = Int4Rows.Codewords, Iterations = 12, Passes = 4;

    public int Dimensions => dimensions;

    public int SubspaceDimensions => subspaceDimensions;

    public int Subspaces => SubspacesOf(dimensions, subspaceDimensions);

    /// <summary>[subspaces, dimensions of one, 16]</summary>
    public ReadOnlyMemory<float> Values => values;

    /// <param name="sample">[any, d]</param>
    public static ProductCodebooks Train(Matrix sample, int subspaceDimensions, Rng rng, int workers, CancellationToken cancellation)
    {
        int d = sample.Columns, subspaces = SubspacesOf(d, subspaceDimensions), size = subspaceDimensions * Codewords;
        var values = new float[subspaces * size];
        if (sample.Rows > 0)
        {
            Blocks.ForEach(subspaces, 1, workers, (s, _) =>
            {
                int first = s * subspaceDimensions, count = Math.Min(subspaceDimensions, d - first);
                Train(sample, first, count, values.AsSpan(s * size, size), rng.Fork("codewords", s));
            }, cancellation);
        }
        return new(d, subspaceDimensions, values);
    }

    /// <param name="products">[subspaces, 16], overwritten: the codewords' inner products with their part of the query.</param>
    public void Multiply(ReadOnlySpan<float> query, Span<float> products)
    {
        products[..(Subspaces * Codewords)].Clear();
        ref float words = ref MemoryMarshal.GetReference(values.Span), product = ref MemoryMarshal.GetReference(products);
        for (int k = 0, s = 0; k < dimensions; s++)
        {
            for (int end = Math.Min(dimensions, k + subspaceDimensions); k < end; k++)
            {
                var value = new Vector<float>(query[k]);
                for (int lane = 0; lane < Codewords; lane += Vector<float>.Count)
                {
                    nuint at = (nuint)((s * Codewords) + lane);
                    var word = Vector.LoadUnsafe(ref words, (nuint)((k * Codewords) + lane));
                    Vector.FusedMultiplyAdd(value, word, Vector.LoadUnsafe(ref product, at)).StoreUnsafe(ref product, at);
                }
            }
        }
    }

    /// <summary>
    /// Chooses codes so that Σ e² + (η − 1)·(e·u)² is small, e the error and u the direction in which it counts η times as much.
    /// </summary>
    /// <param name="vector">[d]</param>
    /// <param name="direction">[d], one long.</param>
    /// <param name="eta">η ≥ 1; 1: the nearest codewords.</param>
    /// <param name="codes">[subspaces], overwritten.</param>
    /// <param name="scratch">[2·subspaces·16]</param>
    public void Encode(ReadOnlySpan<float> vector, ReadOnlySpan<float> direction, float eta, Span<byte> codes, Span<float> scratch)
    {
        var squares = scratch[..(codes.Length * Codewords)];
        var along = scratch.Slice(squares.Length, squares.Length);
        Errors(vector, direction, squares, along);
        float sum = 0;
        for (int s = 0; s < codes.Length; s++)
        {
            codes[s] = (byte)Least(squares.Slice(s * Codewords, Codewords));
            sum += along[(s * Codewords) + codes[s]];
        }
        if (eta <= 1) return;
        Span<float> losses = stackalloc float[Codewords];
        bool changed = true;
        for (int pass = 0; pass < Passes && changed; pass++)
        {
            changed = false;
            for (int s = 0; s < codes.Length; s++)
            {
                var own = along.Slice(s * Codewords, Codewords);
                float others = sum - own[codes[s]];
                Losses(squares.Slice(s * Codewords, Codewords), own, others, eta - 1, losses);
                int least = Least(losses);
                sum = others + own[least];
                changed |= least != codes[s];
                codes[s] = (byte)least;
            }
        }
    }

    // squares[s, n] ← ‖e‖², along[s, n] ← e·u, where e is what codeword n leaves in sub-space s
    private void Errors(ReadOnlySpan<float> vector, ReadOnlySpan<float> direction, Span<float> squares, Span<float> along)
    {
        squares.Clear();
        along.Clear();
        ref float words = ref MemoryMarshal.GetReference(values.Span);
        ref float square = ref MemoryMarshal.GetReference(squares), product = ref MemoryMarshal.GetReference(along);
        for (int k = 0; k < dimensions; k++)
        {
            nuint from = (nuint)(k * Codewords), to = (nuint)(k / subspaceDimensions * Codewords);
            Vector<float> value = new(vector[k]), unit = new(direction[k]);
            for (int lane = 0; lane < Codewords; lane += Vector<float>.Count)
            {
                nuint at = to + (nuint)lane;
                var error = value - Vector.LoadUnsafe(ref words, from + (nuint)lane);
                Vector.FusedMultiplyAdd(error, error, Vector.LoadUnsafe(ref square, at)).StoreUnsafe(ref square, at);
                Vector.FusedMultiplyAdd(error, unit, Vector.LoadUnsafe(ref product, at)).StoreUnsafe(ref product, at);
            }
        }
    }

    private static void Losses(ReadOnlySpan<float> squares, ReadOnlySpan<float> along, float others, float weight, Span<float> losses)
    {
        for (int lane = 0; lane < Codewords; lane += Vector<float>.Count)
        {
            var total = new Vector<float>(along[lane..]) + new Vector<float>(others);
            Vector.FusedMultiplyAdd(total * total, new Vector<float>(weight), new Vector<float>(squares[lane..])).CopyTo(losses[lane..]);
        }
    }

    // the first place of the least of 16
    private static int Least(ReadOnlySpan<float> values)
    {
        Vector128<float> a = Vector128.Create(values), b = Vector128.Create(values[4..]), c = Vector128.Create(values[8..]),
        d = Vector128.Create(values[12..]);
        var least = Vector128.Min(Vector128.Min(a, b), Vector128.Min(c, d));
        least = Vector128.Min(least, Vector128.Shuffle(least, Vector128.Create(2, 3, 0, 1)));
        least = Vector128.Min(least, Vector128.Shuffle(least, Vector128.Create(1, 0, 3, 2)));
        uint places = Vector128.Equals(a, least)
            .ExtractMostSignificantBits() | (Vector128.Equals(b, least).ExtractMostSignificantBits() << 4)
            | (Vector128.Equals(c, least).ExtractMostSignificantBits() << 8) | (Vector128.Equals(d, least)
                .ExtractMostSignificantBits() << 12);
        return BitOperations.TrailingZeroCount(places) % Codewords;
    }

    // columns [first, first + count) of the sample → words [count, 16]
    private static void Train(Matrix sample, int first, int count, Span<float> words, Rng rng)
    {
        for (int n = 0; n < Codewords; n++) PutWord(words, n, sample.Row(rng.NextInt(sample.Rows)).Slice(first, count));
        var sums = new double[count * Codewords];
        var counts = new int[Codewords];
        Span<float> distances = stackalloc float[Codewords], mean = stackalloc float[count];
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            Array.Clear(sums);
            Array.Clear(counts);
            for (int row = 0; row < sample.Rows; row++)
            {
                var part = sample.Row(row).Slice(first, count);
                Distances(part, words, distances);
                int own = Least(distances);
                counts[own]++;
                for (int k = 0; k < count; k++) sums[(k * Codewords) + own] += part[k];
            }
            for (int n = 0; n < Codewords; n++)
            {
                if (counts[n] == 0)
                {
                    PutWord(words, n, sample.Row(rng.NextInt(sample.Rows)).Slice(first, count));
                    continue;
                }
                for (int k = 0; k < count; k++) mean[k] = (float)(sums[(k * Codewords) + n] / counts[n]);
                PutWord(words, n, mean);
            }
        }
    }

    private static void Distances(ReadOnlySpan<float> part, ReadOnlySpan<float> words, Span<float> distances)
    {
        for (int lane = 0; lane < Codewords; lane += Vector<float>.Count)
        {
            Vector<float> sum = default;
            for (int k = 0; k < part.Length; k++)
            {
                var error = new Vector<float>(part[k]) - new Vector<float>(words[((k * Codewords) + lane)..]);
                sum = Vector.FusedMultiplyAdd(error, error, sum);
            }
            sum.CopyTo(distances[lane..]);
        }
    }

    private static void PutWord(Span<float> words, int n, ReadOnlySpan<float> word)
    {
        for (int k = 0; k < word.Length; k++) words[(k * Codewords) + n] = word[k];
    }

    private static int SubspacesOf(int dimensions, int subspaceDimensions) => (dimensions + subspaceDimensions - 1) / subspaceDimensions;
}
