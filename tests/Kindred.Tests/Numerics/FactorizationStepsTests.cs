using CsCheck;
using Kindred.Numerics;
using Kindred.Numerics.Sgd;

namespace Kindred.Tests.Numerics;

public sealed class FactorizationStepsTests
{
    [Fact]
    public void A_score_by_hand()
    {
        // features: user (x = 1, v = (1, 2), w = .5), item (x = 1, v = (3, −1), w = −.25), number (x = 2, v = (0, 1), w = 1), w0 = .1
        // pairs: user·item 1·3 − 2·1 = 1; user·number 2·2 = 4; item·number −1·2 = −2; linear .5 − .25 + 2 = 2.25; sum .1 + 2.25 + 3 = 5.35
        var table = new FactorizationTable(3, 2) { Intercept = .1f };
        new[] { 1f, 2, 3, -1, 0, 1 }.CopyTo(table.V.Values);
        (table.W(0), table.W(1), table.W(2)) = (.5f, -.25f, 1);
        var sum = new float[2];
        Assert.Equal(5.25f, FactorizationSteps.Score(table, [0, 1, 2], [1, 1, 2], sum), 1e-6f);
        Assert.Equal([4f, 3f], sum);
    }

    private static FactorizationTable SomeTable(int columns, int d, int seed)
    {
        var rng = new Rng((ulong)seed);
        var table = new FactorizationTable(columns, d) { Intercept = (float)rng.NextNormal() };
        foreach (ref float value in table.V.Values.Span) value = (float)(rng.NextNormal() * .5);
        for (int column = 0; column < columns; column++) table.W(column) = (float)rng.NextNormal();
        return table;
    }

    private static (int[] Columns, float[] Values) SomeRow(int columns, int entries, int seed)
    {
        var rng = new Rng((ulong)seed).Fork("row");
        int[] chosen = [.. Enumerable.Range(0, columns)];
        rng.Shuffle<int>(chosen);
        return (chosen[..entries], [.. Enumerable.Range(0, entries).Select(_ => (float)rng.NextNormal())]);
    }

    internal static double Slow(FactorizationTable table, int[] columns, float[] x)
    {
        double score = 0;
        for (int a = 0; a < columns.Length; a++)
        {
            score += x[a] * table.W(columns[a]);
            for (int b = a + 1; b < columns.Length; b++)
                for (int f = 0; f < table.Dimensions; f++)
                    score += (double)x[a] * x[b] * table.V.Row(columns[a])[f] * table.V.Row(columns[b])[f];
        }
        return score;
    }

    [Fact]
    public void The_score_in_one_pass_is_the_sum_over_all_pairs() =>
        Gen.Select(Gen.Int[0, 70], Gen.Int[1, 12], Gen.Int[0, 1_000_000]).Sample((d, entries, seed) =>
        {
            var table = SomeTable(12, d, seed);
            var (columns, x) = SomeRow(12, entries, seed);
            double expected = Slow(table, columns, x), score = FactorizationSteps.Score(table, columns, x, new float[d]);
            return Math.Abs(expected - score) <= 2e-4 * (1 + Math.Abs(expected) + d);
        });

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(37)]
    public void A_step_goes_along_the_gradient(int d)
    {
        var (columns, x) = SomeRow(8, 5, 3);
        var table = SomeTable(8, d, 1);
        var before = table.Copy();
        table.Begin(new float[8]);
        var sum = new float[d];
        FactorizationSteps.Score(table, columns, x, sum);
        FactorizationSteps.Step(table, columns, x, sum, .5f, new(1e-2f, 0, 0, 0, false));
        const float H = 1e-2f;
        for (int column = 0; column < 8; column++)
        {
            Assert.Equal(Finite(ref before.W(column)), (before.W(column) - table.W(column)) / 1e-2, 2e-3);
            for (int f = 0; f < d; f++)
                Assert.Equal(Finite(ref before.V.Row(column)[f]), (before.V.Row(column)[f] - table.V.Row(column)[f]) / 1e-2, 2e-3);
        }

        // the slope of half the score, by central differences: exact, as the score is linear in each coordinate
        double Finite(ref float coordinate)
        {
            float kept = coordinate;
            coordinate = kept + H;
            double up = Slow(before, columns, x);
            coordinate = kept - H;
            double down = Slow(before, columns, x);
            coordinate = kept;
            return .5 * (up - down) / (2 * H);
        }
    }

    [Fact]
    public void A_logistic_step_by_hand()
    {
        // one column, x = 1, w = 0, target 1: p = ½, loss ln 2, slope −½; rate 1, λw = 0: w = ½ and w0 = ½
        var block = new FactorizationBlock();
        block.Add(0, 1);
        block.End(1, 1);
        var table = new FactorizationTable(1, 0);
        table.Begin([1]);
        Assert.Equal(Math.Log(2), FactorizationSteps.Points(table, block, logistic: true, new(1, 0, 0, 0, false), []), 1e-6);
        Assert.Equal([.5f, .5f], [table.W(0), table.Intercept]);
    }

    [Fact]
    public void A_coordinate_is_solved_as_the_dense_problem_is()
    {
        // e = score − target; along θ the score is h·θ + rest: θ* minimizes ½Σ(e + h·(θ' − θ))² + ½λθ'²
        var rng = new Rng(4);
        const int Rows = 30;
        float[] x = [.. Enumerable.Range(0, Rows).Select(_ => (float)rng.NextNormal())], pairs = new float[2 * Rows];
        foreach (ref float value in pairs.AsSpan()) value = (float)rng.NextNormal();
        float[] before = [.. pairs];
        int[] rows = [.. Enumerable.Range(0, Rows)];
        const float Theta = .7f, Penalty = .3f;
        double top = 0, bottom = Penalty;
        for (int n = 0; n < Rows; n++)
        {
            double h = x[n] * (pairs[(2 * n) + 1] - (x[n] * Theta)), rest = pairs[2 * n] - (h * Theta);
            top -= h * rest;
            bottom += h * h;
        }
        const float Noise = .8f; // the minimum, then as far from it as √(Σh² + λ) lets it be drawn
        Assert.Equal(
            (top / bottom) + (Noise / Math.Sqrt(bottom)), CoordinateSteps.Factor([.. before], rows, x, Theta, new(Penalty, Noise)), 1e-5);
        float best = CoordinateSteps.Factor(pairs, rows, x, Theta, new(Penalty));
        Assert.Equal(top / bottom, best, 1e-5);
        for (int n = 0; n < Rows; n++)
        {
            double h = x[n] * (before[(2 * n) + 1] - (x[n] * Theta));
            Assert.Equal(before[2 * n] + (h * (best - Theta)), pairs[2 * n], 1e-4);
            Assert.Equal(before[(2 * n) + 1] + (x[n] * (best - Theta)), pairs[(2 * n) + 1], 1e-5);
        }
    }
}
