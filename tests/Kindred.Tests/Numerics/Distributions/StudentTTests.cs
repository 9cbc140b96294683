using Kindred.Numerics.Distributions;

namespace Kindred.Tests.Numerics.Distributions;

public sealed class StudentTTests
{
    /// <summary>One degree: 1 − 2/π·arctan t; two: 1 − t / √(2 + t²); the others are quantiles from tables.</summary>
    [Theory]
    [InlineData(1, 1, .5, 1e-12)]
    [InlineData(1, 63.656741162872, .01, 1e-10)]
    [InlineData(2, 1, .422649730810374, 1e-12)]
    [InlineData(2, 9.92484320091829, .01, 1e-10)]
    [InlineData(10, 2.22813885198627, .05, 1e-10)]
    [InlineData(29, 2.0452296421327, .05, 1e-10)]
    [InlineData(29, 3.65940501946633, .001, 1e-10)]
    [InlineData(1_000_000, 1.95996398454005, .05, 1e-6)]
    [InlineData(1_000_000, 4.89163847569859, 1e-6, 1e-9)]
    public void It_has_the_values_of_the_tables(int degrees, double t, double expected, double tolerance)
    {
        Assert.Equal(expected, StudentT.PValue(t, degrees), tolerance);
        Assert.Equal(expected, StudentT.PValue(-t, degrees), tolerance);
    }

    [Fact]
    public void It_falls_from_1_to_0_as_t_grows()
    {
        foreach (int degrees in new[] { 1, 2, 3, 30, 1000, 100_000 })
        {
            double[] values = [.. Enumerable.Range(0, 400).Select(n => StudentT.PValue(n / 10.0, degrees))];
            Assert.Equal(1, values[0], 1e-12);
            for (int n = 1; n < values.Length; n++) Assert.True(values[n] < values[n - 1] || values[n] < 1e-300, $"{degrees}, {n}");
            Assert.All(values, value => Assert.InRange(value, 0, 1));
        }
    }

    [Fact]
    public void Infinite_t_never_happens_by_chance_and_no_t_says_nothing()
    {
        Assert.Equal((0, 0, 1), (StudentT.PValue(double.PositiveInfinity, 5), StudentT.PValue(1e300, 5), StudentT.PValue(double.NaN, 5)));
    }
}
