using System.Globalization;
using System.Text.Json.Nodes;
using Kindred.Server.Renewal;
using Kindred.Store;
using Kindred.Tests.Support;

namespace Kindred.ServerTests.Renewal;

public sealed class StoredDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Events_become_histories_in_the_order_of_their_time()
    {
        await using var store = await Open();
        await Append(store, ("view", "ann", "tea", 300), ("view", "bob", "jam", 100), ("view", "ann", "jam", 200), ("view", "ann",
            "rye", 300));

        var data = await StoredData.ReadAsync(store, "shop", cancellation: Cancellation);

        Assert.Equal("ann: jam@200=1 tea@300=1 rye@300=1, bob: jam@100=1", Text(data.Interactions));
        Assert.Equal((4, 0), (data.Sequence, data.LeftOut));
        Assert.Equal(ValueKind.None, data.Interactions.Origin.Values);
    }

    [Fact]
    public async Task What_comes_after_the_cut_is_not_in_it()
    {
        await using var store = await Open();
        await Append(store, ("view", "ann", "tea", 300), ("view", "bob", "jam", 100));
        await Append(store, ("view", "eve", "rye", 50));

        var data = await StoredData.ReadAsync(store, "shop", sequence: 2, cancellation: Cancellation);

        Assert.Equal("ann: tea@300=1, bob: jam@100=1", Text(data.Interactions));
        Assert.Equal(2, data.Sequence);
    }

    [Fact]
    public async Task Types_weigh_what_the_settings_say_and_negative_ones_are_not_learned_from()
    {
        await using var store = await Open();
        await store.Settings.SetAsync(
            EventSettings.Name, """{"weights": {"buy": 5}, "otherWeight": 0.5, "negative": ["dislike"]}""",
                cancellationToken: Cancellation);
        await Append(store, ("buy", "ann", "tea", 1), ("view", "ann", "jam", 2), ("dislike", "ann", "rye", 3));

        var data = await StoredData.ReadAsync(store, "shop", cancellation: Cancellation);

        Assert.Equal("ann: tea@1=5 jam@2=0.5", Text(data.Interactions));
        Assert.Equal((3, 1), (data.Sequence, data.LeftOut));
        Assert.Equal(ValueKind.Weights, data.Interactions.Origin.Values);
    }

    [Fact]
    public async Task An_event_weighs_half_for_each_half_life_that_it_is_older_than_the_newest()
    {
        await using var store = await Open();
        await store.Settings.SetAsync(EventSettings.Name, """{"halfLifeDays": 2}""", cancellationToken: Cancellation);
        const long Day = 86_400;
        await Append(store, ("view", "ann", "tea", 0), ("view", "ann", "jam", 2 * Day), ("view", "bob", "jam", 4 * Day));

        var data = await StoredData.ReadAsync(store, "shop", cancellation: Cancellation);

        Assert.Equal([.25f, .5f, 1], data.Interactions.Histories.Weights.ToArray());
    }

    [Fact]
    public async Task Anonymous_visitors_have_the_history_of_their_session()
    {
        await using var store = await Open();
        await store.Events.AppendAsync([new("view", "tea") { SessionId = "s1", Time = DateTimeOffset.UnixEpoch }], Cancellation);
        Assert.Equal("s1: tea@0=1", Text((await StoredData.ReadAsync(store, "shop", cancellation: Cancellation)).Interactions));
    }

    [Fact]
    public async Task Attributes_come_along()
    {
        await using var store = await Open();
        await store.Items.PutAsync(
            [new("tea", """{"title": "Green tea", "price": 3.5, "tags": ["hot", "leaf"]}"""), new("unknown", """{"price": 9}""")],
                Cancellation);
        await store.Users.PutAsync([new("ann", """{"country": "AT"}""")], Cancellation);
        await Append(store, ("view", "ann", "jam", 1), ("view", "ann", "tea", 2));

        var data = (await StoredData.ReadAsync(store, "shop", cancellation: Cancellation)).Interactions;

        Assert.Equal("Green tea", data.ItemAttributes.TitleOf(1));
        Assert.Equal([float.NaN, 3.5f], data.ItemAttributes.Numbers["price"].Values.ToArray());
        Assert.Equal(2, data.ItemAttributes.Labels["tags"][1].Length);
        Assert.Equal("AT", data.UserAttributes.Labels["country"].Labels.Id(0));
    }

    [Fact]
    public async Task The_order_of_arrival_changes_no_history()
    {
        var random = new Random(18);
        (string, string, string, long)[] events =
            [.. Enumerable.Range(0, 500).Select(n => ("view", $"u{random.Next(20)}", $"i{random.Next(50)}", (long)n))];
        await using IStore inOrder = await Open("a.db"), shuffled = await Open("b.db");
        await Append(inOrder, events);
        random.Shuffle(events);
        await Append(shuffled, events);

        string[] TextOf(StoredData data) => [.. Text(data.Interactions).Split(", ").Order()];
        Assert.Equal(
            TextOf(await StoredData.ReadAsync(inOrder, "a", cancellation: Cancellation)),
            TextOf(await StoredData.ReadAsync(shuffled, "b", cancellation: Cancellation)));
    }

    [Fact]
    public async Task The_commands_for_data_work_on_a_living_folder_while_it_serves()
    {
        await using var server = await LivingServer.Start();
        var lines = File.ReadLines(Path.Combine(RealData.MovieLensSmall, "ratings.csv")).Skip(1).Take(3_000).Select(line =>
            line.Split(','));
        await server.Post("/v1/events", new JsonArray([.. lines.Select(columns => new JsonObject
        {
            ["type"] = "rate", ["userId"] = columns[0], ["itemId"] = columns[1],
            ["time"] = DateTimeOffset.FromUnixTimeSeconds(long.Parse(columns[3], CultureInfo.InvariantCulture)).ToString("O"),
        })]).ToJsonString());

        string profile = await LivingServer.Succeed("inspect", server.Folder, "--json");
        Assert.Contains("\"events\": 3000", profile, StringComparison.Ordinal);
        string evaluation = await LivingServer.Succeed("evaluate", server.Folder, "--model", "item-knn", "--json");
        Assert.Contains("item-knn", evaluation, StringComparison.Ordinal);
        var (exitCode, _, error) = await LivingServer.Command("evaluate", server.Folder, "--user", "userId");
        Assert.Equal((2, true), (exitCode, error.Contains("is a living folder, so --user cannot be used", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Without_events_there_is_nothing_to_learn_from()
    {
        await using var server = await LivingServer.Start();
        var (exitCode, _, error) = await LivingServer.Command("evaluate", server.Folder);
        Assert.Equal((2, true), (exitCode, error.Contains("has no event to learn from yet", StringComparison.Ordinal)));
    }

    private Task<IStore> Open(string name = "kindred.db") =>
        Stores.OpenAsync(_folder.File(name), new() { Durability = Durability.Os }, Cancellation);

    private static Task<IReadOnlyList<AppendResult>> Append(
        IStore store, params (string Type, string User, string Item, long Time)[] events) =>
        store.Events.AppendAsync(
        [.. events.Select(e => new NewEvent(e.Type, e.Item) { UserId = e.User, Time = DateTimeOffset.FromUnixTimeSeconds(e.Time) })],
        Cancellation);

    private static string Text(Interactions data) => string.Join(", ", Enumerable.Range(0, data.Users.Count).Select(user =>
    {
        var (items, times, weights) = (data.Histories.ItemsOf(user), data.Histories.TimesOf(user), data.Histories.WeightsOf(user));
        var events = Enumerable.Range(0, items.Length).Select(n => FormattableString.Invariant(
            $"{data.Items.Id(items.Span[n])}@{times.Span[n]}={weights.Span[n]}"));
        return $"{data.Users.Id(user)}: {string.Join(' ', events)}";
    }));
}
