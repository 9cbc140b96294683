using CsCheck;
using Kindred.Reports.Charts;

namespace Kindred.Tests.Reports;

public sealed class AxisTests
{
    [Theory]
    [InlineData(new[] { 0, .23 }, new[] { "0", ".05", ".10", ".15", ".20", ".25" })]
    [InlineData(new[] { 0, .87 }, new[] { "0", ".2", ".4", ".6", ".8", "1.0" })]
    [InlineData(new[] { 23_000.0, 61_000 }, new[] { "20,000", "30,000", "40,000", "50,000", "60,000", "70,000" })]
    [InlineData(new[] { -.013, .021 }, new[] { "−.02", "−.01", "0", ".01", ".02", ".03" })]
    [InlineData(new[] { 0.0, 0 }, new[] { "0", ".2", ".4", ".6", ".8", "1.0" })]
    [InlineData(new[] { double.NaN, double.PositiveInfinity }, new[] { "0", ".2", ".4", ".6", ".8", "1.0" })]
    public void Ticks_are_round_numbers_around_the_values(double[] values, string[] labels)
    {
        var axis = Axis.Of(values);
        Assert.Equal(labels, axis.Ticks.Select(axis.Label));
    }

    [Theory]
    [InlineData(new[] { .2, 7 }, new[] { ".2", ".5", "1", "2", "5", "10" })]
    [InlineData(new[] { 8_625.0, 138_000 }, new[] { "5,000", "10,000", "20,000", "50,000", "100,000", "200,000" })]
    [InlineData(new[] { .03, 40_000 }, new[] { ".01", ".1", "1", "10", "100", "1,000", "10,000", "100,000" })]
    [InlineData(new[] { 1.0, 1 }, new[] { "1", "2" })]
    [InlineData(new[] { 0, double.NaN }, new[] { "1", "2", "5", "10" })]
    public void A_logarithmic_axis_has_round_numbers_around_the_values(double[] values, string[] labels)
    {
        var axis = Axis.LogarithmicOf(values);
        Assert.Equal(labels, axis.Ticks.Select(axis.Label));
        Assert.Equal((10, 60, 110), (axis.At(axis.Low, 10, 110), Math.Round(axis.At(Math.Sqrt(axis.Low * axis.High), 10, 110), 9),
            Math.Round(axis.At(axis.High, 10, 110), 9)));
    }

    [Fact]
    public void Any_values_are_within_few_round_ticks_equally_far_apart()
    {
        var value = Gen.OneOf(
            Gen.Double[-1e12, 1e12], Gen.Double[-1, 1], Gen.Double[-1e-9, 1e-9], Gen.Const(0.0), Gen.Const(1.0), Gen.Const(double.NaN));
        Gen.Select(value.Array[1, 8], Gen.Int[2, 10]).Sample((values, steps) =>
        {
            var axis = Axis.Of(values, steps);
            Assert.InRange(axis.Ticks.Count, 2, (2 * steps) + 2);
            double slack = 1e-6 * (axis.High - axis.Low), step = axis.Ticks[1] - axis.Ticks[0];
            Assert.All(values.Where(double.IsFinite), v => Assert.InRange(v, axis.Low - slack, axis.High + slack));
            Assert.All(axis.Ticks.Zip(axis.Ticks.Skip(1)), pair => Assert.Equal(step, pair.Second - pair.First, slack));
            double mantissa = step / Math.Pow(10, Math.Floor(Math.Log10(step * (1 + 1e-6))));
            Assert.Contains(new[] { 1.0, 2, 5 }, round => Math.Abs(mantissa - round) < 1e-3);
            Assert.Equal((10, 110), (axis.At(axis.Low, 10, 110), Math.Round(axis.At(axis.High, 10, 110), 9)));
            Assert.Equal(axis.Ticks.Count, axis.Ticks.Select(axis.Label).Distinct().Count());
        });
    }
}
