using Kindred.Numerics.Dense;

namespace Kindred.Tests.Numerics;

public sealed class LayerNormalizationTests
{
    public static TheoryData<int> Lengths => [.. Enumerable.Range(1, 130), 1000];

    [Theory, MemberData(nameof(Lengths))]
    public void It_equals_its_scalar_twin(int length)
    {
        float[] x = Reference.Random(1, length, 1).Row(0).ToArray(), gain = Reference.Random(1, length, 2).Row(0).ToArray();
        float[] bias = Reference.Random(1, length, 3).Row(0).ToArray(), y = new float[length];
        LayerNormalization.Apply(x, gain, bias, y);
        double mean = x.Average(v => (double)v), variance = x.Average(v => (v - mean) * (v - mean));
        for (int n = 0; n < length; n++) Assert.Equal(((x[n] - mean) / Math.Sqrt(variance + 1e-5) * gain[n]) + bias[n], y[n], 1e-4);

        LayerNormalization.Apply(x, gain, bias, x); // in place
        Assert.Equal(y, x);
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_refused() =>
        Assert.Throws<ArgumentException>(() => LayerNormalization.Apply(new float[2], new float[3], new float[2], new float[2]));
}
