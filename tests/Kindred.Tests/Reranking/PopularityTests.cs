using Kindred.Pipelines;
using Kindred.Reranking.Debiasing;
using Kindred.Tests.Support;

namespace Kindred.Tests.Reranking;

public sealed class PopularityTests
{
    /// <summary>Item 0 has 3 users, items 1 and 2 have one; item 3 comes later than the data.</summary>
    private static readonly Interactions Data = EventList.Parse("ann: x y x", "bob: x", "cy: x w");

    /// <summary>Relevances 1, .8, .4, 0; popularity 1, log 2 / log 4 = 1/2, 1/2, 0 (unknown).</summary>
    [Theory]
    [InlineData(0, new[] { 0, 1, 2, 3 }, new[] { 1, .8f, .4f, 0 })]
    [InlineData(.5f, new[] { 1, 0, 2, 3 }, new[] { .55f, .5f, .15f, 0 })]
    [InlineData(1, new[] { 1, 0, 3, 2 }, new[] { .3f, 0, 0, -.1f })]
    public void A_penalty_takes_the_logarithm_of_popularity_off(float strength, int[] items, float[] scores)
    {
        var candidates = Lists.Of(11, 9, 5, 1);
        Assert.Equal(items, Lists.After(new PopularityPenalty { Strength = strength }.Bind(Data), candidates));
        for (int n = 0; n < scores.Length; n++) Assert.Equal(scores[n], candidates.Scores[n], 1e-6);
    }

    /// <summary>p = 1, 1/3, 1/3, 1/3 with power 1, but not below the floor: .8·3 = 2.4, .4·3 = 1.2; floor .5: 1.6, .8.</summary>
    [Theory]
    [InlineData(0, .01f, new[] { 0, 1, 2, 3 }, new[] { 1, .8f, .4f, 0 })]
    [InlineData(1, .01f, new[] { 1, 2, 0, 3 }, new[] { 2.4f, 1.2f, 1, 0 })]
    [InlineData(1, .5f, new[] { 1, 0, 2, 3 }, new[] { 1.6f, 1, .8f, 0 })]
    public void Inverse_propensities_divide_by_a_power_of_popularity(float power, float floor, int[] items, float[] scores)
    {
        var candidates = Lists.Of(11, 9, 5, 1);
        Assert.Equal(items, Lists.After(new InversePropensity { Power = power, Floor = floor }.Bind(Data), candidates));
        for (int n = 0; n < scores.Length; n++) Assert.Equal(scores[n], candidates.Scores[n], 1e-5);
    }

    [Fact]
    public void Data_without_items_changes_nothing()
    {
        var empty = new Interactions(new([]), new([]), new(new int[1], default, default, default));
        Assert.Equal([0, 1], Lists.After(new PopularityPenalty { Strength = 1 }.Bind(empty), Lists.Of(2, 1)));
        Assert.Equal([0, 1], Lists.After(new InversePropensity { Power = 1 }.Bind(empty), Lists.Of(2, 1)));
    }

    [Fact]
    public void Options_out_of_their_bounds_are_refused()
    {
        Assert.Equal("strength must be 0 to 10, was -1.",
            Assert.Throws<InputException>(() => new PopularityPenalty { Strength = -1 }.Bind(Data)).Message);
        Assert.Equal(
            "power must be 0 to 2, was 3.", Assert.Throws<InputException>(() => new InversePropensity { Power = 3 }.Bind(Data)).Message);
        Assert.Equal("floor must be 0.000001 to 1, was 0.",
            Assert.Throws<InputException>(() => new InversePropensity { Floor = 0 }.Bind(Data)).Message);
    }
}
