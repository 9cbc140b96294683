using Kindred.Numerics;
using Kindred.Numerics.Sgd;

namespace Kindred.Tests.Numerics;

public sealed class BiasedFactorStepsTests
{
    [Fact]
    public void Two_steps_by_hand()
    {
        // x = (1), b(u) = ½, y = (2), b(i) = −½; rating 3 above the mean: e = 3 − ½ + ½ − 2 = 1; rate ½, λ = .2, λ′ = .4, f(u) = 1, f(i) =
        // ½
        // x ← 1·(1 − .1) + ½·1·2 = 1.9, y ← 2·(1 − .05) + ½·1·1 = 2.4, b(u) ← ½·(1 − .2) + ½ = .9, b(i) ← −½·(1 − .1) + ½ = .05
        Matrix x = new(1, 16), y = new(1, 16), xSides = new(1, 2), ySides = new(1, 2);
        (x.Row(0)[0], y.Row(0)[0], xSides.Row(0)[0], ySides.Row(0)[0]) = (1, 2, .5f, -.5f);
        (xSides.Row(0)[1], ySides.Row(0)[1]) = (1, .5f);
        Assert.Equal(1, BiasedFactorSteps.Learn(new([0], [0, 1], [0], [3]), x, xSides, y, ySides, new(.5f, .2f, .4f)), 1e-6);
        Assert.Equal([1.9f, 2.4f, .9f, .05f], new[] { x.Row(0)[0], y.Row(0)[0], xSides.Row(0)[0], ySides.Row(0)[0] }, (a, b) =>
            Math.Abs(a - b) < 1e-6);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(48)]
    [InlineData(64)]
    [InlineData(112)]
    public void Runs_are_what_plain_loops_give(int d)
    {
        Matrix x = Reference.Random(4, d, 1), y = Reference.Random(6, d, 2), xSides = Reference.Random(4, 2, 3),
        ySides = Reference.Random(6, 2, 4);
        int[] users = [2, 0, 3], starts = [0, 3, 4, 8], items = [5, 0, 2, 1, 5, 4, 3, 0];
        float[] ratings = [1, -1, .5f, 2, -2, 0, 1, 1];
        double[][] Doubles(Matrix m) => [.. Enumerable.Range(0, m.Rows).Select(r => m.Row(r).ToArray().Select(v => (double)v).ToArray())];
        double[][] ex = Doubles(x), ey = Doubles(y), eu = Doubles(xSides), ei = Doubles(ySides);
        const double Rate = .01, Penalty = .3, BiasPenalty = .2;
        double expected = 0;
        for (int run = 0; run < users.Length; run++)
        {
            for (int n = starts[run]; n < starts[run + 1]; n++)
            {
                var (p, q, bu, bi) = (ex[users[run]], ey[items[n]], eu[users[run]], ei[items[n]]);
                double e = ratings[n] - bu[0] - bi[0] - p.Zip(q, (a, b) => a * b).Sum();
                expected += e * e;
                for (int c = 0; c < d; c++)
                    (p[c], q[c]) = (p[c] + (Rate * ((e * q[c]) - (Penalty * bu[1] * p[c]))), q[c]
                        + (Rate * ((e * p[c]) - (Penalty * bi[1] * q[c]))));
                bu[0] += Rate * (e - (BiasPenalty * bu[1] * bu[0]));
                bi[0] += Rate * (e - (BiasPenalty * bi[1] * bi[0]));
            }
        }
        double loss = BiasedFactorSteps.Learn(
            new(users, starts, items, ratings), x, xSides, y, ySides, new((float)Rate, (float)Penalty, (float)BiasPenalty));
        Assert.Equal(expected, loss, 1e-3 * expected);
        foreach (var (moved, twin) in new[] { (x, ex), (y, ey), (xSides, eu), (ySides, ei) })
            for (int r = 0; r < moved.Rows; r++)
                for (int c = 0; c < moved.Columns; c++) Assert.Equal(twin[r][c], moved.Row(r)[c], 1e-4 * (1 + Math.Abs(twin[r][c])));
    }

    [Fact]
    public void Factors_that_are_not_padded_are_refused() => Assert.Throws<ArgumentException>(
        () => BiasedFactorSteps.Learn(new([0], [0, 1], [0], [3]), new(1, 8), new(1, 2), new(1, 8), new(1, 2), new(.5f, .2f, .4f)));
}
