using CsCheck;
using Kindred.Data;

namespace Kindred.Tests.Data;

public sealed class FromEventsTests
{
    private sealed record Purchase(string UserId, string Sku, DateTime At, int Quantity);

    private static readonly Purchase[] Purchases =
    [
        new("ann", "tea", new(2020, 1, 2), 3), new("bob", "jam", new(2020, 1, 1), 1), new("ann", "jam", new(2020, 1, 1), 2),
    ];

    [Fact]
    public async Task Rows_of_any_kind_arrive_by_a_selector()
    {
        (int Customer, Guid Product)[] rows = [(1, Guid.Empty), (2, Guid.Empty)];
        var data = await Interactions.FromEventsAsync(
            rows.ToAsyncEnumerable(), row => new Event($"{row.Customer}", $"{row.Product}"),
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["1", "2"], Enumerable.Range(0, 2).Select(data.Users.Id));
        Assert.Equal($"{Guid.Empty}", data.Items.Id(0));
    }

    [Fact]
    public async Task Events_that_arrive_one_after_the_other_are_the_same()
    {
        var events = Purchases.Select(p => new Event(p.UserId, p.Sku, p.At, p.Quantity)).ToList();
        var arriving = await Interactions.FromEventsAsync(
            events.ToAsyncEnumerable(), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(Interactions.FromEvents(events).Origin, arriving.Origin);
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Interactions.FromEventsAsync(events.ToAsyncEnumerable(), cancellationToken: stop.Token));
    }

    [Fact]
    public void Histories_are_in_order_of_time_and_ids_in_order_of_their_first_event()
    {
        var data = Interactions.FromEvents(Purchases, p => (p.UserId, p.Sku, p.At));
        Assert.Equal(["ann", "bob"], Enumerable.Range(0, data.Users.Count).Select(data.Users.Id));
        Assert.Equal(["tea", "jam"], Enumerable.Range(0, data.Items.Count).Select(data.Items.Id));
        Assert.Equal([1, 0], data.Histories.ItemsOf(0).ToArray());
        Assert.Equal([1577836800, 1577923200], data.Histories.TimesOf(0).ToArray()); // 2020-01-01 and 02, UTC
        Assert.Equal([1, 1], data.Histories.WeightsOf(0).ToArray());
        Assert.Equal(ValueKind.None, data.Origin.Values);
    }

    [Fact]
    public void Without_times_the_order_is_that_of_the_source()
    {
        var data = Interactions.FromEvents(Purchases, p => (p.UserId, p.Sku));
        Assert.False(data.Histories.HasTimes);
        Assert.Equal([0, 1], data.Histories.ItemsOf(0).ToArray());
    }

    [Fact]
    public void Weights_come_with_their_events()
    {
        var data = Interactions.FromEvents(Purchases, p => (p.UserId, p.Sku, p.At, p.Quantity));
        Assert.Equal([2, 3], data.Histories.WeightsOf(0).ToArray());
        Assert.Equal(
            [3, 2], Interactions.FromEvents(Purchases, p => (p.UserId, p.Sku, (float)p.Quantity)).Histories.WeightsOf(0).ToArray());
        Assert.Equal(ValueKind.Weights, data.Origin.Values);
    }

    [Fact]
    public void All_kinds_of_times_are_the_same_moment()
    {
        var at = new DateTimeOffset(2020, 1, 1, 12, 0, 0, TimeSpan.FromHours(5));
        long[] times =
        [
            .. new[] { at.UtcDateTime, at.LocalDateTime, DateTime.SpecifyKind(at.UtcDateTime, DateTimeKind.Unspecified) }
                .Select(time => Interactions.FromEvents(["a"], id => (id, id, time)).Histories.Times.Span[0]),
            Interactions.FromEvents(["a"], id => (id, id, at)).Histories.Times.Span[0],
        ];
        Assert.All(times, time => Assert.Equal(at.ToUnixTimeSeconds(), time));
    }

