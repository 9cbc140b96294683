using System.Net;
using Kindred.Native.Tests.Import;
using Kindred.Tests.Support;

namespace Kindred.ServerTests;

/// <summary>Two servers with folders of their own and one PostgreSQL.</summary>
public sealed class TwoServersTests
{
    [Fact]
    public async Task What_one_server_is_told_the_other_answers_by()
    {
        await using var postgres = await PostgresServer.Start(LivingServer.Cancellation);
        using TemporaryFolder one = new(), two = new();
        await using var first = await AnswerTests.Serving(one, store: postgres.Address);
        await using var second = await AnswerTests.Serving(two, store: postgres.Address);
        await AnswerTests.View(first, "gus", "tea");
        Assert.Equal("cake", (await AnswerTests.Items(first, "gus"))[0]);
        await AnswerTests.Settle(second, "gus", items => items[0] == "cake");
        await AnswerTests.View(second, "gus", "cake");
        await AnswerTests.Settle(first, "gus", items => !items.Contains("cake"));

        await second.Post("/v1/items/jam/hide");
        await AnswerTests.Settle(first, "gus", items => !items.Contains("jam"));
        await AnswerTests.Put(first, "events", """{"negative":["dislike"]}""");
        await second.Post("/v1/events", """{"type":"dislike","userId":"gus","itemId":"ham"}""");
        await AnswerTests.Settle(first, "gus", items => !items.Contains("ham"));
        await AnswerTests.Put(second, "scenarios", """{"home":{"sources":[{"kind":"model","model":"item-knn"}]}}""");
        await LivingServer.Until(async () =>
            (await first.Send(HttpMethod.Get, "/v1/users/gus/recommendations?scenario=home")).StatusCode == HttpStatusCode.OK,
            "the other server knows the scenario");

        await first.Post("/v1/events", """{"type":"view","sessionId":"s1","itemId":"ham"}""");
        await AnswerTests.Settle(second, "s1", items => items[0] == "bread");
        await second.Post("/v1/users/s1/merge-into/max");
        await AnswerTests.Settle(first, "max", items => items[0] == "bread");
        await LivingServer.Read(await first.Send(HttpMethod.Delete, "/v1/users/ann"), 200);
        // what is popular is another thing without ann, too
        await LivingServer.Until(async () => Enumerable.SequenceEqual(
            await AnswerTests.Items(second, "ann"), await AnswerTests.Items(second, "nobody")), "the other server has forgotten ann");
    }

    [Fact]
    public async Task Without_the_database_answers_continue_and_they_catch_up_when_it_is_back()
    {
        await using var postgres = await PostgresServer.Start(LivingServer.Cancellation);
        using TemporaryFolder one = new(), two = new();
        await using var first = await AnswerTests.Serving(one, store: postgres.Address);
        await using var second = await AnswerTests.Serving(two, store: postgres.Address);
        await AnswerTests.View(first, "gus", "tea");
        await postgres.Stop(LivingServer.Cancellation);
        string[] before = await AnswerTests.Items(first, "gus");
        using var refused = await first.Send(HttpMethod.Post, "/v1/events", """{"type":"view","userId":"gus","itemId":"cake"}""");
        string[] after = await AnswerTests.Items(first, "gus");
        await postgres.Resume(LivingServer.Cancellation);
        Assert.Equal("cake", before[0]);
        await LivingServer.Read(refused, 503);
        Assert.Equal(before, after);
        await LivingServer.Until(async () => (await first.Send(
            HttpMethod.Post, "/v1/events", """{"id":"e1","type":"view","userId":"gus","itemId":"cake"}""")).StatusCode == HttpStatusCode.OK,
            "events are stored again");
        await AnswerTests.Settle(first, "gus", items => !items.Contains("cake"));
        await AnswerTests.Settle(second, "gus", items => !items.Contains("cake"));
    }
}
