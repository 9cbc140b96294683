using Kindred.Models.Neighbours;
using Kindred.Numerics;

namespace Kindred.Tests.Models.Neighbours;

public sealed class BoughtTogetherTests
{
    // user 0: 0 1 at noon, 0 2 an hour later; user 1: 0 1 1; user 2: 2; a minute between the events of a basket
    private static Interactions Purchases => new(
        new(["a", "b", "c"]), new(["bread", "butter", "soap", "nothing"]),
        new(new[] { 0, 4, 7, 8 }, new[] { 0, 1, 0, 2, 0, 1, 1, 2 },
            new long[] { 0, 60, 3660, 3720, 0, 60, 120, 0 }, new[] { 1f, 1, 1, 1, 1, 1, 1, 1 }));

    [Fact]
    public void Baskets_end_with_a_pause_by_hand()
    {
        var together = new BoughtTogether(Purchases, TimeSpan.FromMinutes(10));
        Assert.Equal(4, together.Baskets); // {0 1} {0 2} {0 1} {2}
        // bread is in 3, butter in 2, soap in 2; bread and butter in 2, bread and soap in 1
        Assert.Equal(
            [new Association(1, 2, .5, 2.0 / 3, 2.0 / 3 * 4 / 2), new Association(2, 1, .25, 1.0 / 3, 1.0 / 3 * 4 / 2)],
            together.With(0, 10, minimumBaskets: 1));
        Assert.Equal([1], together.With(0, 10, minimumBaskets: 2).Select(pair => pair.Item));
        Assert.Equal([1], together.With(0, 1, minimumBaskets: 1).Select(pair => pair.Item));
        Assert.Equal([2], together.With(0, 1, minimumBaskets: 1, BitSet.Of(4, [2, 3])).Select(pair => pair.Item));
        Assert.Empty(together.With(0, 10));
        Assert.Empty(together.With(3, 10, minimumBaskets: 1));
        // the other way round the same two, with a confidence of its own
        Assert.Equal(new Association(0, 2, .5, 1, 1 * 4.0 / 3), together.With(1, 10, 1).Single());
    }

    [Fact]
    public void Without_a_gap_a_basket_is_a_user()
    {
        var together = new BoughtTogether(Purchases, null);
        Assert.Equal(3, together.Baskets);
        Assert.Equal([1, 2], together.With(0, 10, minimumBaskets: 1).Select(pair => pair.Item));
        Assert.Equal(.5, together.With(0, 10, minimumBaskets: 1)[1].Confidence);
    }

    [Fact]
    public void A_gap_that_cannot_be_is_refused()
    {
        Assert.StartsWith("The gap between baskets must be >= 0",
            Assert.Throws<InputException>(() => new BoughtTogether(Purchases, TimeSpan.FromMinutes(-1))).Message);
        var timeless = new Interactions(new(["a"]), new(["b"]), new(new[] { 0, 1 }, new[] { 0 }, default, new[] { 1f }));
        Assert.Contains(
            "need the time", Assert.Throws<InputException>(() => new BoughtTogether(timeless, TimeSpan.FromMinutes(1)).Baskets).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new BoughtTogether(Purchases, null).With(4, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BoughtTogether(Purchases, null).With(0, 1, 0));
    }
}
