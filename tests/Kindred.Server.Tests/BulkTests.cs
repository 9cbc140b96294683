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
    public async Task What_was_exported_is_imported_into_the_same_server_as_duplicates()
    {
        await using var server = await LivingServer.Start();
        using var folder = new TemporaryFolder();
        await server.Post("/v1/events", """
            [{"type":"view","userId":"ann","itemId":"tea"},{"id":"mine","type":"rating","userId":"ann","itemId":"jam","value":4.5},
             {"type":"view","sessionId":"s","itemId":"rum","requestId":"r","position":1,"attributes":{"a": 1}},
             {"id":"2f1c7f0e-58a5-4f0c-9d3c-0a4b7c1d2e3f","type":"view","userId":"bob","itemId":"tea","time":1700000000}]
            """);
        await server.Post("/v1/users/s/merge-into/bob");
        string lines = await server.Client.GetStringAsync("/v1/export/events", LivingServer.Cancellation);
        Assert.Equal((0, 4, 0), await Import(server, "events", lines));
        foreach (string name in (string[])["events.jsonl.gz", "events.jsonl"])
        {
            await LivingServer.Succeed("export", "events", "--data", server.Folder, "--out", folder.File(name));
            Assert.Equal((0, 4, 0), await Command(folder.File(name), server.Folder));
        }
        Assert.Equal(lines, await server.Client.GetStringAsync("/v1/export/events", LivingServer.Cancellation));

        await using var other = await LivingServer.Start();
        Assert.Equal((4, 0, 0), await Command(folder.File("events.jsonl.gz"), other.Folder));
        Assert.Equal(Without(lines, "sequence", "receivedAt"), Without(
            await other.Client.GetStringAsync("/v1/export/events", LivingServer.Cancellation), "sequence", "receivedAt"));
        string[] changed = [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries), "no"];
        changed[0] = changed[0].Replace("\"itemId\":\"", "\"itemId\":\"other-", StringComparison.Ordinal);
        await File.WriteAllLinesAsync(folder.File("changed.jsonl"), changed[..4], LivingServer.Cancellation);
        Assert.Equal((0, 3, 1), await Command(folder.File("changed.jsonl"), server.Folder));
        await File.WriteAllLinesAsync(folder.File("changed.jsonl"), changed, LivingServer.Cancellation);
        var (exitCode, _, error) = await LivingServer.Command("import", folder.File("changed.jsonl"), "--data", server.Folder);
        Assert.Equal(2, exitCode);
        Assert.Contains("Line 5 of changed.jsonl", error, StringComparison.Ordinal);
        byte[] packed = await File.ReadAllBytesAsync(folder.File("events.jsonl.gz"), LivingServer.Cancellation);
        await File.WriteAllBytesAsync(folder.File("events.jsonl.gz"), packed[..^8], LivingServer.Cancellation);
        (exitCode, _, error) = await LivingServer.Command("import", folder.File("events.jsonl.gz"), "--data", server.Folder);
        Assert.Equal(2, exitCode);
        Assert.Contains("its gzip stream", error, StringComparison.Ordinal);

        static async Task<(int Stored, int Duplicates, int Conflicts)> Command(string file, string data)
        {
            var answer = JsonNode.Parse(await LivingServer.Succeed("import", file, "--data", data, "--json"))!;
            return ((int)answer["stored"]!, (int)answer["duplicates"]!, (int)answer["conflicts"]!);
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

    [Fact]
    public async Task A_file_without_times_is_known_by_its_content_and_not_by_its_name()
    {
        await using var server = await LivingServer.Start();
        using var folder = new TemporaryFolder();
        string file = folder.File("purchases.csv"), other = folder.File("other.csv");
        Assert.Equal((2, 0), await Import(file, "user,item\nann,tea\nbob,jam\n"));
        Assert.Equal((2, 0), await Import(file, "user,item\nann,jam\nbob,jam\n")); // of the next day, with a row that is alike
        Assert.Equal((0, 2), await Import(other, "user,item\nann,tea\nbob,jam\n"));
        Assert.Equal((2, 0), await Import(file, "user,item\nann,tea\nann,tea\n")); // two events

        async Task<(int Stored, int Duplicates)> Import(string path, string text)
        {
            await File.WriteAllTextAsync(path, text, LivingServer.Cancellation);
            var answer = JsonNode.Parse(await LivingServer.Succeed("import", path, "--data", server.Folder, "--json"))!;
            Assert.Equal(0, (int)answer["conflicts"]!);
            return ((int)answer["stored"]!, (int)answer["duplicates"]!);
        }
    }

    [Fact]
    public async Task Files_of_attributes_add_to_what_is_known_and_bring_items_and_users_without_events()
    {
        await using var server = await LivingServer.Start();
        using var folder = new TemporaryFolder();
        await server.Post("/v1/items", """{"id":"tea","hidden":true,"attributes":{"shelf":"A","price":1}}""");
        await File.WriteAllTextAsync(folder.File("sales.csv"), "user,item\nann,tea\nbob,jam\n", LivingServer.Cancellation);
        await File.WriteAllTextAsync(folder.File("items.csv"), "item,price\ntea,2\njam,3\nrum,4\n", LivingServer.Cancellation);
        await File.WriteAllTextAsync(folder.File("users.csv"), "user,age\nann,31\nzoe,47\n", LivingServer.Cancellation);
        var answer = JsonNode.Parse(await LivingServer.Succeed(
            "import", folder.File("sales.csv"), "--item-attributes", folder.File("items.csv"), "--user-attributes",
            folder.File("users.csv"), "--data", server.Folder, "--json"))!;
        Assert.Equal(5, (int)answer["entries"]!);

        var tea = await server.Get("/v1/items/tea");
        Assert.Equal((true, "A", 2), ((bool)tea["hidden"]!, (string)tea["attributes"]!["shelf"]!, (int)tea["attributes"]!["price"]!));
        Assert.Equal(4, (int)(await server.Get("/v1/items/rum"))["attributes"]!["price"]!);
        Assert.Equal(47, (int)(await server.Get("/v1/users/zoe"))["attributes"]!["age"]!);
    }

    [Fact]
    public async Task Lines_count_from_the_first_one_and_those_before_a_line_that_is_too_long_are_stored()
    {
        await using var server = await LivingServer.Start();
        const string Good = """{"type":"view","userId":"ann","itemId":"tea","time":1700000000}""";
        var answer = await LivingServer.Read(
            await server.Send(HttpMethod.Post, "/v1/import/events", $"\uFEFF{Good}\n\n  \nno\n", "application/x-ndjson"), 200);
        Assert.Equal((1, 1), ((int)answer["stored"]!, (int)answer["rejected"]!));
        Assert.Equal(3, (int)answer["reasons"]![0]!["index"]!);

        string tooLong = new('x', 2 << 20);
        string problem = await LivingServer.Problem(await server.Send(
            HttpMethod.Post, "/v1/import/events", $"{Good.Replace("tea", "jam", StringComparison.Ordinal)}\n\n{tooLong}",
            "application/x-ndjson"), 400);
        Assert.Contains("Line 3 ", problem, StringComparison.Ordinal);
        Assert.Equal(2, (await server.Client.GetStringAsync("/v1/export/events", LivingServer.Cancellation)).Split('\n').Length - 1);
    }

    [Fact]
    public async Task An_export_keeps_values_and_times_as_they_are_and_leaves_no_draft()
    {
        await using var server = await LivingServer.Start();
        using var folder = new TemporaryFolder();
        await server.Post("/v1/events", """{"type":"rating","userId":"ann","itemId":"tea","value":16777217.25,"time":1700000000}""");
        var stored = JsonNode.Parse(await server.Client.GetStringAsync("/v1/export/events", LivingServer.Cancellation))!;
        foreach (string name in (string[])["out.csv", "out.jsonl", "out.jsonl.gz"])
            await LivingServer.Succeed("export", "events", "--data", server.Folder, "--out", folder.File(name));
        string[] lines = await File.ReadAllLinesAsync(folder.File("out.csv"), LivingServer.Cancellation);
        var row = lines[0].Split(',').Zip(lines[1].Split(',')).ToDictionary(pair => pair.First, pair => pair.Second);
        Assert.Equal("16777217.25", row["value"]);
        Assert.Equal(DateTimeOffset.Parse((string)stored["receivedAt"]!), DateTimeOffset.Parse(row["received"]));
        Assert.Equal(stored.ToJsonString(), JsonNode.Parse(
            await File.ReadAllTextAsync(folder.File("out.jsonl"), LivingServer.Cancellation))!.ToJsonString());
        Assert.Equal(3, Directory.GetFileSystemEntries(folder.Path).Length);
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
