using Kindred.Comparison;
using Kindred.Data;
using Kindred.Tests.Support;

namespace Kindred.Tests.Comparison;

public sealed class SuitabilityTests
{
    [Fact]
    public void Rich_timed_data_with_attributes_can_do_everything()
    {
        var events = EventList.Of(
            Enumerable.Range(0, 60 * 8).Select(n => ($"u{n / 8}", $"i{(n / 8 * (n % 8)) + (n % 8)}", n * 100_000L, 1f)));
        int items = events.Items.Count, users = events.Users.Count;
        var profile = DataProfile.For(events.With(Genres(users, users), Genres(items, items)));
        Assert.All(profile.Suitability, s => Assert.True(s.Fit == Adequacy.Yes, s.ToString()));
        Assert.Equal(
            ["popularity", "recent popularity", "item-knn", "implicit-als", "temporal evaluation", "item cold start", "user cold start"],
            profile.Suitability.Select(s => s.Use));
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        var untimed = EventList.Of(Enumerable.Range(0, 120).Select(n => ($"u{n / 2}", $"i{n * n % 11}", 0L, 1f)), timed: false);
        AssertFit(untimed, "recent popularity", Adequacy.No, "The events have no times; name the time column when importing.");
        AssertFit(untimed, "temporal evaluation", Adequacy.No,
            "The events have no times, so a split cannot follow time; name the time column when importing.");
        AssertFit(untimed, "item-knn", Adequacy.Limited, "2 events per user in the middle: neighbours have too little to learn from.");
        AssertFit(
            untimed, "implicit-als", Adequacy.Limited, "2 events per user in the middle: use few dimensions and strong regularization.");
        AssertFit(untimed, "item cold start", Adequacy.No, "There are no item attributes; import a table of items by id.");
        AssertFit(untimed, "user cold start", Adequacy.No, "There are no user attributes; import a table of users by id.");
    }

    [Fact]
    public void Users_with_one_item_cannot_train_neighbours_or_factors()
    {
        var events = EventList.Parse("ann: a a a a a", "bob: b b");
        AssertFit(
            events, "item-knn", Adequacy.No, "No user has two items, so no two items are neighbours; more events per user are needed.");
        AssertFit(
            events, "implicit-als", Adequacy.No, "No user has two items, so nothing connects items; more events per user are needed.");
        AssertFit(events, "popularity", Adequacy.Limited, "With 2 users, a few of them decide what is popular.");
    }

    [Fact]
    public void Few_users_and_few_moments_are_reservations()
    {
        var events = EventList.Parse("ann: a@1 b@1 c@2 d@2 e@3", "bob: a@1 b@1 c@2 d@2 f@2");
        AssertFit(events, "item-knn", Adequacy.Limited, "With 2 users, two items share users by chance.");
        AssertFit(events, "temporal evaluation", Adequacy.Limited,
            "There are only 3 different times: the parts of a time cut can be far from what was asked for.");
        AssertFit(events, "recent popularity", Adequacy.Limited, "All events are within one day: what is recent is what is popular.");
        AssertFit(EventList.Parse("ann: a@1 b@1", "bob: c@1"), "temporal evaluation", Adequacy.No,
            "All events have the same time, so there is no before and after.");
        AssertFit(EventList.Parse("ann: a b", "bob: c d"), "popularity", Adequacy.Limited,
            "Every item has 1 event: popularity cannot distinguish them.");
    }

    [Fact]
    public void Ratings_are_a_reservation_for_implicit_feedback()
    {
        var suitability = DataProfile.For(MovieLensSmall.Load().WithOrigin(new("films", null, ValueKind.Ratings))).Suitability;
        Assert.Equal(Adequacy.Limited, suitability.Single(s => s.Use == "implicit-als").Fit);
        Assert.Contains("ratings from 0.5 to 5", suitability.Single(s => s.Use == "implicit-als").Reason);
        Assert.Equal(Adequacy.Yes, suitability.Single(s => s.Use == "item-knn").Fit);
    }

    [Fact]
    public void Attributes_that_most_items_lack_or_that_are_only_text_are_reservations()
    {
        var events = EventList.Parse("ann: a b c d");
        var title = new TextColumn(StringTable.From(["A", "B", "C", "D"]));
        var titles = Catalog.Empty(4) with { Texts = new Dictionary<string, TextColumn> { ["title"] = title } };
        Assert.Equal(Adequacy.Limited, ItemColdStart(events, titles).Fit);
        Assert.Contains("only text about items (title)", ItemColdStart(events, titles).Reason);
        Assert.Equal(new("item cold start", Adequacy.Limited, "Only 25 % of the items have attributes (genre)."),
            ItemColdStart(events, Genres(4, 1)));
        Assert.Equal(
            new("item cold start", Adequacy.Yes, "50 % of the items have attributes (genre)."), ItemColdStart(events, Genres(4, 2)));
        var price = new NumberColumn(new float[] { 1, 2, 3, float.NaN });
        var prices = Catalog.Empty(4) with { Numbers = new Dictionary<string, NumberColumn> { ["price"] = price } };
        Assert.Equal("75 % of the items have attributes (price).", ItemColdStart(events, prices).Reason);
    }

    private static Suitability ItemColdStart(Interactions events, Catalog items) =>
        DataProfile.For(events.With(itemAttributes: items)).Suitability.Single(s => s.Use == "item cold start");

    private static void AssertFit(Interactions events, string use, Adequacy fit, string reason)
    {
        var profile = DataProfile.For(events);
        var found = profile.Suitability.Single(s => s.Use == use);
        Assert.Equal((fit, reason), (found.Fit, found.Reason));
    }

    /// <summary>The first rows have the label "x".</summary>
    private static Catalog Genres(int rows, int described)
    {
        int[] starts = [.. Enumerable.Range(0, rows + 1).Select(row => Math.Min(row, described))];
        var genre = new LabelColumn(starts, new int[described], new Vocabulary(["x"]));
        return Catalog.Empty(rows) with { Labels = new Dictionary<string, LabelColumn> { ["genre"] = genre } };
    }
}
