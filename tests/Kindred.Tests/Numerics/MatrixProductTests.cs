using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Tests.Numerics;

public sealed class MatrixProductTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(8, 48, 16)]
    [InlineData(13, 101, 37)]
    [InlineData(50, 7, 200)]
    public void A_product_is_what_plain_loops_give_with_any_transposition(int m, int n, int k)
    {
        var rng = new Rng(5);
        var product = new MatrixProduct();
        for (int variant = 0; variant < 4; variant++)
        {
            Matrix a = new(m, k), b = new(k, n), aT = new(k, m), bT = new(n, k), c = new(m, n + 3);
            for (int r = 0; r < m; r++) for (int e = 0; e < k; e++) a.Row(r)[e] = aT.Row(e)[r] = (float)rng.NextNormal();
            for (int e = 0; e < k; e++) for (int r = 0; r < n; r++) b.Row(e)[r] = bT.Row(r)[e] = (float)rng.NextNormal();
            c.Values.Span.Fill(7);
            var left = variant % 2 == 0 ? StridedMatrix.Of(a, m, k) : StridedMatrix.Of(aT, k, m).Transposed;
            var right = variant < 2 ? StridedMatrix.Of(b, k, n) : StridedMatrix.Of(bT, n, k).Transposed;
            product.Multiply(left, right, c);
            for (int r = 0; r < m; r++)
            {
                for (int column = 0; column < n; column++) Assert.Equal(Reference.Dot(a.Row(r), bT.Row(column)), c.Row(r)[column], 1e-4);
                Assert.Equal([7f, 7f, 7f], c.Row(r)[n..].ToArray());
            }
        }
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused() =>
        Assert.Throws<ArgumentException>(() => new MatrixProduct().Multiply(new([], 2, 3, 3), new([], 4, 2, 2), new(2, 2)));

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(37)]
    public void Softmax_of_a_row_is_its_definition(int count)
    {
        var rng = new Rng(3);
        float[] scores = [.. Enumerable.Range(0, count).Select(_ => (float)rng.NextNormal() * 40)],
            shifts = [.. scores.Select(_ => (float)rng.NextNormal())];
        if (count > 2) shifts[1] = float.NegativeInfinity;
        double[] expected = [.. scores.Zip(shifts, (s, shift) => Math.Exp((0.5 * s) + shift))];
        double total = expected.Sum();
        Assert.Equal(Math.Log(total), SoftmaxRow.Apply(scores, shifts, 0.5f, 3), 1e-4);
        for (int n = 0; n < count; n++) Assert.Equal(3 * expected[n] / total, scores[n], 1e-5);
    }
}
