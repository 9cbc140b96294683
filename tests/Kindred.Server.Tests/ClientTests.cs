using Kindred.Client;

namespace Kindred.ServerTests;

/// <summary>The typed client against the built server.</summary>
public sealed class ClientTests
{
    [Fact]
    public async Task Events_that_are_sent_are_in_the_next_answer_and_in_the_export()
    {
        await using var server = await LivingServer.Start();
        var client = new KindredClient(server.Client);
        var cancellation = TestContext.Current.CancellationToken;

        await client.PutItemsAsync(
            [new CatalogEntry { Id = "tea", Attributes = new { title = "Tea" } }, new CatalogEntry { Id = "honey" }], cancellation);
        var sent = Enumerable.Range(0, 40)
            .Select(n => new NewEvent { Type = "view", UserId = $"u{n / 2}", ItemId = n % 2 == 0 ? "tea" : "honey" });
        var taken = await client.AddEventsAsync([.. sent, new NewEvent { Type = "view", UserId = "ann", ItemId = "tea" }], cancellation);
        Assert.Equal((41, 0, 0), (taken.Accepted, taken.Duplicates, taken.Rejected));

        var answer = await client.RecommendForUserAsync("ann", count: 1, cancellationToken: cancellation);
        Assert.Equal("honey", Assert.Single(answer.Items).ItemId);
        Assert.NotNull(answer.RequestId);
        Assert.Equal("tea", (await client.GetItemAsync("tea", cancellation)).Id);

        var exported = await client.ExportEventsAsync(cancellationToken: cancellation).ToListAsync(cancellation);
        Assert.Equal(41, exported.Count);
        Assert.Equal("ann", exported[^1].GetProperty("userId").GetString());
    }

    [Fact]
    public async Task A_record_that_is_no_good_is_rejected_by_itself()
    {
        await using var server = await LivingServer.Start();
        var taken = await new KindredClient(server.Client).AddEventsAsync(
            [new NewEvent { Type = "view", ItemId = "tea" }, new NewEvent { Type = "view", UserId = "ann", ItemId = "tea" }],
            TestContext.Current.CancellationToken);
        Assert.Equal((1, 1), (taken.Accepted, taken.Rejected));
        Assert.Equal(0, Assert.Single(taken.Reasons!).Index);
    }

    [Fact]
    public async Task What_the_server_refuses_is_an_exception_with_its_sentence()
    {
        await using var server = await LivingServer.Start();
        var client = new KindredClient(server.Client);
        var cancellation = TestContext.Current.CancellationToken;
        var none = await Assert.ThrowsAnyAsync<ApiException>(
            () => client.RecommendForUserAsync("ann", count: 0, cancellationToken: cancellation));
        Assert.Equal(400, none.StatusCode);
        var unknown = await Assert.ThrowsAnyAsync<ApiException>(() => client.GetItemAsync("nobody sells this", cancellation));
        Assert.Equal(404, unknown.StatusCode);
        Assert.Contains("nobody sells this", unknown.Response, StringComparison.Ordinal);
    }
}
