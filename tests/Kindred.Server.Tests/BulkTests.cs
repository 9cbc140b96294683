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

    [Fact]
    public async Task The_command_imports_files_while_the_server_runs_and_exports_them_again()
    {
        await using var server = await LivingServer.Start();
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("films.csv"), "movieId,title,genres\n1,Toy Story,Animation|Comedy\n2,Heat,Crime\n",
            LivingServer.Cancellation);
        await File.WriteAllTextAsync(folder.File("ratings.csv"), """
            userId,movieId,rating,timestamp
            ann,1,4.5,1700000000
            ann,2,3,1700000100
            bob,1,5,1700000200
            bob,1,5,1700000200
            """, LivingServer.Cancellation);
        string[] import =
        [
            "import", folder.File("ratings.csv"), "--item-attributes", folder.File("films.csv"), "--data", server.Folder, "--json",
        ];
        var first = JsonNode.Parse(await LivingServer.Succeed(import))!;
        Assert.Equal((3, 1, 2), ((int)first["stored"]!, (int)first["duplicates"]!, (int)first["entries"]!));
        var again = JsonNode.Parse(await LivingServer.Succeed(import))!;
        Assert.Equal((0, 4), ((int)again["stored"]!, (int)again["duplicates"]!));
        var film = await server.Get("/v1/items/1");
        Assert.Equal("Toy Story", (string)film["attributes"]!["title"]!);
        Assert.Equal(["Animation", "Comedy"], film["attributes"]!["genres"]!.AsArray().Select(genre => (string)genre!));

        await LivingServer.Succeed("export", "events", "--data", server.Folder, "--out", folder.File("out.jsonl"));
        string[] lines = await File.ReadAllLinesAsync(folder.File("out.jsonl"), LivingServer.Cancellation);
        Assert.Equal(3, lines.Length);
        var rating = JsonNode.Parse(lines[0])!;
        Assert.Equal(("rating", "ann", "1", 4.5, "2023-11-14T22:13:20Z"), ((string)rating["type"]!, (string)rating["userId"]!,
            (string)rating["itemId"]!, (double)rating["value"]!, (string)rating["time"]!));
        await using var copy = await LivingServer.Start();
        Assert.Equal((3, 0, 0), await Import(copy, "events", string.Join('\n', lines)));

        await LivingServer.Succeed("export", "events", "--data", server.Folder, "--out", folder.File("out.csv"));
        await LivingServer.Succeed("export", "items", "--data", server.Folder, "--out", folder.File("items.parquet"));
        var (exitCode, _, error) = await LivingServer.Command(
            "import", folder.File("ratings.csv"), "--data", server.Folder, "--min-user", "5");
        Assert.Equal(2, exitCode);
        Assert.Contains("keeps all events", error, StringComparison.Ordinal);
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
