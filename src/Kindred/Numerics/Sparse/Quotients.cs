using System.Numerics;

namespace Kindred.Numerics.Sparse;

/// <summary>
/// What makes a similarity of a sum that two columns share: q(i, j) = sum / (a(i)·b(j) + c(i) + d(j) − e·sum + f). Every one of cosine,
/// Jaccard, Tversky, conditional probability and lift is of this form; the direction matters unless a = b and c = d.
/// </summary>
/// <param name="a">[columns]</param>
/// <param name="b">[columns]</param>
/// <param name="c">[columns]</param>
/// <param name="d">[columns]</param>
internal sealed class Quotients(float[] a, float[] b, float[] c, float[] d, float e, float f)
{
    private readonly bool _symmetric = a.AsSpan().SequenceEqual(b) && c.AsSpan().SequenceEqual(d);

    /// <returns>q(i, j) of a sum; the same bits as the loops over many.</returns>
    public float Of(int i, int j, float sum) => sum / ((a[i] * b[j]) + (c[i] + d[j]) + f - (e * sum));

    /// <returns>q(i, j) for a column i that is not among these.</returns>
    public float Of(float scale, float offset, int j, float sum) => sum / ((scale * b[j]) + (offset + d[j]) + f - (e * sum));

    /// <summary>Offers q(i, j) to list i and q(j, i) to list j, for every j before i whose sum is positive; the sums become zero.</summary>
    /// <param name="sums">[i]</param>
    /// <param name="names">[columns]: what a column is called in the lists.</param>
    public void OfferBefore(int i, Span<float> sums, NearestLists lists, ReadOnlySpan<int> names)
    {
        int j = 0, width = Vector<float>.Count;
        for (; j + width <= sums.Length; j += width)
        {
            var shared = new Vector<float>(sums[j..]);
            if (shared == Vector<float>.Zero) continue;
            var isPositive = Vector.GreaterThan(shared, Vector<float>.Zero);
            var thresholds = new Vector<float>(lists.Thresholds[j..]);
            var there = Quotient(shared, a[i], c[i], b, d, j);
            var back = _symmetric ? there : Quotient(shared, b[i], d[i], a, c, j);
            var enters =
                (Vector.GreaterThanOrEqual(
                    there, new Vector<float>(lists.Thresholds[i])) | Vector.GreaterThanOrEqual(back, thresholds)) & isPositive;
            if (enters != Vector<int>.Zero)
                for (int lane = 0; lane < width; lane++) if (enters[lane] != 0) OfferBoth(i, j + lane, sums[j + lane], lists, names);
            Vector<float>.Zero.CopyTo(sums[j..]);
        }
        for (; j < sums.Length; j++)
        {
            OfferBoth(i, j, sums[j], lists, names);
            sums[j] = 0;
        }
    }

    private void OfferBoth(int i, int j, float sum, NearestLists lists, ReadOnlySpan<int> names)
    {
        if (!(sum > 0)) return;
        lists.Offer(i, names[j], Of(i, j, sum));
        lists.Offer(j, names[i], Of(j, i, sum));
    }

    private Vector<float> Quotient(Vector<float> shared, float scale, float offset, float[] scales, float[] offsets, int j) =>
        shared / ((new Vector<float>(scale) * new Vector<float>(scales, j)) + (new Vector<float>(offset) + new Vector<float>(offsets, j))
            + new Vector<float>(f) - (new Vector<float>(e) * shared));
}
