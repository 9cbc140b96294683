using Kindred.Numerics;
using Kindred.Numerics.Sgd;

namespace Kindred.Tests.Numerics;

public sealed class GradientStepsTests
{
    private static float[] Random(Rng rng, int d) => [.. Enumerable.Range(0, d).Select(_ => (float)rng.NextNormal())];

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(37)]
    public void Steps_are_what_plain_loops_give(int d)
    {
        var rng = new Rng(7);
        float[] x = Random(rng, d), y = Random(rng, d), z = Random(rng, d), x0 = [.. x], y0 = [.. y], z0 = [.. z];
        var dots = GradientSteps.Compare(x, y, z);
        float[] difference = [.. y0.Zip(z0, (a, b) => a - b)];
        Assert.Equal(Reference.Dot(x0, difference), dots.Margin, 1e-4);
        Assert.Equal(Reference.Dot(x0, x0), dots.SquaredX, 1e-4);
        Assert.Equal(Reference.Dot(difference, difference), dots.SquaredDifference, 1e-4);

        GradientSteps.Pair(x, y, z, new(0.9f, 0.3f), new(0.8f, 0.2f), new(0.7f, 0.1f));
        for (int n = 0; n < d; n++)
        {
            Assert.Equal((0.9 * x0[n]) + (0.3 * (y0[n] - z0[n])), x[n], 1e-5);
            Assert.Equal((0.8 * y0[n]) + (0.2 * x0[n]), y[n], 1e-5);
            Assert.Equal((0.7 * z0[n]) - (0.1 * x0[n]), z[n], 1e-5);
        }
        (x0, y0) = ([.. x], [.. y]);
        GradientSteps.Point(x, y, new(0.9f, 0.3f), new(0.8f, 0.2f));
        for (int n = 0; n < d; n++)
        {
            Assert.Equal((0.9 * x0[n]) + (0.3 * y0[n]), x[n], 1e-5);
            Assert.Equal((0.8 * y0[n]) + (0.2 * x0[n]), y[n], 1e-5);
        }
    }
}
