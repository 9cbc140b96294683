using Kindred.Numerics.Sgd;

namespace Kindred.Tests.Numerics;

public sealed class AdamStepsTests
{
    public static TheoryData<int> Lengths => [.. Enumerable.Range(0, 70), 1000];

    [Theory, MemberData(nameof(Lengths))]
    public void Three_steps_equal_the_scalar_twin(int length)
    {
        float[] values = Reference.Random(1, length, 1).Row(0).ToArray(), means = new float[length], squares = new float[length];
        double[] expected = [.. values.Select(v => (double)v)], m = new double[length], v = new double[length];
        for (int step = 1; step <= 3; step++)
        {
            float[] gradient = Reference.Random(1, length, (ulong)(10 + step)).Row(0).ToArray();
            AdamSteps.Apply(values, gradient, means, squares, step, .1f);
            for (int n = 0; n < length; n++)
            {
                m[n] = (.9 * m[n]) + (.1 * gradient[n]);
                v[n] = (.999 * v[n]) + (.001 * gradient[n] * gradient[n]);
                expected[n] -= .1 * (m[n] / (1 - Math.Pow(.9, step))) / (Math.Sqrt(v[n] / (1 - Math.Pow(.999, step))) + 1e-8);
            }
        }
        for (int n = 0; n < length; n++) Assert.Equal(expected[n], values[n], 1e-4);
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_refused() =>
        Assert.Throws<ArgumentException>(() => AdamSteps.Apply(new float[2], new float[3], new float[2], new float[2], 1, 1));
}
