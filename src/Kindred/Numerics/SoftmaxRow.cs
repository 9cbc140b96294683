using System.Numerics;

namespace Kindred.Numerics;

/// <summary>The softmax of one row of scores, in place.</summary>
internal static class SoftmaxRow
{
    /// <summary>p ← e^(scale·s + shift) / Σ e^(scale·s + shift)</summary>
    /// <param name="scores">[n], overwritten by probabilities.</param>
    /// <param name="shifts">[n]; −∞: the probability is 0.</param>
    /// <returns>ln Σ e^(scale·s + shift)</returns>
    public static double Apply(Span<float> scores, ReadOnlySpan<float> shifts, float scale)
    {
        float most = float.NegativeInfinity;
        for (int n = 0; n < scores.Length; n++)
        {
            scores[n] = (scale * scores[n]) + shifts[n];
            most = Math.Max(most, scores[n]);
        }
        int at = 0, width = Vector<float>.Count;
        var sums = Vector<float>.Zero;
        // e^−100 is nothing beside 1, and keeps −∞ out of the polynomial
        for (; at + width <= scores.Length; at += width)
        {
            var p = Vector.Exp(Vector.Max(new Vector<float>(scores[at..]) - new Vector<float>(most), new Vector<float>(-100)));
            p.CopyTo(scores[at..]);
            sums += p;
        }
        double sum = Vector.Sum(sums);
        for (; at < scores.Length; at++) sum += scores[at] = MathF.Exp(Math.Max(scores[at] - most, -100));
        float share = (float)(1 / sum);
        foreach (ref float p in scores) p *= share;
        return most + Math.Log(sum);
    }
}
