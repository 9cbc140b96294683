using System.Text;
using System.Text.Json.Nodes;
using Kindred.Tests.Support;

namespace Kindred.ServerTests;

/// <summary>Everything out and in again, over HTTP and by command; backup and restore.</summary>
public sealed class BulkTests
{
    [Fact]
    public async Task What_an_export_wrote_an_import_reads()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/events", """
            [{"id":"1","type":"view","userId":"ann","itemId":"tea","value":2.5,"requestId":"r","position":3,"attributes":{"a":[1,"ü"]}},
             {"type":"view","sessionId":"s","itemId":"jam","time":"2026-01-31T12:00:00.123Z"}]
            """);
        await server.Post("/v1/items", """[{"id":"tea","attributes":{"title":"Grüner Tee"},"hidden":true},{"id":"jam"}]""");
        string events = await Text("/v1/export/events"), items = await Text("/v1/export/items");
        Assert.Equal(2, events.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(events.Split('\n')[1], (await Text("/v1/export/events?after=1")).Trim());

        await using var other = await LivingServer.Start();
        Assert.Equal((2, 0, 0), await Import(other, "events", events));
        Assert.Equal((0, 2, 0), await Import(other, "events", events));
        Assert.Equal((2, 0, 0), await Import(other, "items", items));
        Assert.Equal(Without(events, "sequence", "receivedAt"), Without(await Text("/v1/export/events", other), "sequence", "receivedAt"));
        Assert.Equal(Without(items, "updatedAt"), Without(await Text("/v1/export/items", other), "updatedAt"));
        Assert.Empty(await Text("/v1/export/users"));

        async Task<string> Text(string path, LivingServer? from = null)
        {
            var response = (await (from ?? server).Send(HttpMethod.Get, path)).EnsureSuccessStatusCode();
            return await response.Content.ReadAsStringAsync(LivingServer.Cancellation);
        }
    }

    [Fact]
    public async Task An_import_of_many_lines_rejects_bad_ones_by_themselves()
    {
        await using var server = await LivingServer.Start();
        var lines = new StringBuilder();
        for (int n = 0; n < 25_000; n++)
            lines.Append(n % 10_000 == 7 ? "not json"
                : $$"""{"id":"e{{n}}","type":"view","userId":"u{{n % 100}}","itemId":"i{{n % 999}}"}""")
                .Append('\n');
        Assert.Equal((24_997, 0, 3), await Import(server, "events", lines.ToString()));
        await server.Kill();
        await server.Restart();
        Assert.Equal((0, 24_997, 3), await Import(server, "events", lines.ToString()));
    }

    [Fact]
    public async Task A_backup_while_serving_is_restored_into_a_new_folder()
    {
        await using var server = await LivingServer.Start();
        using var folder = new TemporaryFolder();
        string file = folder.File("shop.db");
        string[] events = [.. Enumerable.Range(0, 50).Select(n => $$"""{"id":"e{{n}}","type":"view","userId":"ann","itemId":"i{{n}}"}""")];
        await server.Post("/v1/events", $"[{string.Join(',', events)}]");
        var backup = JsonNode.Parse(await LivingServer.Succeed("backup", "--data", server.Folder, "--out", file, "--json"))!;
        Assert.Equal(50, (int)backup["sequence"]!);
        await server.Post("/v1/events", """{"id":"later","type":"view","userId":"ann","itemId":"tea"}""");

        await LivingServer.Succeed("restore", file, "--data", folder.File("copy"));
        await using var copy = await LivingServer.StartIn(folder.File("copy"));
        var again = await copy.Post("/v1/events", $"[{string.Join(',', events)}]");
        Assert.Equal(50, (int)again["duplicates"]!);
        var later = await copy.Post("/v1/events", """{"id":"later","type":"view","userId":"ann","itemId":"tea"}""");
        Assert.Equal(1, (int)later["accepted"]!); // it came after the backup
        var (exitCode, _, error) = await LivingServer.Command("restore", file, "--data", folder.File("copy"));
        Assert.Equal(2, exitCode);
        Assert.NotEmpty(error);
    }

    private static async Task<(int Stored, int Duplicates, int Rejected)> Import(LivingServer server, string what, string lines)
    {
        var answer = await LivingServer.Read(
            await server.Send(HttpMethod.Post, $"/v1/import/{what}", lines, "application/x-ndjson"), 200);
        return ((int)answer["stored"]!, (int)answer["duplicates"]!, (int)answer["rejected"]!);
    }

    private static string[] Without(string lines, params string[] names) =>
    [
        .. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
        {
            var record = JsonNode.Parse(line)!.AsObject();
            foreach (string name in names) record.Remove(name);
            return record.ToJsonString();
        }),
    ];
}
