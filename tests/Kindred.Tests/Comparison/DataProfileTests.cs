using System.Text.Json;
using Kindred.Comparison;
using Kindred.Data;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Tests.Comparison;

public sealed class DataProfileTests
{
    [Fact]
    public void A_tiny_case_has_the_counts_computed_by_hand()
    {
        // Events per user: 5, 2, 1; per item: tea 4, jam 2, salt 1, rice 1. Pairs: ann 4 (tea twice), bob 2, cid 1 = 7 of 3 · 4.
        var profile = Of(EventList.Parse("ann: tea@1 jam@2 tea@3 salt@4 rice@5", "bob: tea@86400 jam@7", "cid: tea@9"));
        Assert.Equal((3, 4, 8, 7), (profile.Users, profile.Items, profile.Events, profile.Pairs));
        Assert.Equal(7 / 12.0, profile.Density, 12);
        Assert.Equal(1 / 8.0, profile.Repeats, 12);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1), profile.First);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(86400), profile.Last);
        Assert.Equal(new Quantiles(1, 2, 5, 5), profile.EventsPerUser);
        Assert.Equal(new Quantiles(1, 1, 4, 4), profile.EventsPerItem);
        Assert.Equal(2, profile.UsersWithFewEvents);
        // the top 1, 10 and 20 % of four items are one item: tea, 4 of 8
        Assert.Equal([new HeadConcentration(.01, .5), new(.1, .5), new(.2, .5)], profile.Head);
        // ascending 1 1 2 4, 2r − n − 1 = −3 −1 1 3: (−3 − 1 + 2 + 12) / (4 · 8) = 10/32
        Assert.Equal(10 / 32.0, profile.Gini, 12);
        Assert.Null(profile.Ratings);
    }

    [Fact]
    public void Equal_items_have_no_inequality_and_one_that_has_all_the_most()
    {
        Assert.Equal(0, Of(EventList.Parse("ann: a b c d")).Gini, 12);
        // 0 0 0 5: 3 · 5 / (4 · 5) = 1 − 1/4, items without events counted
        var one = EventList.Parse("ann: a b c d", "bob: a", "cid: a", "dan: a", "eve: a")
            .Where([true, false, false, false, true, true, true, true]);
        Assert.Equal(.75, Of(one).Gini, 12);
        Assert.Equal(0, Of(one).EventsPerItem.Min);
    }

    [Fact]
    public void Quantiles_of_ten_and_eleven_counts_are_exact()
    {
        // user n has n events
        Quantiles UpTo(int users) =>
            Of(EventList.Of(Enumerable.Range(1, users).SelectMany(n => Enumerable.Repeat(($"u{n}", "a", 0L, 1f), n)))).EventsPerUser;
        Assert.Equal(new(1, 5, 9, 10), UpTo(10));
        Assert.Equal(new(1, 6, 10, 11), UpTo(11));
        Assert.Equal(new(1, 1, 1, 1), UpTo(1));
    }

    [Fact]
    public void Ratings_have_a_scale_and_weights_have_none()
    {
        var events = EventList.Of([("ann", "a", 1, 3.5f), ("ann", "b", 2, .5f), ("bob", "a", 3, 3.5f), ("bob", "b", 4, 5f)]);
        Assert.Equal(new RatingScale(.5f, 5, 3), Of(events, ValueKind.Ratings).Ratings);
        Assert.Null(Of(events, ValueKind.Weights).Ratings);
    }

    [Fact]
    public void Movielens_small_has_its_known_counts_and_survives_json()
    {
        var profile = Of(MovieLensSmall.Load(), ValueKind.Ratings);
        Assert.Equal((671, 9066, 100_004, 100_004), (profile.Users, profile.Items, profile.Events, profile.Pairs));
        Assert.Equal(20, profile.EventsPerUser.Min); // the collectors kept users with at least 20 ratings
        Assert.Equal(new RatingScale(.5f, 5, 10), profile.Ratings);
        Assert.Equal((1995, 2016), (profile.First!.Value.Year, profile.Last!.Value.Year));
        string json = JsonSerializer.Serialize(profile, SealedFolder.Json);
        Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize<DataProfile>(json, SealedFolder.Json), SealedFolder.Json));
    }

    [Fact]
    public void Empty_data_has_a_profile_too()
    {
        var profile = Of(EventList.Parse("ann: a").Where([false]));
        Assert.Equal((0, 0, 0, 0), (profile.Events, profile.Density, profile.Repeats, profile.Gini));
        Assert.Null(profile.First);
        Assert.All(profile.Suitability, s => Assert.Equal((Adequacy.No, "There are no events."), (s.Fit, s.Reason)));
        Assert.Equal(0, Of(EventList.Of([])).Users);
    }

    private static DataProfile Of(Interactions interactions, ValueKind values = ValueKind.None) =>
        DataProfile.For(interactions.WithOrigin(new("data", null, values)));
}
