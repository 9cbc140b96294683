using Kindred.ExposureContracts;

namespace Kindred.Store.Tests;

/// <summary>What holds in any store for exposure contracts of items.</summary>
public abstract class ExposureContractContract(StoreHome home)
{
    private static readonly DateTimeOffset Began = DateTimeOffset.UnixEpoch.AddDays(20_000);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static NewContract For(string item, int impressions = 200) => new(item, impressions, 72, Began, true);

    private static Task<IReadOnlyList<StoredContract>> ListAsync(IStore store, string? item = null) =>
        store.Contracts.ListAsync(DateTimeOffset.UnixEpoch, 100, item, cancellationToken: Token);

    [Fact]
    public async Task A_new_item_gets_one_contract_and_a_person_may_start_another_when_it_has_ended()
    {
        await using var store = await home.NewStoreAsync();
        Assert.Equal(2, await store.Contracts.StartAsync([For("tea"), For("mug"), For("tea")], isFirst: true, Token));
        Assert.Equal(0, await store.Contracts.StartAsync([For("tea")], isFirst: false, Token));
        Assert.Equal(["mug", "tea"], (await ListAsync(store)).Select(contract => contract.ItemId));
        var first = Assert.Single(await ListAsync(store, "tea"));
        Assert.True(await store.Contracts.ChangeAsync(first.Number, 50, 24.5, Token));
        Assert.True(await store.Contracts.EndAsync(first.Number, ContractState.Stopped, "Enough.", Token));
        Assert.False(await store.Contracts.EndAsync(first.Number, ContractState.Missed, "Late.", Token));
        Assert.False(await store.Contracts.ChangeAsync(first.Number, 60, 24, Token));
        Assert.Equal(0, await store.Contracts.StartAsync([For("tea")], isFirst: true, Token));
        Assert.Equal(1, await store.Contracts.StartAsync([For("tea", 10) with { IsAutomatic = false }], isFirst: false, Token));
        var both = await ListAsync(store, "tea");
        Assert.Equal([3, first.Number], both.Select(contract => contract.Number));
        Assert.Equal((ContractState.Running, false, 10), (both[0].State, both[0].IsAutomatic, both[0].Terms.Impressions));
        Assert.Equal((ContractState.Stopped, "Enough.", 50, 24.5, Began), (
            both[1].State, both[1].Reason, both[1].Terms.Impressions, both[1].Terms.Hours, both[1].Terms.Began));
        Assert.NotNull(both[1].EndedAt);
        var running = await store.Contracts.ListAsync(DateTimeOffset.MaxValue.AddDays(-1), 100, null, cancellationToken: Token);
        Assert.Equal(2, running.Count);
    }

    [Fact]
    public async Task Totals_of_servers_add_up_and_are_replaced_when_they_are_written_again()
    {
        await using var store = await home.NewStoreAsync();
        await store.Contracts.StartAsync([For("tea")], isFirst: true, Token);
        var sum = new ContractSum(1, Began, 10, 4, 3.5, .25);
        await store.Contracts.KeepAsync("one", [sum], [new(20_000, 5, 2.5, .25)], Token);
        await store.Contracts.KeepAsync("one", [sum with { Given = 12, Placed = 5 }], [new(20_000, 6, 3, .5)], Token);
        await store.Contracts.KeepAsync("two", [sum, sum with { Number = 99 }], [new(20_000, 1, 1, 0), new(20_001, 1, 1, 0)], Token);
        var contract = Assert.Single(await ListAsync(store));
        Assert.Equal((22, 9, 7.0, .5), (contract.Given, contract.Placed, contract.Examined, contract.Spent));
        Assert.Equal(sum with { Given = 12, Placed = 5 }, Assert.Single(await store.Contracts.SumsAsync("one", Token)));
        Assert.Equal(new(20_000, 7, 4, .5), await store.Contracts.DayAsync(20_000, null, Token));
        Assert.Equal(new(20_000, 6, 3, .5), await store.Contracts.DayAsync(20_000, "one", Token));
        Assert.Equal(new(19_999, 0, 0, 0), await store.Contracts.DayAsync(19_999, null, Token));
    }

    [Fact]
    public async Task What_was_expected_last_is_kept()
    {
        await using var store = await home.NewStoreAsync();
        await store.Contracts.StartAsync([For("tea")], isFirst: true, Token);
        Assert.Null(Assert.Single(await ListAsync(store)).Prior);
        await store.Contracts.ExpectAsync(new Dictionary<long, AppealPrior> { [1] = new(.1, 20) }, Token);
        await store.Contracts.ExpectAsync(new Dictionary<long, AppealPrior> { [1] = new(.2, 30), [9] = new(.3, 30) }, Token);
        Assert.Equal(new AppealPrior(.2, 30), Assert.Single(await ListAsync(store)).Prior);
    }

    [Fact]
    public async Task Pages_are_all_contracts_and_states_are_counted()
    {
        await using var store = await home.NewStoreAsync();
        Assert.Empty(await store.Contracts.CountAsync(Token));
        await store.Contracts.StartAsync([.. Enumerable.Range(1, 5).Select(n => For($"item{n}"))], isFirst: true, Token);
        await store.Contracts.EndAsync(3, ContractState.Kept, "Done.", Token);
        var pages = new List<long>();
        while (await store.Contracts.ListAsync(DateTimeOffset.UnixEpoch, 2, null, pages.Append(long.MaxValue).Min(), Token)
            is { Count: > 0 } page) pages.AddRange(page.Select(contract => contract.Number));
        Assert.Equal([5, 4, 3, 2, 1], pages);
        var states = await store.Contracts.CountAsync(Token);
        Assert.Equal((4, 1, 2), (states[ContractState.Running], states[ContractState.Kept], states.Count));
    }

    /// <summary>Two events that came of one answer are one click; an event that was removed is none.</summary>
    [Fact]
    public async Task Clicks_are_impressions_that_were_clicked()
    {
        await using var store = await home.NewStoreAsync();
        await store.Contracts.StartAsync([For("tea"), For("mug")], isFirst: true, Token);
        await store.Events.AppendAsync(
            [.. "abcd".Select(id => new NewEvent("view", "tea") { Id = $"{id}", UserId = "ann", Time = Began })], Token);
        CreditedEvent Of(string id, string request) => new(id, "ann", request, true, Began);
        await store.Experiments.CreditAsync(
            StoredContract.CreditName(1), [Of("a", "r1"), Of("b", "r1"), Of("c", "r2"), Of("d", "r3"), Of("none", "r4")], Token);
        await store.Events.RemoveAsync(["d"], Token);
        Assert.Equal([0L, 2L], (await ListAsync(store)).Select(contract => contract.Clicks));
    }

    [Fact]
    public async Task A_forgotten_item_has_no_contract()
    {
        await using var store = await home.NewStoreAsync();
        await store.Contracts.StartAsync([For("tea"), For("mug")], isFirst: true, Token);
        await store.Contracts.KeepAsync("one", [new(1, Began, 1, 1, 1, 1), new(2, Began, 1, 1, 1, 1)], [], Token);
        var receipt = await store.ForgetAsync(SubjectKind.Item, "tea", Token);
        Assert.Contains(new("contracts", 1, 0), receipt.Places);
        Assert.Equal("mug", Assert.Single(await ListAsync(store)).ItemId);
        await store.Contracts.KeepAsync("one", [new(1, Began, 2, 1, 1, 1)], [], Token);
        Assert.Equal(2, Assert.Single(await store.Contracts.SumsAsync("one", Token)).Number);
    }
}
