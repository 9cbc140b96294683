using Kindred.Server;
using Kindred.Server.Experiments;
using Kindred.Store;
using Kindred.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kindred.ServerTests.Experiments;

/// <summary>What a server keeps of the units of experiments.</summary>
public sealed class ExposureSumsTests
{
    [Fact]
    public async Task A_user_whom_another_server_forgot_is_dropped()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        await using var store = await Stores.OpenAsync(folder.File("kindred.db"), new() { Durability = Durability.Os }, token);
        using var changes = new StoreChanges(store, NullLogger<StoreChanges>.Instance);
        await changes.StartAsync(token);
        using var sums = new ExposureSums(store, changes);
        foreach (string unit in (string[])["ann", "bob"]) sums.Trigger("ranker", unit);
        await store.ForgetAsync(SubjectKind.User, "ann", token);
        await store.ForgetAsync(SubjectKind.Item, "bob", token); // an item that is called like a user
        await changes.CatchUpAsync(token);
        Assert.False(sums.IsTriggered("ranker", "ann"));
        Assert.True(sums.IsTriggered("ranker", "bob"));
        await changes.StopAsync(token);
    }
}
