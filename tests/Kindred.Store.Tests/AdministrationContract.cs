namespace Kindred.Store.Tests;

/// <summary>What holds for jobs, keys and the audit log in any store.</summary>
public abstract class AdministrationContract(StoreHome home)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_of_several_servers_gets_a_job()
    {
        await using var store = await home.NewStoreAsync();
        var waiting = await store.Jobs.PutAsync(new("1", "train", JobState.Waiting), Token);
        Assert.NotNull(waiting);
        var claims = await Task.WhenAll(Enumerable.Range(0, 4).Select(server => store.Jobs.PutAsync(
            waiting with { State = JobState.Running, Detail = $$"""{"server":{{server}}}""" }, Token)));
        var won = Assert.Single(claims, claim => claim is not null)!;
        Assert.Equal(won, await store.Jobs.GetAsync("1", Token));
        Assert.Equal(waiting.CreatedAt, won.CreatedAt);
        Assert.Null(await store.Jobs.PutAsync(new("1", "train", JobState.Waiting), Token));
        Assert.Null(await store.Jobs.PutAsync(new("2", "train", JobState.Waiting) { Version = 1 }, Token));
        Assert.Null(await store.Jobs.GetAsync("2", Token));
    }

    [Fact]
    public async Task Jobs_are_listed_newest_first()
    {
        await using var store = await home.NewStoreAsync();
        foreach (string id in (string[])["a", "b", "c"]) await store.Jobs.PutAsync(new(id, "train", JobState.Waiting), Token);
        Assert.Equal(["c", "b"], (await store.Jobs.ListAsync(2, Token)).Select(job => job.Id));
    }

    [Fact]
    public async Task A_key_is_put_in_place_of_the_one_of_its_id_with_its_audit_entry()
    {
        await using var store = await home.NewStoreAsync();
        var key = new AccessKey("file", "the key file", "hash", ["admin"], DateTimeOffset.UnixEpoch);
        var entry = new NewAuditEntry("kindred serve", "put-key", "file", null);
        // two servers that start at once
        bool[] both = await Task.WhenAll(store.Keys.PutAsync(key, entry, Token), store.Keys.PutAsync(key, entry, Token));
        Assert.Equal(1, both.Count(written => written));
        Assert.Single(await store.Audit.ListAsync(10, cancellationToken: Token));
        Assert.True(await store.Keys.PutAsync(key with { Hash = "other" }, entry, Token));
        Assert.Equal("other", Assert.Single(await store.Keys.ListAsync(Token)).Hash);
        Assert.Equal(2, (await store.Audit.ListAsync(10, cancellationToken: Token)).Count);
    }

    [Fact]
    public async Task Servers_hear_what_others_let_through_of_each_key()
    {
        var clock = new Hours();
        await using var store = await home.NewStoreAsync(clock);
        Assert.Empty(await store.Keys.CountRequestsAsync("a", [("k1", 3), ("k2", 1)], Token));
        Assert.Equal(
            [new KeyRequests("k1", "a", 3), new("k2", "a", 1)],
            (await store.Keys.CountRequestsAsync("b", [("k1", 7)], Token)).OrderBy(count => count.Key));
        Assert.Equal([new KeyRequests("k1", "b", 7)], await store.Keys.CountRequestsAsync("a", [("k1", 5)], Token));
        Assert.Contains(new KeyRequests("k1", "a", 5), await store.Keys.CountRequestsAsync("b", [], Token));
        clock.Now = clock.Now.AddHours(1); // both have ended
        Assert.Empty(await store.Keys.CountRequestsAsync("c", [], Token));
    }

    [Fact]
    public async Task Keys_are_added_touched_listed_and_removed()
    {
        await using var store = await home.NewStoreAsync();
        var key = new AccessKey("k1", "shop", "hash1", ["read", "write"], DateTimeOffset.UnixEpoch.AddDays(1));
        await store.Keys.AddAsync(key, Token);
        await store.Keys.AddAsync(key with { Id = "k2", Hash = "hash2", Scopes = [] }, Token);
        await Assert.ThrowsAsync<InputException>(() => store.Keys.AddAsync(key with { Hash = "hash3" }, Token));
        await Assert.ThrowsAsync<InputException>(() => store.Keys.AddAsync(key with { Id = "k3" }, Token));
        await store.Keys.TouchAsync("k1", DateTimeOffset.UnixEpoch.AddDays(2), Token);
        var keys = await store.Keys.ListAsync(Token);
        Assert.Equal(["k1", "k2"], keys.Select(k => k.Id));
        Assert.Equal(["read", "write"], keys[0].Scopes);
        Assert.Empty(keys[1].Scopes);
        Assert.Equal([DateTimeOffset.UnixEpoch.AddDays(2), null], keys.Select(k => k.LastUsedAt));
        Assert.True(await store.Keys.RemoveAsync("k1", Token));
        Assert.False(await store.Keys.RemoveAsync("k1", Token));
    }

    [Fact]
    public async Task The_audit_log_is_read_from_its_end_in_pages()
    {
        await using var store = await home.NewStoreAsync();
        for (int n = 1; n <= 3; n++) await store.Audit.AppendAsync("k1", $"action{n}", n == 2 ? "snapshot" : null, null, Token);
        var page = await store.Audit.ListAsync(2, cancellationToken: Token);
        Assert.Equal([(3, "action3", null), (2, "action2", "snapshot")], page.Select(e => (e.Number, e.Action, e.Subject)));
        Assert.Equal([1L], (await store.Audit.ListAsync(2, page[^1].Number, Token)).Select(e => e.Number));
    }

    [Fact]
    public async Task A_store_that_works_is_writable()
    {
        await using var store = await home.NewStoreAsync();
        await store.CheckWritableAsync(Token);
        await store.CheckWritableAsync(Token);
    }

    [Fact]
    public async Task A_store_keeps_everything_when_it_is_opened_again()
    {
        string address = await home.NewAddressAsync();
        await using (var store = await Stores.OpenAsync(address, cancellationToken: Token))
        {
            await store.Events.AppendAsync([new("view", "tea") { UserId = "ann" }], Token);
            await store.Settings.SetAsync("a", "1", cancellationToken: Token);
        }
        await using var again = await Stores.OpenAsync(address, cancellationToken: Token);
        Assert.Equal(1, await again.Events.LastSequenceAsync(Token));
        Assert.Equal("1", (await again.Settings.GetAsync("a", Token))!.Json);
    }

    private sealed class Hours : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch.AddDays(20_000);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
