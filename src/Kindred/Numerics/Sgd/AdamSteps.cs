using System.Numerics;

namespace Kindred.Numerics.Sgd;

/// <summary>D. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1, on many values at once.</summary>
internal static class AdamSteps
{
    private const float MeanDecay = .9f, SquareDecay = .999f, Epsilon = 1e-8f;

    /// <summary>m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  p ← p − rate·(m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)</summary>
    /// <param name="values">[n], p.</param>
    /// <param name="gradient">[n], g.</param>
    /// <param name="means">[n], m; zeros at first.</param>
    /// <param name="squares">[n], v; zeros at first.</param>
    /// <param name="step">t, from 1.</param>
    public static void Apply(Span<float> values, ReadOnlySpan<float> gradient, Span<float> means, Span<float> squares, int step, float rate)
    {
        if (gradient.Length != values.Length || means.Length != values.Length || squares.Length != values.Length)
            throw new ArgumentException(
                $"Lengths differ: {values.Length}, {gradient.Length}, {means.Length} and {squares.Length}.", nameof(gradient));
        float along = rate / (1 - MathF.Pow(MeanDecay, step)), squareScale = 1 / (1 - MathF.Pow(SquareDecay, step));
        int width = Vector<float>.Count, n = 0;
        for (; n + width <= values.Length; n += width)
        {
            var g = new Vector<float>(gradient[n..]);
            var m = Vector.FusedMultiplyAdd(new(MeanDecay), new Vector<float>(means[n..]), g * (1 - MeanDecay));
            var v = Vector.FusedMultiplyAdd(new(SquareDecay), new Vector<float>(squares[n..]), g * g * (1 - SquareDecay));
            m.CopyTo(means[n..]);
            v.CopyTo(squares[n..]);
            (new Vector<float>(values[n..]) - (m * along / (Vector.SquareRoot(v * squareScale) + new Vector<float>(Epsilon))))
                .CopyTo(values[n..]);
        }
        for (; n < values.Length; n++)
        {
            means[n] = MathF.FusedMultiplyAdd(MeanDecay, means[n], gradient[n] * (1 - MeanDecay));
            squares[n] = MathF.FusedMultiplyAdd(SquareDecay, squares[n], gradient[n] * gradient[n] * (1 - SquareDecay));
            values[n] -= means[n] * along / (MathF.Sqrt(squares[n] * squareScale) + Epsilon);
        }
    }
}
