using CsCheck;
using Kindred.Numerics.Distributions;

namespace Kindred.Tests.Numerics.Distributions;

public sealed class BetaTests
{
    [Theory]
    [InlineData(.25, 1, 1, .25)] // uniform
    [InlineData(.5, 2, 3, .6875)] // 1 − (½)⁴·(1 + 4) = 11/16: at least 2 of 4 coins
    [InlineData(.1, 1, 9, .612579511)] // 1 − .9⁹
    [InlineData(.3, .5, .5, .3690101196)] // 2/π·asin(√.3)
    public void It_is_what_hand_calculation_says(double x, double a, double b, double expected) =>
        Assert.Equal(expected, Beta.Below(x, a, b), 1e-9);

    [Fact]
    public void It_is_symmetric_and_ascends() => Gen.Select(
        Gen.Double[.001, .999], Gen.Double[.05, 500], Gen.Double[.05, 500]).Sample((x, a, b) =>
        {
            double below = Beta.Below(x, a, b);
            Assert.InRange(below, 0, 1);
            Assert.Equal(1, below + Beta.Below(1 - x, b, a), 1e-9);
            Assert.True(below <= Beta.Below(Math.Min(1, x + .01), a, b) + 1e-12);
        });
}
