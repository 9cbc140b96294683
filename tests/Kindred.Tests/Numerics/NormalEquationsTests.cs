using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Tests.Numerics;

/// <summary>SYRK, Cholesky, packing and padding together, against a dense solve in double.</summary>
public sealed class NormalEquationsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    [InlineData(8, 5)]
    [InlineData(15, 64)]
    [InlineData(16, 1)]
    [InlineData(17, 65)]
    [InlineData(31, 40)]
    [InlineData(48, 63)]
    [InlineData(64, 200)]
    [InlineData(80, 129)]
    [InlineData(100, 7)]
    [InlineData(128, 128)]
    [InlineData(144, 300)]
    public void The_solution_equals_a_dense_solve(int d, int rows)
    {
        var y = Reference.Random(rows + 5, d, (ulong)(d * 1000 + rows));
        var rng = new Rng(7);
        int[] chosen = [.. Enumerable.Range(0, rows).Select(_ => rng.NextInt(rows + 5))];
        float[] weights = [.. chosen.Select(_ => rng.NextFloat() * 3)], targets = [.. chosen.Select(_ => rng.NextFloat() + 1)];
        var gram = Gram.Of(y, 0.5f, workers: 2, TestContext.Current.CancellationToken);
        const float Ridge = 0.7f;

        var a = new double[d, d];
        var b = new double[d];
        var full = Reference.Gram(y);
        for (int r = 0; r < d; r++)
        {
            for (int c = 0; c < d; c++) a[r, c] = (0.5 * full[r, c]) + (r == c ? Ridge : 0);
            for (int n = 0; n < rows; n++)
            {
                for (int c = 0; c < d; c++) a[r, c] += weights[n] * (double)y.Row(chosen[n])[r] * y.Row(chosen[n])[c];
                b[r] += (double)targets[n] * y.Row(chosen[n])[r];
            }
        }
        double[] expected = Reference.Solve(a, (double[])b.Clone());

        var equations = new NormalEquations(d);
        var x = new float[d];
        for (int round = 0; round < 2; round++) // the second one finds the scratch memory used
        {
            equations.Start(gram, Ridge);
            equations.Add(y, chosen, weights, targets);
            double product = equations.Solve(x);
            for (int r = 0; r < d; r++) Assert.Equal(expected[r], x[r], 2e-3 * (1 + expected.Max(Math.Abs)));
            Assert.Equal(expected.Zip(b).Sum(p => p.First * p.Second), product, 1e-3 * (1 + Math.Abs(product)));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(64)]
    public void A_start_from_one_row_is_that_row_with_a_weight_below_zero(int d)
    {
        // −0.01·v·vᵀ + I + Σ y·yᵀ, right side −0.02·v + Σ y
        Matrix y = Reference.Random(3 * d, d, 3), v = Reference.Random(1, d, 4);
        var (a, b) = (Reference.Gram(y), new double[d]);
        for (int r = 0; r < d; r++)
        {
            for (int c = 0; c < d; c++) a[r, c] += (r == c ? 1 : 0) - (0.01 * v.Row(0)[r] * v.Row(0)[c]);
            b[r] = -0.02 * v.Row(0)[r];
            for (int n = 0; n < y.Rows; n++) b[r] += y.Row(n)[r];
        }
        double[] expected = Reference.Solve(a, b);
        var equations = new NormalEquations(d);
        float[] ones = new float[y.Rows], x = new float[d];
        ones.AsSpan().Fill(1);
        for (int round = 0; round < 2; round++)
        {
            equations.Start(v.Row(0), -0.01f, 2, 1);
            equations.Add(y, [.. Enumerable.Range(0, y.Rows)], ones, ones);
            equations.Solve(x);
            for (int r = 0; r < d; r++) Assert.Equal(expected[r], x[r], 1e-3);
        }
    }

    [Fact]
    public void Two_by_two_by_hand()
    {
        // y = (1, 2), w = 4, t = 3: A = I + 4·[1 2; 2 4] = [5 8; 8 17], b = (3, 6); det = 21; x = (17·3 − 8·6, −8·3 + 5·6) / 21 = (3, 6) /
        // 21
        var y = new Matrix(1, 2, new float[] { 1, 2 });
        var equations = new NormalEquations(2);
        var x = new float[2];
        equations.Start(new Matrix(2, 2), 1);
        equations.Add(y, [0], [4], [3]);
        Assert.Equal(((3 * 3) + (6 * 6)) / 21.0, equations.Solve(x), 1e-5);
        Assert.Equal(3 / 21.0, x[0], 1e-6);
        Assert.Equal(6 / 21.0, x[1], 1e-6);
    }

    [Fact]
    public void Some_columns_alone_are_a_smaller_problem()
    {
        Matrix y = Reference.Random(70, 24, 3), part = new(70, 10);
        for (int row = 0; row < 70; row++) y.Row(row).Slice(9, 10).CopyTo(part.Row(row));
        int[] rows = [.. Enumerable.Range(0, 70)];
        float[] ones = [.. rows.Select(_ => 1f)], x = new float[10], expected = new float[10];
        var equations = new NormalEquations(10);
        equations.Start(new(10, 10), 1);
        equations.Add(part, rows, ones, ones);
        equations.AddToRightSide(-2, Reference.Random(1, 10, 4).Row(0));
        equations.Solve(expected);
        equations.Start(new(10, 10), 1);
        equations.AddToRightSide(-2, Reference.Random(1, 10, 4).Row(0));
        equations.Add(y, rows, ones, ones, column: 9);
        equations.Solve(x);
        for (int c = 0; c < 10; c++) Assert.Equal(expected[c], x[c], 1e-5);
    }

    [Theory]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    public void A_matrix_that_is_not_positive_definite_is_refused(float ridge)
    {
        var equations = new NormalEquations(20);
        equations.Start(new Matrix(20, 20), ridge);
        var refused = Assert.Throws<InputException>(() => equations.Solve(new float[20]));
        Assert.Contains("larger Regularization", refused.Message);
    }

    [Fact]
    public void A_pivot_that_is_not_positive_is_found_wherever_it_stands()
    {
        var equations = new NormalEquations(33);
        for (int n = 0; n < 33; n++)
        {
            foreach (float pivot in new[] { 0, -1, float.NaN, float.PositiveInfinity })
            {
                var gram = new Matrix(33, 33);
                gram.Row(n)[n] = pivot - 1;
                equations.Start(gram, 1);
                Assert.Throws<InputException>(() => equations.Solve(new float[33]));
            }
        }
    }
}
