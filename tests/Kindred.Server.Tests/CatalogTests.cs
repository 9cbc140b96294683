using System.Net;
using System.Text.Json.Nodes;

namespace Kindred.ServerTests;

/// <summary>Users and items over HTTP.</summary>
public sealed class CatalogTests
{
    [Fact]
    public async Task An_item_is_put_patched_read_hidden_and_deleted()
    {
        await using var server = await LivingServer.Start();
        await LivingServer.Problem(await server.Send(HttpMethod.Get, "/v1/items/tea"), 404);
        var put = await Json(HttpMethod.Put, "/v1/items/tea", """{"attributes":{"title":"Green tea","price":4.5,"labels":["a","b"]}}""");
        Assert.Equal("tea", (string)put["id"]!);
        Assert.Equal(4.5, (double)put["attributes"]!["price"]!);
        Assert.False((bool)put["hidden"]!);

        var patched = await Json(HttpMethod.Patch, "/v1/items/tea", """{"attributes":{"price":5,"labels":null}}""");
        Assert.Equal("""{"title":"Green tea","price":5}""", patched["attributes"]!.ToJsonString());
        Assert.Equal((string)put["createdAt"]!, (string)patched["createdAt"]!);
        Assert.True((bool)(await server.Post("/v1/items/tea/hide"))["hidden"]!);
        Assert.True((bool)(await server.Get("/v1/items/tea"))["hidden"]!);
        Assert.False((bool)(await server.Post("/v1/items/tea/unhide"))["hidden"]!);
        await LivingServer.Problem(await server.Send(HttpMethod.Patch, "/v1/items/jam", "{}"), 404);
        await server.Post("/v1/events", """{"type":"view","userId":"ann","itemId":"known/from events"}""");
        Assert.True((bool)(await server.Post("/v1/items/known%2Ffrom%20events/hide"))["hidden"]!);
        Assert.True((bool)(await server.Get("/v1/items/known%2Ffrom%20events"))["hidden"]!);

        Assert.Equal(HttpStatusCode.NoContent, (await server.Send(HttpMethod.Delete, "/v1/items/tea")).StatusCode);
        await LivingServer.Problem(await server.Send(HttpMethod.Get, "/v1/items/tea"), 404);
        await LivingServer.Problem(await server.Send(HttpMethod.Delete, "/v1/items/tea"), 404);

        async Task<JsonObject> Json(HttpMethod method, string path, string body) =>
            await LivingServer.Read(await server.Send(method, path, body), 200);
    }

