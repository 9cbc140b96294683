using System.Numerics;

namespace Kindred.Numerics.Dense;

/// <summary>The softmax of one row of scores, in place.</summary>
internal static class SoftmaxRow
{
    // e^−80 is nothing beside 1, and keeps −∞ out of the polynomial
    private const float Least = -80;

    /// <summary>s ← factor·e^(scale·s + shift) / Σ e^(scale·s + shift)</summary>
    /// <param name="scores">[n], overwritten.</param>
    /// <param name="shifts">[n]; −∞: the result is 0. At least one is finite.</param>
    /// <returns>ln Σ e^(scale·s + shift)</returns>
    public static double Apply(Span<float> scores, ReadOnlySpan<float> shifts, float scale, float factor)
    {
        float most = Shift(scores, shifts, scale);
        int at = 0, width = Vector<float>.Count;
        var sums = Vector<float>.Zero;
        for (; at + width <= scores.Length; at += width)
        {
            var from = new Vector<float>(scores[at..]) - new Vector<float>(most);
            var p = Vector.ConditionalSelect(
                Vector.LessThan(from, new(Least)), Vector<float>.Zero, Vector.Exp(Vector.MaxNative(from, new(Least))));
            p.CopyTo(scores[at..]);
            sums += p;
        }
        double sum = Vector.Sum(sums);
        for (; at < scores.Length; at++) sum += scores[at] = scores[at] - most < Least ? 0 : MathF.Exp(scores[at] - most);
        Scale((float)(factor / sum), scores);
        return most + Math.Log(sum);
    }

    // s ← scale·s + shift; returns the greatest
    private static float Shift(Span<float> scores, ReadOnlySpan<float> shifts, float scale)
    {
        int at = 0, width = Vector<float>.Count;
        var greatest = new Vector<float>(float.NegativeInfinity);
        for (; at + width <= scores.Length; at += width)
        {
            var s = Vector.FusedMultiplyAdd(new(scale), new Vector<float>(scores[at..]), new Vector<float>(shifts[at..]));
            s.CopyTo(scores[at..]);
            greatest = Vector.MaxNative(greatest, s);
        }
        float most = float.NegativeInfinity;
        for (int lane = 0; lane < width; lane++) most = Math.Max(most, greatest[lane]);
        for (; at < scores.Length; at++)
        {
            scores[at] = (scale * scores[at]) + shifts[at];
            most = Math.Max(most, scores[at]);
        }
        return most;
    }

    private static void Scale(float factor, Span<float> values)
    {
        int at = 0, width = Vector<float>.Count;
        for (; at + width <= values.Length; at += width) (new Vector<float>(values[at..]) * factor).CopyTo(values[at..]);
        for (; at < values.Length; at++) values[at] *= factor;
    }
}
