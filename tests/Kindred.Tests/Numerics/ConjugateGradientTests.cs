using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Tests.Numerics;

public sealed class ConjugateGradientTests
{
    [Fact]
    public void One_step_in_two_dimensions_by_hand()
    {
        // y = (1, 2), w = 4, t = 3, λ = 1: A = [5 8; 8 17], b = (3, 6). From zero: r = b, r·r = 45, A·r = (63, 126), r·A·r = 945,
        // α = 1/21, x = (1, 2)/7, f = −α·r·r = −45/21. b is an eigenvector, so that this is the minimum already.
        var x = new float[2];
        Assert.Equal(-45 / 21.0, new ConjugateGradient(2).Lower(new(2, 2), 1, new(1, 2, new float[] { 1, 2 }), [0], [4], [3], 1, x), 1e-5);
        Assert.Equal(1 / 7.0, x[0], 1e-6);
        Assert.Equal(2 / 7.0, x[1], 1e-6);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 3)]
    [InlineData(17, 40)]
    [InlineData(64, 200)]
    public void Each_step_lowers_the_value_to_that_of_the_solution(int d, int rows)
    {
        var y = Reference.Random(rows, d, 1);
        int[] chosen = [.. Enumerable.Range(0, rows)];
        float[] weights = [.. chosen.Select(n => 0.5f + (n % 4))], targets = [.. weights.Select(w => w + 0.1f)];
        var gram = Gram.Of(y, 0.1f, workers: 1, TestContext.Current.CancellationToken);
        var equations = new NormalEquations(d);
        var exact = new float[d];
        equations.Start(gram, 2);
        equations.Add(y, chosen, weights, targets);
        double minimum = -equations.Solve(exact);

        double last = double.MaxValue;
        var x = new float[d];
        for (int steps = 1; steps <= d + 5; steps++)
        {
            // not far away, where the value would be so large that nothing of the minimum is left of it in single precision
            for (int c = 0; c < d; c++) x[c] = 0.05f * Reference.Random(1, d, 9).Row(0)[c];
            double value = new ConjugateGradient(d).Lower(gram, 2, y, chosen, weights, targets, steps, x);
            Assert.True(value <= last + (1e-5 * Math.Abs(minimum)), $"{steps} steps: {value} after {last}");
            Assert.Equal(value, new ConjugateGradient(d).Lower(gram, 2, y, chosen, weights, targets, 0, x), 1e-4 * (1 + Math.Abs(value)));
            last = value;
        }
        Assert.Equal(minimum, last, 1e-4 * Math.Abs(minimum));
        for (int c = 0; c < d; c++) Assert.Equal(exact[c], x[c], 1e-3);
    }
}