    [Fact]
    public async Task Hiding_and_deleting_is_in_the_audit_log_and_unhiding_makes_no_item()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/items", """{"id":"tea"}""");
        await server.Post("/v1/items/tea/hide");
        await server.Post("/v1/items/tea/unhide");
        await LivingServer.Problem(await server.Send(HttpMethod.Post, "/v1/items/nothing/unhide"), 404);
        Assert.StartsWith("There is no item 'taa': neither an entry nor an event names it.", await LivingServer.Problem(
            await server.Send(HttpMethod.Post, "/v1/items/taa/hide"), 404), StringComparison.Ordinal);
        await LivingServer.Problem(await server.Send(HttpMethod.Get, "/v1/items/taa"), 404);
        await LivingServer.Problem(await server.Send(HttpMethod.Get, "/v1/items/nothing"), 404);
        await server.Send(HttpMethod.Delete, "/v1/items/tea");
        Assert.Equal([("delete-item", "tea"), ("unhide-item", "tea"), ("hide-item", "tea")],
            (await server.Get("/v1/audit"))["entries"]!.AsArray().Select(entry => ((string)entry!["action"]!, (string)entry["subject"]!)));
    }

    /// <summary>As in files: models take its numbers together, whatever is sent first.</summary>
    [Fact]
    public async Task A_list_of_numbers_is_a_vector()
    {
        await using var server = await LivingServer.Start();
        var first = await server.Post("/v1/items", """
            [{"id":"gap","attributes":{"image":[1,null,3]}},{"id":"a","attributes":{"image":[1,0,0.5]}},
             {"id":"short","attributes":{"image":[1,2]}},
             {"id":"b","attributes":{"image":[0.5,0,1],"genres":["drama"]}},{"id":"c","attributes":{"image":[1,0,1e400],"genres":"drama"}}]
            """);
        Assert.Equal([("gap", "numbers", "other"), ("short", "3 numbers", "2 numbers"), ("c", "numbers", "numbers out of range")],
            first["conflicts"]!.AsArray().Select(conflict =>
                ((string)conflict!["id"]!, (string)conflict["known"]!, (string)conflict["given"]!)));
        foreach (string feature in (string[])["item.image.*", "item.image.2"])
            await AnswerTests.Put(server, "renewal", $$"""{"model":"implicit-als:features={{feature}}"}""");
        Assert.StartsWith("There is no feature 'item.image'", await LivingServer.Problem(await server.Send(
            HttpMethod.Put, "/v1/settings/renewal", """{"model":"implicit-als:features=item.image"}"""), 400), StringComparison.Ordinal);
        await LivingServer.Until(async () => // once answers know it
            (await LivingServer.Read(await server.Send(HttpMethod.Put, "/v1/items/d", """{"attributes":{"image":[1,2,3,4]}}"""), 200))
                ["conflicts"]?[0]?["known"]?.ToString() == "3 numbers", "the length is known");
    }

    [Fact]
    public async Task Attributes_of_another_type_are_stored_and_reported()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/items", """[{"id":"tea","attributes":{"price":4.5}}]""");
        var answer = await server.Post("/v1/items", """[{"id":"jam","attributes":{"price":"cheap"}}]""");
        var conflict = Assert.Single(answer["conflicts"]!.AsArray())!;
        Assert.Equal(("jam", "price", "number", "text"),
            ((string)conflict["id"]!, (string)conflict["name"]!, (string)conflict["known"]!, (string)conflict["given"]!));
        Assert.Equal("cheap", (string)(await server.Get("/v1/items/jam"))["attributes"]!["price"]!);
    }

    [Fact]
    public async Task An_attribute_that_is_named_twice_is_a_reason_against_its_record_alone()
    {
        await using var server = await LivingServer.Start();
        var answer = await server.Post("/v1/items", """
            [
              {"id":"tea","attributes":{"size":{"x":1}}},{"id":"jam","attributes":{"a":1,"a":2}},
              {"id":"rum","attributes":{"b":[{"c":1,"c":2}]}}
            ]
            """);
        Assert.Equal((1, 2), ((int)answer["stored"]!, (int)answer["rejected"]!));
        Assert.Contains("'a' twice", (string)answer["reasons"]![0]!["reason"]!, StringComparison.Ordinal);
        Assert.Contains("'c' twice", (string)answer["reasons"]![1]!["reason"]!, StringComparison.Ordinal);
        Assert.Contains("'x' twice", await LivingServer.Problem(
            await server.Send(HttpMethod.Patch, "/v1/items/tea", """{"attributes":{"size":{"x":1,"x":2}}}"""), 400),
            StringComparison.Ordinal);
        var events = await server.Post("/v1/events", """
            [{"type":"view","userId":"ann","itemId":"tea"},{"type":"view","userId":"ann","itemId":"jam","attributes":{"a":1,"a":2}}]
            """);
        Assert.Equal((1, 1), ((int)events["accepted"]!, (int)events["rejected"]!));
    }

    [Fact]
    public async Task Bad_entries_are_rejected_with_a_reason()
    {
        await using var server = await LivingServer.Start();
        var answer = await server.Post("/v1/users", """
            [{"id":"ann"},{"attributes":{}},{"id":"bob","atributes":{}},{"id":"eve","hidden":"yes"},{"id":"kim","attributes":[]}]
            """);
        Assert.Equal((1, 4), ((int)answer["stored"]!, (int)answer["rejected"]!));
        Assert.Equal([1, 2, 3, 4], answer["reasons"]!.AsArray().Select(reason => (int)reason!["index"]!));
        Assert.Contains("not that of the address", await LivingServer.Problem(
            await server.Send(HttpMethod.Put, "/v1/users/ann", """{"id":"bob"}"""), 400), StringComparison.Ordinal);
    }

    /// <summary>Entries that come and go between two pages neither repeat nor hide others.</summary>
    [Fact]
    public async Task Pages_have_each_entry_once_while_others_come_and_go()
    {
        await using var server = await LivingServer.Start();
        string[] ids = [.. Enumerable.Range(0, 25).Select(n => $"item {n:00}/ü")];
        await server.Post("/v1/items", $"[{string.Join(',', ids.Select(id => $$"""{"id":"{{id}}"}"""))}]");
        List<string> seen = [];
        string? cursor = null;
        do
        {
            var page = await server.Get($"/v1/items?count=10{(cursor is null ? "" : $"&cursor={cursor}")}");
            seen.AddRange(page["entries"]!.AsArray().Select(entry => (string)entry!["id"]!));
            cursor = (string?)page["cursor"];
            if (seen.Count == 10)
            {
                await server.Send(HttpMethod.Delete, $"/v1/items/{Uri.EscapeDataString(ids[9])}"); // the one the cursor stands on
                await server.Post("/v1/items", """{"id":"item 00"}"""); // before it
            }
        } while (cursor is not null);
        Assert.Equal(ids, seen);
        Assert.Contains("is not one that a listing gave", await LivingServer.Problem(
            await server.Send(HttpMethod.Get, "/v1/items?cursor=x"), 400), StringComparison.Ordinal);
    }
}
