using Kindred.ExposureContracts;
using Kindred.Numerics;

namespace Kindred.Tests.ExposureContracts;

public sealed class AppealTests
{
    [Fact]
    public void The_posterior_is_the_prior_and_what_was_seen()
    {
        var appeal = Appeal.From(new(.1, 20), clicks: 3, examined: 30);
        Assert.Equal(5, appeal.Clicks, 1e-12); // 20 · .1 + 3
        Assert.Equal(45, appeal.Skips, 1e-12); // 20 · .9 + 30 − 3
        Assert.Equal(.1, appeal.Mean, 1e-12);
    }

    [Fact]
    public void More_clicks_than_examined_impressions_take_nothing_from_the_prior()
    {
        var appeal = Appeal.From(new(.1, 20), clicks: 4, examined: 1.5);
        Assert.Equal((6, 18), (appeal.Clicks, appeal.Skips));
    }

    [Fact]
    public void The_chance_to_be_above_a_threshold_is_a_tail_of_Beta()
    {
        // Beta(1, 9): (1 − .1)⁹
        Assert.Equal(Math.Pow(.9, 9), new Appeal(1, 9).ChanceAbove(.1), 1e-12);
    }

    [Fact]
    public void Users_look_at_lower_places_less()
    {
        Assert.Equal(1, Examination.At(0), 1e-12);
        Assert.Equal(1 / Math.Log2(5), Examination.At(3), 1e-12);
    }

    [Fact]
    public void Items_that_were_rarely_shown_are_like_all()
    {
        var appeals = new ItemAppeals(new Dictionary<string, (double, double)> { ["a"] = (60, 9), ["b"] = (20, 0) });
        Assert.Equal(.1, appeals.Rate, 1e-12); // (.05 · 20 + 9) / (20 + 80)
        Assert.Equal(20, appeals.Strength); // too few items to know
        Assert.Equal(11.0 / 80, appeals.Of("a"), 1e-12); // (20 · .1 + 9) / (20 + 60)
        Assert.Equal(2.0 / 40, appeals.Of("b"), 1e-12);
        Assert.Equal(.1, appeals.Of("c"), 1e-12);
    }

    [Fact]
    public void What_a_new_item_is_like_says_what_to_expect()
    {
        var appeals = new ItemAppeals(new Dictionary<string, (double, double)> { ["a"] = (60, 9), ["b"] = (20, 0) });
        var prior = appeals.PriorFrom([("a", 3), ("b", 1)], fallback: .2);
        Assert.Equal(((3 * 11.0 / 80) + .05) / 4, prior.Rate, 1e-12);
        Assert.Equal(.2, appeals.PriorFrom([], fallback: .2).Rate);
        Assert.Equal(.2, appeals.PriorFrom([("a", 0)], fallback: .2).Rate);
    }

    /// <summary>Clicks of items whose appeals follow Beta(m·r, m·(1 − r)) give m back.</summary>
    [Theory, InlineData(10), InlineData(100)]
    public void The_strength_is_how_alike_items_are(double strength)
    {
        var rng = new Rng(7);
        var prior = new AppealTable(new(strength * .2, strength * .8));
        var counts = new Dictionary<string, (double, double)>();
        for (int item = 0; item < 2_000; item++)
        {
            double appeal = prior.Draw(rng);
            int clicks = Enumerable.Range(0, 200).Count(_ => rng.NextDouble() < appeal);
            counts.Add($"{item}", (200, clicks));
        }
        Assert.InRange(new ItemAppeals(counts).Strength, .8 * strength, 1.25 * strength);
    }
}
