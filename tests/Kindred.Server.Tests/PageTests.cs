using System.Net;
using System.Text.RegularExpressions;
using Kindred.Server.Dashboard;

namespace Kindred.ServerTests;

/// <summary>What the dashboard's pages say, as text; how they look is for tests with a browser.</summary>
public sealed partial class PageTests
{
    [Fact]
    public async Task An_item_that_the_server_does_not_know_is_called_so()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/events", """{"type":"view","userId":"ann","itemId":"tea"}""");
        Assert.Contains("The server does not know 'nothing'", await Text(server, "/item?id=nothing"), StringComparison.Ordinal);
        Assert.DoesNotContain("where it suits", await Text(server, "/item?id=nothing"), StringComparison.Ordinal);
        Assert.DoesNotContain("does not know", await Text(server, "/item?id=tea"), StringComparison.Ordinal);
        Assert.Contains("where it suits", await Text(server, "/item?id=tea"), StringComparison.Ordinal);
        Assert.Contains("no: it stands on what is known of it", await Text(server, "/item?id=tea"), StringComparison.Ordinal);
        string vector = string.Join(',', Enumerable.Repeat("0.5", 384));
        string attributes = $$"""{"title":"Green tea","textVector":[{{vector}}],"tags":["hot","green"]}""";
        await LivingServer.Read(await server.Send(HttpMethod.Put, "/v1/items/tea", $"{{\"attributes\":{attributes}}}"), 200);
        string known = await Text(server, "/item?id=tea");
        Assert.Matches(@"textVector\s+384 numbers", known);
        Assert.Matches(@"tags\s+hot, green", known);
        Assert.DoesNotContain("0.5", known, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Users_are_named_by_when_they_did_something_and_not_in_the_order_of_an_import()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/events", """
            [{"type":"view","userId":"late","itemId":"tea","time":"2026-03-01T00:00:00Z"},
             {"type":"view","userId":"early","itemId":"tea","time":"2026-01-01T00:00:00Z"}]
            """);
        string text = await Text(server, "/user");
        Assert.True(text.IndexOf(" late ", StringComparison.Ordinal) is > 0 and int late
            && late < text.IndexOf(" early ", StringComparison.Ordinal), text);
    }

    [Theory]
    [InlineData(20, "Nobody asked since this server's start 20 s ago.")]
    [InlineData(7_200, "Nobody asked in the last hour.")]
    public void A_server_that_has_just_started_knows_of_no_earlier_answers(int seconds, string said) => Assert.EndsWith(
        said, TodayPage.Sentence(new("healthy"), [], 1, TimeSpan.FromSeconds(seconds)), StringComparison.Ordinal);

    [Fact]
    public async Task Who_may_use_a_server_without_keys_is_said_as_it_is()
    {
        await using var server = await LivingServer.Start();
        Assert.Contains("programs of this machine may do everything, others nothing", await Text(server, "/access"),
            StringComparison.Ordinal);
        await using var open = await LivingServer.Start("--allow-anonymous");
        Assert.Contains("everyone who reaches the server may do everything", await Text(open, "/access"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task There_is_no_link_to_a_report_that_is_not_there()
    {
        await using var server = await LivingServer.Start();
        await LivingServer.Problem(await server.Send(HttpMethod.Get, "/v1/doctor"), 404);
        string page = await server.Client.GetStringAsync("/models", LivingServer.Cancellation);
        Assert.Contains("There is no report yet", page, StringComparison.Ordinal);
        Assert.DoesNotContain("/v1/doctor", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_model_all_answers_are_without_it_and_what_was_refused_is_no_answer()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/events", """{"type":"view","userId":"ann","itemId":"tea"}""");
        await server.Get("/v1/users/ann/recommendations");
        await server.Get("/v1/users/bob/recommendations");
        await LivingServer.Problem(await server.Send(HttpMethod.Get, "/v1/users/ann/recommendations?scenario=none"), 404);
        string text = await Text(server, "/");
        Assert.Contains("No model is trained yet", text, StringComparison.Ordinal);
        Assert.Matches("In the last hour 2 answers, .*; 100(.0)?\\s%\\swithout the model", text);
    }

    private static async Task<string> Text(LivingServer server, string path) =>
        WebUtility.HtmlDecode(Tag().Replace(await server.Client.GetStringAsync(path, LivingServer.Cancellation), " "));

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}
