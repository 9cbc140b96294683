using System.Text.Json.Nodes;
using Kindred.Native.Tests.Import;
using Kindred.ServerTests;
using Kindred.Tests.Support;

namespace Kindred.DashboardTests;

/// <summary>While the store is away, the first page says so, and the others that they cannot be shown now.</summary>
public sealed class FaultTests(ChromiumBrowser chromium)
{
    [Fact]
    public async Task A_store_that_is_away_is_said_on_pages_and_they_return_with_it()
    {
        using var folder = new TemporaryFolder();
        await using var postgres = await PostgresServer.Start(LivingServer.Cancellation);
        await using var server = await LivingServer.StartIn(folder.File("shop"), "--store", postgres.Address);
        await server.Post("/v1/events", """{"type":"view","userId":"ann","itemId":"tea"}""");
        await using var visit = await Visit.Begin(chromium, server);
        await postgres.Stop(LivingServer.Cancellation);
        string today, data;
        JsonArray alarms;
        try
        {
            var page = await visit.Open("/");
            today = await page.Locator("#alarms").InnerTextAsync();
            await visit.Check();
            await visit.Open("/data", 503);
            data = await page.Locator("[role=alert]").InnerTextAsync();
            alarms = (await server.Get("/v1/alarms"))["alarms"]!.AsArray();
            foreach (string path in (string[])["events/counts", "items/tea/activity", "users/ann/events"])
            {
                using var refused = await server.Send(HttpMethod.Get, $"/v1/{path}");
                Assert.Equal(503, (int)refused.StatusCode);
            }
        }
        finally
        {
            await postgres.Resume(LivingServer.Cancellation); // a server that does not run cannot be stopped
        }
        Assert.Contains("postgres://", today, StringComparison.Ordinal);
        Assert.Contains("postgres://", data, StringComparison.Ordinal);
        Assert.Contains(alarms, alarm => ((string)alarm!["sentence"]!).Contains("postgres://", StringComparison.Ordinal));
        Assert.DoesNotContain("Nothing needs you", today, StringComparison.Ordinal);
        await LivingServer.Until(async () => (await visit.Page.GotoAsync("/data"))!.Status == 200, "the store is back");
    }
}
