using System.Numerics;

namespace Kindred.Numerics.Dense;

/// <summary>
/// J. Ba, J. Kiros, G. Hinton, "Layer Normalization", 2016, eq. 4: a row with mean 0 and variance 1, then a gain and a bias.
/// </summary>
internal static class LayerNormalization
{
    /// <summary>Added to the variance, as Torch does.</summary>
    public const float Epsilon = 1e-5f;

    /// <summary>y ← gain·(x − mean) / √(variance + ε) + bias</summary>
    /// <param name="x">[n]</param>
    /// <param name="gain">[n]</param>
    /// <param name="bias">[n]</param>
    /// <param name="y">[n], overwritten; may be x itself.</param>
    public static void Apply(ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, Span<float> y)
    {
        if (gain.Length != x.Length || bias.Length != x.Length || y.Length != x.Length)
            throw new ArgumentException($"Lengths differ: {x.Length}, {gain.Length}, {bias.Length} and {y.Length}.", nameof(y));
        int width = Vector<float>.Count, n = 0;
        var sums = Vector<float>.Zero;
        for (; n + width <= x.Length; n += width) sums += new Vector<float>(x[n..]);
        float mean = Vector.Sum(sums);
        for (; n < x.Length; n++) mean += x[n];
        mean /= x.Length;

        var squares = Vector<float>.Zero;
        for (n = 0; n + width <= x.Length; n += width)
        {
            var difference = new Vector<float>(x[n..]) - new Vector<float>(mean);
            squares += difference * difference;
        }
        float variance = Vector.Sum(squares);
        for (; n < x.Length; n++) variance += (x[n] - mean) * (x[n] - mean);
        float scale = 1 / MathF.Sqrt((variance / x.Length) + Epsilon);

        for (n = 0; n + width <= x.Length; n += width)
        {
            var normal = (new Vector<float>(x[n..]) - new Vector<float>(mean)) * scale;
            ((normal * new Vector<float>(gain[n..])) + new Vector<float>(bias[n..])).CopyTo(y[n..]);
        }
        for (; n < x.Length; n++) y[n] = ((x[n] - mean) * scale * gain[n]) + bias[n];
    }
}
