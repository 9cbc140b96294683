using Kindred.Data;
using Kindred.Models;

namespace Kindred.Tests.Models.Counting;

public sealed class PopularityTests : ModelContract
{
    protected override ITrainer Trainer => new Popularity();

    protected override bool IsPersonal => false;

    private const long Day = 86400;

    [Fact]
    public void Users_are_counted_not_weights()
    {
        // item 0: one user with 100 plays; item 1: two users with one each
        var data = Of(3, 2, [(0, 0, 100), (1, 1, 1), (2, 1, 1)]);
        Assert.Equal([1, 2], Scores(Trainer.Train(data, new()), default));
    }

    [Fact]
    public void An_event_a_half_life_before_the_newest_counts_half()
    {
        // item 0: users 0 (day 0, and again day 10) and 1 (day 0); item 1: user 1 on day 20, the newest. Half-life 10 days:
        // item 0: 2^(−10/10) + 2^(−20/10) = .75; item 1: 1
        var histories = new Histories(
            new[] { 0, 2, 4 }, new[] { 0, 0, 0, 1 }, new[] { 0, 10 * Day, 0, 20 * Day }, new float[] { 1, 1, 1, 1 });
        var data = new Interactions(Ids(2, "u"), Ids(2, "i"), histories);
        Assert.Equal([.75f, 1], Scores(new Popularity { HalfLifeDays = 10 }.Train(data, new()), default));
    }

    [Fact]
    public void A_half_life_without_times_or_below_zero_is_refused()
    {
        var data = Of(1, 1, [(0, 0, 1)]);
        Assert.Contains(
            "needs the time", Assert.Throws<InputException>(() => new Popularity { HalfLifeDays = 7 }.Train(data, new())).Message);
        Assert.Equal("halfLifeDays must be at least 0, was -1.",
            Assert.Throws<InputException>(() => new Popularity { HalfLifeDays = -1 }.Train(data, new())).Message);
        Assert.Throws<InputException>(() => new Popularity { HalfLifeDays = double.NaN }.Train(data, new()));
    }
}