    [Fact]
    public void A_later_rating_replaces_the_earlier_one_and_other_weights_add_up()
    {
        (string, string, DateTimeOffset, float)[] twice =
            [("ann", "tea", DateTimeOffset.UnixEpoch.AddDays(1), 5), ("ann", "tea", DateTimeOffset.UnixEpoch, 2),
                ("ann", "jam", DateTimeOffset.UnixEpoch, 3)];
        Assert.Equal(5, Interactions.FromEvents(twice, e => e, ValueKind.Ratings).ByUser.Row(0).Values[0]);
        Assert.Equal(2, Interactions.FromEvents(twice, e => e, ValueKind.Ratings).Histories.Count);
        Assert.Equal(7, Interactions.FromEvents(twice, e => e).ByUser.Row(0).Values[0]);
    }

    [Theory]
    [InlineData("", "x", 1, "Event 2 has no user id; give each event one.")]
    [InlineData("u", "", 1, "Event 2 has no item id; give each event one.")]
    [InlineData("u", "x", 0, "Event 2 has the weight 0; weights must be above 0 and at most 1E+09.")]
    [InlineData("u", "x", float.NaN, "Event 2 has the weight NaN; weights must be above 0 and at most 1E+09.")]
    public void What_is_not_an_event_is_refused(string user, string item, float weight, string message) => Assert.Equal(
        message,
        Assert.Throws<InputException>(() => Interactions.FromEvents([new Event("a", "b"), new Event(user, item, null, weight)])).Message);

    [Fact]
    public void Times_are_given_for_all_events_or_for_none()
    {
        var timed = new Event("a", "b", DateTimeOffset.UnixEpoch);
        Assert.Contains("Event 2 has no time",
            Assert.Throws<InputException>(() => Interactions.FromEvents([timed, timed with { Time = null }])).Message);
        Assert.Contains("Event 2 has a time",
            Assert.Throws<InputException>(() => Interactions.FromEvents([timed with { Time = null }, timed])).Message);
    }

    [Fact]
    public void Attributes_are_joined_by_id()
    {
        var data = Interactions.FromEvents(Purchases, p => (p.UserId, p.Sku)).WithItemAttributes(
        [
            new("jam") { Texts = { ["title"] = "Plum jam" }, Labels = { ["kind"] = ["sweet", "fruit"] } },
            new("tea") { Numbers = { ["price"] = 3 } },
            new("unknown") { Texts = { ["title"] = "Nothing" } },
        ]).WithUserAttributes([new("bob") { Labels = { ["country"] = ["FR"] } }]);
        var catalog = data.ItemAttributes;
        Assert.Equal(["", "Plum jam"], new[] { catalog.Texts["title"].Values[0], catalog.Texts["title"].Values[1] });
        Assert.Equal([3, float.NaN], catalog.Numbers["price"].Values.ToArray());
        Assert.Equal((0, 2), (catalog.Labels["kind"][0].Length, catalog.Labels["kind"][1].Length));
        Assert.Equal("FR", data.UserAttributes.Labels["country"].Labels.Id(data.UserAttributes.Labels["country"][1][0]));
        Assert.Contains("two attribute rows about 'jam'",
            Assert.Throws<InputException>(() => data.WithItemAttributes([new("jam"), new("jam")])).Message);
    }

    [Fact]
    public void Equal_events_have_equal_fingerprints_and_others_have_others() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[1, 5]).Array[1, 6].Sample(events =>
    {
        Interactions Of((int User, int Item, int Weight)[] list) =>
            Interactions.FromEvents(list, e => ($"u{e.User}", $"i{e.Item}", (float)e.Weight));
        Assert.Equal(Of(events).Origin.Fingerprint, Of(events).Origin.Fingerprint);
        Assert.NotEqual(Of(events).Origin.Fingerprint, Of([.. events, (9, 9, 1)]).Origin.Fingerprint);
        var (user, item, weight) = events[0];
        Assert.NotEqual(Of(events).Origin.Fingerprint, Of([(user, item, weight + 1), .. events[1..]]).Origin.Fingerprint);
    });

    [Fact]
    public void Parts_of_data_are_from_where_the_whole_is_from()
    {
        var data = Interactions.FromEvents(Purchases, p => (p.UserId, p.Sku));
        Assert.Same(data.Origin, data.Where([true, false, true]).Origin);
        Assert.Same(data.Origin, data.With(itemAttributes: Catalog.Empty(2)).Origin);
    }
}
