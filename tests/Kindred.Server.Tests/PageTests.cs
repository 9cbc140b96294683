using System.Net;
using System.Text.RegularExpressions;

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
