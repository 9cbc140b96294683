using Kindred.Numerics.Distributions;

namespace Kindred.Tests.Numerics.Distributions;

public sealed class DistributionTests
{
    /// <summary>From tables of 15 digits.</summary>
    [Theory]
    [InlineData(0, .5)]
    [InlineData(1, .158655253931457)]
    [InlineData(1.95996398454005, .025)]
    [InlineData(2.99999, 1.3499423507789975e-3)]
    [InlineData(3.00001, 1.3498537138107458e-3)]
    [InlineData(5, 2.86651571879194e-7)]
    [InlineData(10, 7.61985302416053e-24)]
    [InlineData(-1, .841344746068543)]
    public void The_normal_tail_has_the_values_of_the_tables(double x, double expected)
    {
        Assert.Equal(1, Normal.Survival(x) / expected, 2e-10);
        Assert.Equal(1, Normal.Cdf(-x) / expected, 2e-10);
    }

    [Fact]
    public void Quantiles_invert_the_distributions()
    {
        foreach (double p in (double[])[1e-300, 1e-30, 1e-9, .001, .02425, .3, .5, .7, .975, 1 - 1e-9])
        {
            Assert.Equal(1, Normal.Cdf(Normal.Quantile(p)) / p, 1e-10);
            if (p > .5 || p < 1e-200) continue;
            foreach (double degrees in (double[])[1, 1.5, 7, 200.25, 1e6, double.PositiveInfinity])
                Assert.Equal(1, StudentT.PValue(StudentT.UpperQuantile(p, degrees), degrees) / (2 * p), 1e-6);
        }
        Assert.Equal(double.PositiveInfinity, Normal.Quantile(1));
        Assert.Equal(double.NegativeInfinity, Normal.Quantile(0));
    }

    /// <summary>Two degrees: exp(−x/2); one: twice the normal tail at √x.</summary>
    [Theory]
    [InlineData(.1), InlineData(1), InlineData(3), InlineData(22.774), InlineData(300)]
    public void Chi_squared_has_its_closed_forms(double x)
    {
        Assert.Equal(1, ChiSquared.Survival(x, 2) / Math.Exp(-x / 2), 1e-11);
        Assert.Equal(1, ChiSquared.Survival(x, 1) / (2 * Normal.Survival(Math.Sqrt(x))), 1e-10);
        Assert.Equal(1, ChiSquared.Survival(x, 4) / (Math.Exp(-x / 2) * (1 + (x / 2))), 1e-11);
        Assert.Equal(1, ChiSquared.Survival(0, 3));
    }

    [Fact]
    public void Log_gamma_is_that_of_factorials_and_of_halves()
    {
        double factorial = 0;
        for (int n = 1; n < 170; n++)
        {
            Assert.Equal(factorial, Gamma.Log(n), 1e-11);
            factorial += Math.Log(n);
        }
        Assert.Equal(.5 * Math.Log(Math.PI), Gamma.Log(.5), 1e-14);
        Assert.Equal(Math.Exp(Gamma.Log(3.7) - Gamma.Log(3.2)), Gamma.HalfStepRatio(3.2), 1e-13);
        Assert.Equal(1 / Math.Sqrt(Math.PI), Gamma.HalfStepRatio(.5), 1e-14);
    }

    [Fact]
    public void Degrees_of_freedom_need_not_be_whole()
    {
        double between = StudentT.PValue(2, 4.5);
        Assert.InRange(between, StudentT.PValue(2, 5), StudentT.PValue(2, 4));
        Assert.Equal(2 * Normal.Survival(2), StudentT.PValue(2, 1e14), 1e-12);
    }
}
