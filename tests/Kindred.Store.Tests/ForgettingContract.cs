namespace Kindred.Store.Tests;

/// <summary>What holds for forgetting in any store.</summary>
public abstract class ForgettingContract(StoreHome home)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static NewEvent View(string? user, string item, string? session = null) =>
        new("view", item) { UserId = user, SessionId = session, Time = DateTimeOffset.UnixEpoch };

    [Fact]
    public async Task A_forgotten_user_is_named_nowhere_and_the_receipt_counts()
    {
        await using var store = await home.NewStoreAsync();
        await store.Events.AppendAsync(
            [View("ann", "tea"), View("bob", "tea", "ann"), View("ann", "jam"), View(null, "tea", "ann")], Token);
        await store.Users.PutAsync([new("ann"), new("bob")], Token);
        await store.Items.PutAsync([new("ann")], Token);
        await store.Audit.AppendAsync("k1", "export-user", "ann", cancellationToken: Token);
        string id = (await store.Events.AppendAsync([View("ann", "salt")], Token))[0].Event!.Id;
        await store.Events.RemoveAsync([id], Token);

        await store.Experiments.AddAsync(
            "w1", 1, [new("ranker", "ann", "new", 0, DateTimeOffset.UnixEpoch), new("ranker", "bob", "new", 0, DateTimeOffset.UnixEpoch)],
            Token);
        await store.Experiments.CreditAsync(
            "order", [new(id, "ann", "new", true, DateTimeOffset.UnixEpoch), new("e", "bob", "new", true, DateTimeOffset.UnixEpoch)],
            Token);

        var receipt = await store.ForgetAsync(SubjectKind.User, "ann", Token);
        Assert.Equal("bob", Assert.Single(await store.Experiments.AfterAsync("ranker", 0, 10, Token)).Unit);
        Assert.Equal(
            [
                new("events", 3, 0), new("session ids", 1, 0), new("experiments", 1, 0),
                new("interleaved lists", 1, 0), new("users", 1, 0), new("changes", 2, 0),
                new("audit", 1, 0),
            ], receipt.Places);
        Assert.Equal(IdHash.From("ann"), receipt.Hash);
        Assert.Empty(await store.Events.HistoryAsync("ann", 10, cancellationToken: Token));
        var left = Assert.Single(await store.Events.AfterAsync(0, 10, Token));
        Assert.Equal(("bob", null), (left.UserId, left.SessionId));
        Assert.Equal([("view", 1L)], (await store.Events.CountsAsync(Token)).Select(count => (count.Type, count.Events)));
        Assert.Null(await store.Users.GetAsync("ann", Token));
        Assert.NotNull(await store.Items.GetAsync("ann", Token)); // an item that is called alike
        Assert.Equal(receipt.Hash, Assert.Single(await store.Audit.ListAsync(10, cancellationToken: Token)).Subject);
        Assert.Equal(
            [(ChangeKind.User, "bob"), (ChangeKind.Item, "ann"), (ChangeKind.ForgottenUser, receipt.Hash)],
            (await store.ChangesAsync(0, 10, Token)).Select(change => (change.Kind, change.Id)));
        Assert.Equal([new(SubjectKind.User, receipt.Hash, 5, receipt.ForgottenAt)], await store.ForgottenAsync(Token));
    }

    [Fact]
    public async Task Sums_that_come_in_late_do_not_bring_a_forgotten_user_back()
    {
        await using var store = await home.NewStoreAsync();
        var receipt = await store.ForgetAsync(SubjectKind.User, "ann", Token);
        await store.ForgetAsync(SubjectKind.Item, "bob", Token); // an item that is called like a user
        ExposedUnit Sum(string unit, DateTimeOffset first) => new("ranker", unit, "new", 0, first) { Answers = 1 };
        await store.Experiments.AddAsync(
            "w2", 1,
            [Sum("ann", receipt.ForgottenAt.AddSeconds(-1)), Sum("ann", receipt.ForgottenAt), Sum("bob", DateTimeOffset.UnixEpoch)], Token);
        Assert.Equal("bob", Assert.Single(await store.Experiments.AfterAsync("ranker", 0, 10, Token)).Unit);
        await store.Experiments.AddAsync("w3", 1, [Sum("ann", receipt.ForgottenAt.AddSeconds(1))], Token); // they came back
        Assert.Equal(["bob", "ann"], (await store.Experiments.AfterAsync("ranker", 0, 10, Token)).Select(sum => sum.Unit));
    }

    [Fact]
    public async Task A_forgotten_item_takes_its_events_along()
    {
        await using var store = await home.NewStoreAsync();
        await store.Events.AppendAsync([View("ann", "tea"), View("ann", "jam"), View("bob", "tea")], Token);
        await store.Items.PutAsync([new("tea")], Token);
        var receipt = await store.ForgetAsync(SubjectKind.Item, "tea", Token);
        Assert.Equal(
            [new("events", 2, 0), new("contracts", 0, 0), new("items", 1, 0), new("changes", 1, 0), new("audit", 0, 0)], receipt.Places);
        Assert.Equal(["jam"], (await store.Events.AfterAsync(0, 10, Token)).Select(e => e.ItemId));
        Assert.Equal(SubjectKind.Item, Assert.Single(await store.ForgottenAsync(Token)).Kind);
    }

    [Fact]
    public async Task Who_is_unknown_gets_zeros_and_a_tombstone_and_who_comes_back_is_new()
    {
        await using var store = await home.NewStoreAsync();
        await store.Events.AppendAsync([View("bob", "tea")], Token);
        var receipt = await store.ForgetAsync(SubjectKind.User, "ann", Token);
        Assert.All(receipt.Places, place => Assert.Equal((0, 0), (place.Before, place.After)));
        await store.Events.AppendAsync([View("ann", "tea")], Token);
        Assert.Equal(2, Assert.Single(await store.Events.HistoryAsync("ann", 10, cancellationToken: Token)).Sequence);
        Assert.Equal(1, Assert.Single(await store.ForgottenAsync(Token)).Sequence);
        await store.ForgetAsync(SubjectKind.User, "ann", Token);
        Assert.Equal(2, Assert.Single(await store.ForgottenAsync(Token)).Sequence);
    }
}
