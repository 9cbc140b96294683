using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Kindred.Server;
using Microsoft.Data.Sqlite;

namespace Kindred.ServerTests;

/// <summary>POST /v1/events over HTTP.</summary>
public sealed class EventTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task One_event_an_array_and_lines_are_stored_once()
    {
        await using var server = await LivingServer.Start();
        var one = await server.Post("/v1/events", Event("e1", "ann", "tea"));
        Assert.Equal((1, 0, 0, 0), Counts(one));
        Assert.Equal("fsync", (string)one["durability"]!);
        Assert.Null(one["reasons"]);

        var array = await server.Post("/v1/events", $"[{Event("e1", "ann", "tea")}, {Event("e2", "bob", "jam")}]");
        Assert.Equal((1, 1, 0, 0), Counts(array));

        string lines = $"{Event("e2", "bob", "jam")}\n\n{Event("e3", "bob", "ham")}\n";
        var read = await LivingServer.Read(await server.Send(HttpMethod.Post, "/v1/events", lines, "application/x-ndjson"), 200);
        Assert.Equal((1, 1, 0, 0), Counts(read));
    }

    [Fact]
    public async Task An_event_without_an_id_is_known_by_its_content()
    {
        await using var server = await LivingServer.Start();
        const string Body = """{"type":"view","userId":"ann","itemId":"tea","time":"2026-01-31T12:00:00Z"}""";
        Assert.Equal((1, 0, 0, 0), Counts(await server.Post("/v1/events", Body)));
        // the same moment, written otherwise
        string unix = Body.Replace("\"2026-01-31T12:00:00Z\"", $"{Noon.ToUnixTimeSeconds()}", StringComparison.Ordinal);
        Assert.Equal((0, 1, 0, 0), Counts(await server.Post("/v1/events", unix)));
        string ms = Body.Replace("\"2026-01-31T12:00:00Z\"", $"{Noon.ToUnixTimeMilliseconds()}", StringComparison.Ordinal);
        Assert.Equal((0, 1, 0, 0), Counts(await server.Post("/v1/events", ms)));
        string local = Body.Replace("12:00:00Z", "14:00:00+02:00", StringComparison.Ordinal);
        Assert.Equal((0, 1, 0, 0), Counts(await server.Post("/v1/events", local)));
        Assert.Equal((1, 0, 0, 0), Counts(await server.Post("/v1/events", Body.Replace("tea", "jam", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task A_key_that_comes_again_with_another_body_is_refused_and_nothing_is_stored()
    {
        await using var server = await LivingServer.Start();
        const string Tea = """{"type":"view","userId":"ida","itemId":"tea"}""", Jam = """{"type":"view","userId":"ida","itemId":"jam"}""";
        Assert.Equal((2, 0, 0, 0), Counts(await LivingServer.Read(await Post("r1", $"[{Tea},{Jam}]"), 200)));
        Assert.Equal((0, 2, 0, 0), Counts(await LivingServer.Read(await Post("r1", $"[{Tea},{Jam}]"), 200)));
        // others, in another order, some of them, more of them
        foreach (string body in (string[])[$"[{Jam},{Jam}]", $"[{Jam},{Tea}]", Tea, $"[{Tea},{Jam},{Tea}]"])
            Assert.Equal(
                "The Idempotency-Key was sent with another body before, so nothing was stored; give each request a key of its own.",
                await LivingServer.Problem(await Post("r1", body), 422));
        Assert.Equal((1, 0, 0, 0), Counts(await LivingServer.Read(await Post("r2", Tea), 200)));
        Assert.Equal(3, (await server.Get("/v1/users/ida/events"))["events"]!.AsArray().Count);
        // an event with an id of its own does not need the key
        Assert.Equal((1, 0, 0, 0), Counts(await LivingServer.Read(await Post("r1", Event("own", "ida", "ham")), 200)));

        async Task<HttpResponseMessage> Post(string key, string body)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/events")
            {
                Content = new StringContent(body, Encoding.UTF8, "application/json"),
            };
            request.Headers.Add("Idempotency-Key", key);
            return await server.Client.SendAsync(request, LivingServer.Cancellation);
        }
    }

    [Fact]
    public async Task The_same_id_with_other_content_is_a_conflict()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/events", Event("e1", "ann", "tea"));
        var answer = await server.Post("/v1/events", $"[{Event("e1", "ann", "jam")}, {Event("e2", "ann", "jam")}]");
        Assert.Equal((1, 0, 1, 0), Counts(answer));
        Assert.Equal(0, (int)answer["reasons"]![0]!["index"]!);
    }

    private static readonly (string Record, string Reason)[] BadRecords =
    [
        ("""{"userId":"ann","itemId":"tea"}""", "type is missing."),
        ("""{"type":"view","userId":"ann"}""", "itemId is missing."),
        ("""{"type":"view","itemId":"tea"}""", "userId is missing"),
        ("""{"type":"view","userId":4.2,"itemId":"tea"}""", "userId must be a text in quotes, or a whole number from 0, was 4.2."),
        ("""{"type":"view","userId":"","itemId":"tea"}""", "userId is empty."),
        ("""{"type":"view","userId":"ann","itemId":"tea","rating":3}""", "The name 'rating' is unknown"),
        ("""{"type":"view","userId":"ann","itemId":"tea","itemId":"jam"}""", "A name is given twice."),
        ("""{"type":"view","userId":"ann","itemId":"tea","time":"31.1.2026"}""", "time must be a time such as"),
        ("""{"type":"view","userId":"ann","itemId":"tea","time":-5}""", "time must be a time such as"),
        ("""{"type":"view","userId":"ann","itemId":"tea","time":"2099-01-01"}""", "in the future"),
        ("""{"type":"view","userId":"ann","itemId":"tea","value":"5"}""", "value must be a number, was '5'."),
        ("""{"type":"view","userId":"ann","itemId":"tea","value":1e999}""", "value must be a number"),
        ("""{"type":"view","userId":"ann","itemId":"tea","position":-1}""", "position must be a whole number from 0"),
        ("""{"type":"view","userId":"ann","itemId":"tea","attributes":[1]}""", "attributes must be a JSON object, was a list."),
        ("""{"type":"view","userId":"\ud800","itemId":"tea"}""", "userId is not valid Unicode."),
        ("""{"type":"view","userId":"a\u0000b","itemId":"tea"}""", "userId has a character of code 0."),
        ("""{"type":"view","userId":"ann","itemId":"tea","attributes":{"a":"\ud800"}}""", "attributes is not valid Unicode."),
        ("[1]", "It is not a JSON object."),
        ("7", "It is not a JSON object."),
        ("{\"type\":\"view\"", "It is not JSON"),
    ];

    [Fact]
    public async Task A_bad_record_rejects_itself_alone()
    {
        await using var server = await LivingServer.Start();
        foreach (var (bad, reason) in BadRecords)
        {
            string good = Event($"{Guid.NewGuid()}", "ann", "tea");
            var answer = await LivingServer.Read(
                await server.Send(HttpMethod.Post, "/v1/events", $"{good}\n{bad}\n{good}", "application/x-ndjson"), 200);
            Assert.Equal((1, 1, 0, 1), Counts(answer));
            Assert.Equal(1, (int)answer["reasons"]![0]!["index"]!);
            Assert.Contains(reason, (string)answer["reasons"]![0]!["reason"]!, StringComparison.Ordinal);
        }
    }

    /// <summary>Databases count their users and items.</summary>
    [Fact]
    public async Task Ids_may_be_whole_numbers()
    {
        await using var server = await LivingServer.Start();
        const string Time = "\"time\":1770000000";
        Assert.Equal((2, 0, 0, 0), Counts(await server.Post("/v1/events",
            $$"""[{"id":1,"type":"view","userId":17,"itemId":90071992547409931,{{Time}}},{"type":"view","sessionId":5,"itemId":6,{{Time}}}]""")));
        Assert.Equal((0, 1, 0, 0), Counts(await server.Post("/v1/events",
            $$"""{"id":"1","type":"view","userId":"17","itemId":"90071992547409931",{{Time}}}""")));
        await server.Post("/v1/items", """[{"id":6,"attributes":{"price":1}}]""");
        Assert.Equal("6", (string)(await server.Get("/v1/items/6"))["id"]!);
    }

    [Fact]
    public async Task Bodies_that_cannot_be_understood_are_refused_whole()
    {
        await using var server = await LivingServer.Start();
        string good = Event("e1", "ann", "tea");
        Assert.Contains("nothing was stored", await Refused($"[{good}, {{]"), StringComparison.Ordinal);
        Assert.Contains("nothing was stored", await Refused($"[{good}] {good}"), StringComparison.Ordinal);
        Assert.Contains("kindred import", await Refused("type,userId,itemId\nview,ann,tea\n"), StringComparison.Ordinal);
        Assert.Contains("No line of the body is JSON", await Refused("{\"type\":\"view\""), StringComparison.Ordinal);
        Assert.Contains("The body is empty", await Refused("  "), StringComparison.Ordinal);
        string many = $"[{string.Join(',', Enumerable.Range(0, 10_001).Select(n => Event($"e{n}", "ann", "tea")))}]";
        Assert.Contains("more than 10,000 records", await Refused(many), StringComparison.Ordinal);
        await LivingServer.Problem(await server.Send(HttpMethod.Post, "/v1/events", good, "text/plain"), 415);
        Assert.Equal((1, 0, 0, 0), Counts(await server.Post("/v1/events", good))); // nothing of these was stored

        async Task<string> Refused(string body) =>
            await LivingServer.Problem(await server.Send(HttpMethod.Post, "/v1/events", body), 400);
    }

    [Fact]
    public async Task Compressed_bodies_are_read_up_to_a_limit()
    {
        await using var server = await LivingServer.Start();
        Assert.Equal((1, 0, 0, 0), Counts(await LivingServer.Read(await Send(Event("e1", "ann", "tea")), 200)));
        var tooLong = await Send(new string(' ', 17 << 20));
        Assert.Contains("16 MiB", await LivingServer.Problem(tooLong, 413), StringComparison.Ordinal);

        async Task<HttpResponseMessage> Send(string text)
        {
            var buffer = new MemoryStream();
            await using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
                await gzip.WriteAsync(Encoding.UTF8.GetBytes(text), LivingServer.Cancellation);
            using var content = new ByteArrayContent(buffer.ToArray());
            content.Headers.ContentType = new("application/json");
            content.Headers.ContentEncoding.Add("gzip");
            return await server.Client.PostAsync("/v1/events", content, LivingServer.Cancellation);
        }
    }

    [Theory]
    [InlineData("/v1/events")]
    [InlineData("/v1/import/events")]
    public async Task A_body_that_is_compressed_otherwise_or_damaged_is_called_so(string path)
    {
        await using var server = await LivingServer.Start();
        byte[] plain = Encoding.UTF8.GetBytes(Event("e1", "ann", "tea"));
        Assert.Contains("Content-Encoding: zstd", await Send(plain, "zstd", 415), StringComparison.Ordinal);
        Assert.Contains("not what its Content-Encoding says", await Send(plain, "gzip", 400), StringComparison.Ordinal);

        async Task<string> Send(byte[] body, string encoding, int status)
        {
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new("application/x-ndjson");
            content.Headers.ContentEncoding.Add(encoding);
            return await LivingServer.Problem(await server.Client.PostAsync(path, content, LivingServer.Cancellation), status);
        }
    }

    [Theory]
    [InlineData("POST", "/v1/events")]
    [InlineData("POST", "/v1/import/events")]
    [InlineData("POST", "/v1/items")]
    [InlineData("POST", "/v1/recommendations")]
    [InlineData("PUT", "/v1/settings/events")]
    public async Task A_damaged_body_is_the_fault_of_its_sender(string method, string path)
    {
        await using var server = await LivingServer.Start();
        foreach (string encoding in (string[])["gzip", "br", "deflate"])
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Content = new ByteArrayContent("""{"id":"e1","type":"view","userId":"ann","itemId":"tea"}"""u8.ToArray());
            bool isStream = path.Contains("import", StringComparison.Ordinal);
            request.Content.Headers.ContentType = new(isStream ? "application/x-ndjson" : "application/json");
            request.Content.Headers.ContentEncoding.Add(encoding);
            Assert.Contains("not what its Content-Encoding says", await LivingServer.Problem(
                await server.Client.SendAsync(request, LivingServer.Cancellation), 400), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Acknowledged_events_survive_a_kill()
    {
        await using var server = await LivingServer.Start();
        string[] events = [.. Enumerable.Range(0, 200).Select(n => Event($"e{n}", $"user{n % 7}", $"item{n}"))];
        await Task.WhenAll(events.Select(body => server.Post("/v1/events", body)));
        await server.Kill();
        await server.Restart();
        var again = await server.Post("/v1/events", $"[{string.Join(',', events)}]");
        Assert.Equal((0, 200, 0, 0), Counts(again));
    }

    [Fact]
    public async Task What_is_acknowledged_in_memory_is_written_when_the_server_stops()
    {
        await using var server = await LivingServer.Start("--durability", "memory");
        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(n => server.Post("/v1/events", Event($"e{n}", "ann", $"i{n}"))));
        Assert.All(answers, answer => Assert.Equal("memory", (string)answer["durability"]!));
        await server.Stop();
        await server.Restart("--durability", "os");
        string all = $"[{string.Join(',', Enumerable.Range(0, 300).Select(n => Event($"e{n}", "ann", $"i{n}")))}]";
        Assert.Equal((0, 300, 0, 0), Counts(await server.Post("/v1/events", all)));
    }

    [Fact]
    public async Task An_anonymous_session_becomes_a_user()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/events", """
            [{"type":"view","sessionId":"s/1","itemId":"tea"},{"type":"view","sessionId":"s/1","itemId":"jam"}]
            """);
        Assert.Equal(2, (int)(await server.Post("/v1/users/s%2F1/merge-into/ann"))["merged"]!);
        Assert.Equal(0, (int)(await server.Post("/v1/users/s%2F1/merge-into/ann"))["merged"]!);
    }

    /// <summary>While another process holds the store, events queue up: those that find no room are refused, and stored when they are sent
    /// again.</summary>
    [Fact]
    public async Task A_full_queue_is_429_with_Retry_After_and_nothing_is_lost()
    {
        await using var server = await LivingServer.Start();
        string[] bodies = [.. Enumerable.Range(0, 7).Select(body =>
            $"[{string.Join(',', Enumerable.Range(0, 10_000).Select(n => Event($"{body}-{n}", $"u{n}", $"i{n % 100}")))}]")];
        await server.Post("/v1/events", Event("first", "ann", "tea")); // warm
        using var source = new SqliteConnection($"Data Source={Path.Combine(server.Folder, "kindred.db")}");
        source.Open();
        await LivingServer.Until(async () =>
        {
            Run("BEGIN IMMEDIATE");
            var sent = bodies.Select(body => server.Send(HttpMethod.Post, "/v1/events", body)).ToList();
            bool isRefused = false;
            while (sent.Count > 0 && !isRefused)
            {
                var first = await Task.WhenAny(sent);
                sent.Remove(first);
                using var response = await first;
                isRefused = response.StatusCode == HttpStatusCode.TooManyRequests;
                if (isRefused) Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
                if (isRefused) Assert.Contains("try again", await LivingServer.Problem(response, 429), StringComparison.Ordinal);
            }
            Run("ROLLBACK");
            await Task.WhenAll(sent);
            return isRefused;
        }, "a request is refused");
        foreach (string body in bodies)
            await LivingServer.Until(
                async () => (await server.Send(HttpMethod.Post, "/v1/events", body)).IsSuccessStatusCode, "the events are stored");
        Assert.Equal(70_001, await LastSequence());

        void Run(string sql)
        {
            using var command = source.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }

        async Task<long> LastSequence()
        {
            await using var store = await LivingFolder.Open(server.Folder).OpenStoreAsync(LivingServer.Cancellation);
            return await store.Events.LastSequenceAsync(LivingServer.Cancellation);
        }
    }

    private static readonly (string Name, string Json, string Expected)[] BadSettings =
    [
        ("events", """{"weights":null}""", "$.weights"),
        ("events", """{"negative":null}""", "$.negative"),
        ("events", """{"negative":[null]}""", "must not be empty"),
        ("events", """{"otherWeight":null}""", "$.otherWeight"),
        ("events", """{"wieghts":{}}""", "did you mean weights?"),
        ("events", """{"otherWeight":1,"otherWeight":2}""", "otherWeight"),
        ("events", "null", "it must be an object of weights,"),
        ("live", """{"pinned":null}""", "$.pinned"),
        ("live", """{"pinned":[null]}""", "must not be empty"),
        ("limits", """{"burst":"3"}""", "$.burst"),
        ("limits", "[]", "it must be an object of requestsPerSecond, burst"),
        ("renewal", """{"policy":null}""", "$.policy"),
        ("renewal", """{"keep":null}""", "$.keep"),
        ("scenarios", """{"home":null}""", "home"),
        ("scenarios", "null", "must be an object"),
    ];

    [Fact]
    public async Task A_setting_that_is_not_one_is_refused_with_a_sentence()
    {
        await using var server = await LivingServer.Start();
        foreach (var (name, json, expected) in BadSettings)
            Assert.Contains(expected, await LivingServer.Problem(
                await server.Send(HttpMethod.Put, $"/v1/settings/{name}", json), 400), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mistakes_are_answered_with_what_was_meant()
    {
        await using var server = await LivingServer.Start();
        var answer = await server.Post("/v1/events", """{"type":"view","user_id":"ann","itemId":"tea"}""");
        Assert.Contains("did you mean userId", (string)answer["reasons"]![0]!["reason"]!, StringComparison.Ordinal);
        Assert.Contains("use POST.", await LivingServer.Problem(
            await server.Send(HttpMethod.Get, "/v1/events"), 405), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_settings_of_events_are_obeyed_and_have_versions()
    {
        await using var server = await LivingServer.Start();
        var before = await server.Send(HttpMethod.Get, "/v1/settings/events");
        Assert.Equal("\"0\"", before.Headers.ETag!.Tag);
        const string Json = """
            {"weights":{"purchase":5},"negative":["dislike"],"onlyListedTypes":true,"halfLifeDays":90,"clockSkewSeconds":60}
            """;
        var written = await server.Send(HttpMethod.Put, "/v1/settings/events", Json, ifMatch: "\"0\"");
        Assert.Equal(HttpStatusCode.OK, written.StatusCode);
        Assert.Contains("read it again", await LivingServer.Problem(
            await server.Send(HttpMethod.Put, "/v1/settings/events", Json, ifMatch: "\"0\""), 412), StringComparison.Ordinal);
        await LivingServer.Read(
            await server.Send(HttpMethod.Put, "/v1/settings/events", Json, ifMatch: written.Headers.ETag!.Tag), 200);

        var answer = await server.Post("/v1/events", """
            [{"type":"view","userId":"ann","itemId":"tea"},{"type":"dislike","userId":"ann","itemId":"tea"}]
            """);
        Assert.Equal((1, 0, 0, 1), Counts(answer));
        Assert.Contains("The type 'view'", (string)answer["reasons"]![0]!["reason"]!, StringComparison.Ordinal);
        Assert.Contains("above 0", await LivingServer.Problem(
            await server.Send(HttpMethod.Put, "/v1/settings/events", """{"weights":{"view":-1}}"""), 400), StringComparison.Ordinal);
        Assert.Contains("there are events", await LivingServer.Problem(
            await server.Send(HttpMethod.Get, "/v1/settings/evens"), 404), StringComparison.Ordinal);
    }

    private static string Event(string id, string user, string item) =>
        $$"""{"id":"{{id}}","type":"view","userId":"{{user}}","itemId":"{{item}}","time":"2026-01-31T12:00:00Z"}""";

    private static (int Accepted, int Duplicates, int Conflicts, int Rejected) Counts(JsonObject answer) =>
        ((int)answer["accepted"]!, (int)answer["duplicates"]!, (int)answer["conflicts"]!, (int)answer["rejected"]!);
}
