namespace Kindred.Store.Tests;

/// <summary>What holds for users, items and settings in any store.</summary>
public abstract class CatalogContract(StoreHome home)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Entries_are_put_patched_listed_and_deleted()
    {
        await using var store = await home.NewStoreAsync();
        Assert.Empty(await store.Items.PutAsync([new("tea", """{"title":"Tée","price":2}"""), new("jam", Hidden: true)], Token));
        var tea = await store.Items.GetAsync("tea", Token);
        Assert.Equal(("""{"title":"Tée","price":2}""", false), (tea!.Attributes, tea.Hidden));
        Assert.True(tea.CreatedAt == tea.UpdatedAt && tea.CreatedAt > DateTimeOffset.UnixEpoch);

        var (patched, conflicts) = await store.Items.PatchAsync("tea", """{"price":null,"size":{"kg":1}}""", hidden: true, Token);
        Assert.Equal(("""{"title":"Tée","size":{"kg":1}}""", true), (patched!.Attributes, patched.Hidden));
        Assert.Empty(conflicts);
        Assert.Equal(patched, await store.Items.GetAsync("tea", Token));
        Assert.True(patched.Version > tea.Version);
        Assert.Null((await store.Items.PatchAsync("unknown", "{}", null, Token)).Entry);

        Assert.Equal(2, await store.Items.CountAsync(Token));
        Assert.Equal(0, await store.Users.CountAsync(Token));
        Assert.Null(await store.Users.GetAsync("tea", Token));
        Assert.True(await store.Items.DeleteAsync("tea", Token));
        Assert.False(await store.Items.DeleteAsync("tea", Token));
        Assert.Null(await store.Items.GetAsync("tea", Token));
    }

    [Fact]
    public async Task What_was_deleted_is_known_until_it_is_put_again_or_forgotten()
    {
        await using var store = await home.NewStoreAsync();
        await store.Items.PutAsync([new("tea"), new("jam"), new("ham"), new("egg")], Token);
        await store.Users.PutAsync([new("ann")], Token);
        await store.Users.DeleteAsync("ann", Token);
        foreach (string id in (string[])["tea", "jam", "ham"]) await store.Items.DeleteAsync(id, Token);
        Assert.Equal(["ham", "jam", "tea"], await store.Items.DeletedAsync(Token));
        await store.Items.PutAsync([new("jam")], Token);
        await store.ForgetAsync(SubjectKind.Item, "ham", Token);
        Assert.Equal(["tea"], await store.Items.DeletedAsync(Token));
        Assert.Equal(["ann"], await store.Users.DeletedAsync(Token));
    }

    [Fact]
    public async Task Pages_follow_the_bytes_of_ids()
    {
        await using var store = await home.NewStoreAsync();
        string[] ids = ["Z", "a", "é", "b", "10", "9"];
        await store.Users.PutAsync([.. ids.Select(id => new CatalogEntry(id))], Token);
        var first = await store.Users.ListAsync(null, 4, Token);
        var second = await store.Users.ListAsync(first[^1].Id, 4, Token);
        Assert.Equal(["10", "9", "Z", "a", "b", "é"], first.Concat(second).Select(entry => entry.Id));
    }

    [Fact]
    public async Task Putting_again_replaces_and_keeps_the_moment_of_creation()
    {
        await using var store = await home.NewStoreAsync();
        await store.Items.PutAsync([new("tea", """{"a":1}""") { CreatedAt = DateTimeOffset.UnixEpoch.AddDays(1) }], Token);
        await store.Items.PutAsync([new("tea", """{"b":1}""")], Token);
        var tea = await store.Items.GetAsync("tea", Token);
        Assert.Equal(("""{"b":1}""", DateTimeOffset.UnixEpoch.AddDays(1)), (tea!.Attributes, tea.CreatedAt));
    }

    [Fact]
    public async Task Merging_adds_attributes_and_leaves_what_is_hidden()
    {
        await using var store = await home.NewStoreAsync();
        await store.Items.PutAsync([new("tea", """{"a":1,"b":{"x":1}}""", Hidden: true)], Token);
        var conflicts = await store.Items.MergeAsync([new("tea", """{"a":"one","b":{"y":2}}"""), new("jam", """{"a":2}""")], Token);
        var tea = await store.Items.GetAsync("tea", Token);
        Assert.Equal(("""{"a":"one","b":{"x":1,"y":2}}""", true), (tea!.Attributes, tea.Hidden));
        Assert.Equal("""{"a":2}""", (await store.Items.GetAsync("jam", Token))!.Attributes);
        Assert.Equal([new("tea", "a", AttributeType.Number, AttributeType.Text)], conflicts);
    }

    [Fact]
    public async Task Types_that_differ_are_reported_and_stored()
    {
        await using var store = await home.NewStoreAsync();
        await store.Items.PutAsync([new("a", """{"price":1,"tags":["x"],"new":true,"none":null}""")], Token);
        var conflicts = await store.Items.PutAsync(
            [new("b", """{"price":"cheap","tags":[]}"""), new("c", """{"price":2,"tags":[1],"new":null,"none":[2]}""")], Token);
        Assert.Equal(
            [new("b", "price", AttributeType.Number, AttributeType.Text), new("c", "tags", AttributeType.Texts, AttributeType.Numbers)],
            conflicts);
        Assert.Equal("""{"price":"cheap","tags":[]}""", (await store.Items.GetAsync("b", Token))!.Attributes);
        Assert.Equal(AttributeType.Numbers, (await store.Items.TypesAsync(Token))["none"]);
        Assert.Empty(await store.Users.TypesAsync(Token));
    }

    [Fact]
    public async Task A_text_is_a_list_of_one_and_a_list_with_a_gap_is_still_of_numbers()
    {
        await using var store = await home.NewStoreAsync();
        await store.Items.PutAsync([new("a", """{"genres":["x"],"clip":[1,null]}""")], Token);
        Assert.Equal([new("c", "clip", AttributeType.Numbers, AttributeType.Other)], await store.Items.PutAsync(
            [new("b", """{"genres":"x","clip":[1,2]}"""), new("c", """{"clip":[null,2]}""")], Token));
    }

    [Theory]
    [InlineData("[]"), InlineData("1"), InlineData("{"), InlineData(""), InlineData("null"), InlineData("""{"a":1,"a":2}""")]
    public async Task Attributes_that_are_no_object_are_refused(string attributes)
    {
        await using var store = await home.NewStoreAsync();
        var error = await Assert.ThrowsAsync<InputException>(() => store.Items.PutAsync([new("ok"), new("tea", attributes)], Token));
        Assert.Contains("item 'tea'", error.Message);
        Assert.Equal(0, await store.Items.CountAsync(Token));
    }

    [Fact]
    public async Task Changes_tell_other_servers_what_to_read_again()
    {
        await using var store = await home.NewStoreAsync();
        Assert.Equal(0, await store.LastVersionAsync(Token));
        await store.Items.PutAsync([new("tea"), new("jam")], Token);
        await store.Users.PutAsync([new("tea")], Token);
        await store.Settings.SetAsync("weights", "{}", cancellationToken: Token);
        await store.Items.PatchAsync("tea", null, hidden: true, Token);
        await store.Items.DeleteAsync("jam", Token);
        Assert.Equal(
            [
                new(3, ChangeKind.User, "tea"), new(4, ChangeKind.Setting, "weights"), new(5, ChangeKind.Item, "tea"),
                new(6, ChangeKind.Item, "jam", Deleted: true),
            ],
            await store.ChangesAsync(0, 10, Token));
        Assert.Equal([new(5, ChangeKind.Item, "tea")], await store.ChangesAsync(4, 1, Token));
        Assert.Equal(6, await store.LastVersionAsync(Token));
    }

    [Fact]
    public async Task A_setting_is_written_only_if_it_is_what_the_writer_read()
    {
        await using var store = await home.NewStoreAsync();
        Assert.Null(await store.Settings.GetAsync("serving", Token));
        var first = await store.Settings.SetAsync("serving", """{"snapshot":"1"}""", expected: 0, Token);
        Assert.NotNull(first);
        Assert.Null(await store.Settings.SetAsync("serving", "{}", expected: 0, Token));
        var second = await store.Settings.SetAsync("serving", """{"snapshot":"2"}""", first.Version, Token);
        Assert.Null(await store.Settings.SetAsync("serving", "{}", first.Version, Token));
        Assert.Equal(second, await store.Settings.GetAsync("serving", Token));
        Assert.Equal([second!], await store.Settings.ListAsync(Token));
    }

    [Fact]
    public async Task Settings_and_audit_log_change_together_or_not_at_all()
    {
        await using var store = await home.NewStoreAsync();
        var serving = await store.Settings.SetAsync("serving", "{}", cancellationToken: Token);
        NewAuditEntry[] entries = [new("kim", "promoted", "7", """{"reason":"better"}"""), new("kim", "stop-experiment")];
        Task<bool> Change(long expected, string? json) =>
            store.Settings.ChangeAsync([new("serving", json, expected), new("experiments", "[]", 0)], entries, Token);
        Assert.False(await Change(serving!.Version - 1, "1"));
        Assert.False(await Change(serving.Version + 1, null)); // which it only has to have
        Assert.Empty(await store.Audit.ListAsync(9, cancellationToken: Token));
        Assert.Null(await store.Settings.GetAsync("experiments", Token));
        long before = await store.LastVersionAsync(Token);
        bool[] won = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Change(serving.Version, null)));
        Assert.Single(won, isWon => isWon); // the others find experiments written
        Assert.Equal(serving, await store.Settings.GetAsync("serving", Token));
        Assert.Equal([new(before + 1, ChangeKind.Setting, "experiments")], await store.ChangesAsync(before, 9, Token));
        Assert.Equal([("stop-experiment", null), ("promoted", """{"reason":"better"}""")],
            (await store.Audit.ListAsync(9, cancellationToken: Token)).Select(entry => (entry.Action, entry.Detail)));
    }
}
