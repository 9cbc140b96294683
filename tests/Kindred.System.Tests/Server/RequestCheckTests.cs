using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Kindred.Snapshots;
using Kindred.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Kindred.SystemTests.Server;

/// <summary>What a request must not be: each refusal names the place, and no request costs more than others.</summary>
public sealed class RequestCheckTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() =>
        _server = await RunningServer.Start(new LiveSnapshot(Snapshot.Open(FilterTests.Write(_folder.File("films"), isIndexed: false))));

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<string> Refused(string body) => await RunningServer.Problem(await _server.Send(body), 400);

    [Theory]
    [InlineData("user.json", "userId")]
    [InlineData("history.json", "history[0]")]
    public async Task Numbers_for_ids_are_called_so(string file, string place)
    {
        string body = await File.ReadAllTextAsync(
            Path.Combine(AppContext.BaseDirectory, "cases", "numbers-as-ids-in-requests", file), TestContext.Current.CancellationToken);
        string said = await Refused(body);
        Assert.Contains(place, said, StringComparison.Ordinal);
        Assert.Contains("in quotes", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"userId":"space1","where":[null]}""", "where[0] is null; give a text.")]
    [InlineData("""{"userId":"space1","allow":["alien",null]}""", "allow[1] is null; give a text.")]
    [InlineData("""{"userId":"space1","deny":[null]}""", "deny[0] is null; give a text.")]
    [InlineData("""{"userId":"space1","whyNot":[null]}""", "whyNot[0] is null; give a text.")]
    [InlineData("""{"userId":"space1","context":{"labels":{"device":null}}}""",
        "context.labels.device is null; give a list of texts, or leave it out.")]
    [InlineData("""{"userId":"space1","context":{"labels":{"device":["tv",null]}}}""", "context.labels.device[1] is null; give a text.")]
    [InlineData("""{"userId":"space1","context":{"numbers":{"user.age":1e99}}}""",
        "context.numbers.user.age must be finite, was Infinity.")]
    [InlineData("""{"userId":"space1","context":{"time":"2030-12-24T10:00:00"}}""",
        "context.time has no offset: '2030-12-24T10:00:00'; add one, such as Z for UTC.")]
    [InlineData("""{"history":["alien",{"itemId":"a/b","weight":1e99}]}""",
        "The weight of item 'a/b' must be a number above 0, was Infinity.")]
    public async Task Nulls_and_numbers_that_are_none_are_refused_with_their_place(string body, string sentence) =>
        Assert.Equal(sentence, await Refused(body));

    [Theory]
    [InlineData("""{"userId":"space1","context":{"numbers":{"user.age":null}}}""",
        "context.numbers.user.age is null; give a number, or leave it out.")]
    [InlineData("""{"userId":"space1","context":{"numbers":{"user.age":"NaN"}}}""",
        "context.numbers.user.age must be a number, was \"NaN\".")]
    [InlineData("""{"userId":"space1","context":{"numbers":{"user.age":NaN}}}""", "The body is not JSON at line 1, byte 53: 'N' is an")]
    [InlineData("""{"userId":"space1","context":{"labels":{"device":"tv"}}}""",
        "context.labels.device must be a list in brackets, was \"tv\".")]
    [InlineData("""{"userId":"space1","context":{"labels":{"device":[["tv"]]}}}""",
        "context.labels.device[0] must be a text in quotes, was [\"tv\"].")]
    [InlineData("""{"userId":"space1","context":{"time":"soon"}}""",
        "context.time must be a time such as \"2026-01-31T18:30:00Z\", was \"soon\".")]
    [InlineData("""{"userId":"space1","context":[]}""", "context must be an object in braces, was [].")]
    [InlineData("""{"userId":"space1","key":1.5}""", "key must be a whole number, was 1.5.")]
    [InlineData("""{"userId":"space1","count":99999999999}""", "count is too large: 99999999999.")]
    [InlineData("""{"userId":"space1","Count":3,"key":"a"}""", "key must be a whole number, was \"a\".")]
    [InlineData("""{"userId":"space1","explain":"yes"}""", "explain must be true or false, was \"yes\".")]
    [InlineData("""{"userId":"space1","userId":"space2"}""", "userId is given twice; give it once.")]
    [InlineData("""{"history":[{"itemId":"alien","itemId":"a/b"}]}""", "history[0].itemId is given twice; give it once.")]
    [InlineData("""{"history":["\ud800"]}""", "The body has a text with half of a character;")]
    [InlineData("""{"userId":"\ud800"}""", "The body has a text with half of a character;")]
    [InlineData("""{"userId":"space1","context":{"labels":{"\ud800":[]}}}""", "The body has a text with half of a character;")]
    public async Task What_has_the_wrong_type_is_refused(string body, string sentence) =>
        Assert.Contains(sentence, await Refused(body), StringComparison.Ordinal);

    [Fact]
    public async Task A_body_that_is_compressed_or_not_in_utf8_is_called_so()
    {
        byte[] body = Encoding.UTF8.GetBytes("""{"userId":"space1"}""");
        var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync(body, TestContext.Current.CancellationToken);
        Assert.Equal("The body is encoded (Content-Encoding: gzip), which is not read here; send it as it is.",
            await Sent(packed.ToArray(), 415, "gzip"));
        Assert.Equal("The body is compressed with gzip, but no Content-Encoding says so; send it as it is.",
            await Sent(packed.ToArray(), 415));
        Assert.Equal("The body is in UTF-16; send JSON in UTF-8.",
            await Sent([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("{}")], 415));
        Assert.Equal("The body is not UTF-8: byte 12, 0xE9, is no part of a character; send JSON in UTF-8.",
            await Sent(Encoding.Latin1.GetBytes("""{"userId":"é"}"""), 400));

        async Task<string> Sent(byte[] bytes, int status, string? encoding = null)
        {
            using var content = new ByteArrayContent(bytes);
            content.Headers.ContentType = new("application/json");
            if (encoding is not null) content.Headers.ContentEncoding.Add(encoding);
            return await RunningServer.Problem(
                await _server.Client.PostAsync("/v1/recommendations", content, TestContext.Current.CancellationToken), status);
        }
    }

    [Theory]
    [InlineData("""{"userId":"space1","history":null,"where":null,"allow":null,"deny":null,"whyNot":null,"context":null}""")]
    [InlineData("""{"userId":"space1","count":null,"key":null,"explain":null}""")]
    [InlineData("""{"userId":"space1","context":{"time":null,"labels":null,"numbers":null}}""")]
    public async Task Null_is_left_out_where_something_may_be_left_out(string body) =>
        Assert.Equal((await _server.Get("/v1/users/space1/recommendations")).ToJsonString(), (await _server.Post(body)).ToJsonString());

    [Fact]
    public async Task No_more_is_taken_than_a_request_may_have()
    {
        async Task Check(string member, JsonNode value, string sentence)
        {
            var body = new JsonObject { ["userId"] = "space1", [member] = value };
            Assert.Equal(sentence, await Refused(body.ToJsonString()));
        }
        static JsonArray Texts(int count, string text = "x") => [.. Enumerable.Repeat(text, count).Select(id => (JsonNode)id)];
        await Check("history", Texts(10_001), "history has 10,001 events; give at most 10,000.");
        await Check("where", Texts(33, "year>1990"), "where has 33 conditions; give at most 32.");
        await Check("where", Texts(1, $"year={string.Join('|', Enumerable.Range(1, 1_001))}"),
            "The condition on year has 1,001 alternatives; give at most 1,000.");
        await Check("where", Texts(1, $"year={new string('1', 100_000)}"), "The filter has 100,005 characters; give at most 65,536.");
        await Check("allow", Texts(50_001), "allow has 50,001 items; give at most 50,000.");
        await Check("deny", Texts(50_001), "deny has 50,001 items; give at most 50,000.");
        await Check("whyNot", Texts(101), "whyNot has 101 items; give at most 100.");
        await Check("context", new JsonObject { ["labels"] = new JsonObject { ["device"] = Texts(101) } },
            "context.labels.device has 101 labels; give at most 100.");
        JsonObject Names(Func<JsonNode> value) =>
            new([.. Enumerable.Range(0, 101).Select(n => KeyValuePair.Create($"n{n}", (JsonNode?)value()))]);
        await Check(
            "context", new JsonObject { ["labels"] = Names(() => new JsonArray()) }, "context.labels has 101 names; give at most 100.");
        await Check("context", new JsonObject { ["numbers"] = Names(() => 1) }, "context.numbers has 101 names; give at most 100.");
        await _server.Post(new JsonObject { ["userId"] = "space1", ["allow"] = Texts(50_000), ["deny"] = Texts(50_000) }.ToJsonString());
    }

    [Theory]
    [InlineData("/v1/users/space1/recommendations?explain=maybe&count=3", "explain must be true or false, was 'maybe'.")]
    [InlineData("/v1/users/space1/recommendations?explain=&count=3", "explain must be true or false, was ''.")]
    [InlineData("/v1/users/space1/recommendations?explain=false&count=", "count must be a whole number, was ''.")]
    [InlineData("/v1/users/space1/recommendations?whyNot=", "whyNot[0] is empty; name an item.")]
    [InlineData("/v1/users/space1/recommendations?count=1&count=2", "count is given 2 times; give it once.")]
    [InlineData("/v1/users/space1/recommendations?cuont=3", "There is no parameter 'cuont' here; did you mean count?")]
    [InlineData("/v1/users/space1/recommendations?where=&count=3",
        "'' is not a condition; write attribute=label|label, attribute!=label, attribute>=number or attribute=from..to.")]
    [InlineData("/v1/items/alien/similar?explain=true", "There is no parameter 'explain' here; there are where, count.")]
    [InlineData("/v1/items/alien/similar?count=1.5&where=year%3E1990", "count must be a whole number, was '1.5'.")]
    [InlineData("/v1/items/alien/similar?id=other", "There is no parameter 'id' here; there are where, count.")]
    [InlineData("/v1/pipeline?x=1", "There is no parameter 'x' here; there are none.")]
    public async Task A_parameter_that_cannot_be_read_is_named(string path, string sentence) =>
        Assert.Equal(sentence, await RunningServer.Problem(await _server.Fetch(path), 400));

    [Fact]
    public async Task Parameters_that_can_be_read_are_read()
    {
        var plain = await _server.Get("/v1/users/space1/recommendations?count=3");
        Assert.Equal(plain.ToJsonString(), (await _server.Get("/v1/users/space1/recommendations?Count=3&explain=False")).ToJsonString());
        await _server.Get("/health/live?probe=1");
    }

    [Fact]
    public async Task A_refusal_repeats_no_control_characters_and_no_long_texts()
    {
        Assert.Equal("There is no item '\\u001b[31m\\nx' in the data of films.",
            await RunningServer.Problem(await _server.Fetch("/v1/items/%1B%5B31m%0Ax/similar"), 404));
        Assert.StartsWith("There is nothing at /v2/%0A%1B;",
            await RunningServer.Problem(await _server.Fetch("/v2/%0A%1B"), 404), StringComparison.Ordinal);
        Assert.Equal("explain must be true or false, was '\\r\\nx'.",
            await RunningServer.Problem(await _server.Fetch("/v1/users/a/recommendations?explain=%0D%0Ax"), 400));
        var longEvent = new JsonObject { ["itemId"] = new string('x', 500_000), ["weight"] = 0 };
        string sentence = await Refused(new JsonObject { ["history"] = new JsonArray(longEvent) }.ToJsonString());
        Assert.InRange(sentence.Length, 100, 200);
        Assert.InRange((await Refused($$"""{"{{new string('x', 100_000)}}":1}""")).Length, 100, 250);
    }

    [Fact]
    public void A_line_of_the_log_is_one_line()
    {
        using var text = new StringWriter();
        _server.App.Services.GetServices<ConsoleFormatter>().Single(formatter => formatter.Name == "kindred").Write(
            new LogEntry<string>(LogLevel.Error, "Kindred", new(4), "GET /v1/\n2026-01-01 info: \u001b[2J",
                new InvalidOperationException("a\u0007"), (state, _) => state),
            null, text);
        string line = text.ToString();
        Assert.EndsWith("Z fail: Kindred[4] GET /v1/\\n2026-01-01 info: \\u001b[2J System.InvalidOperationException: a\\u0007"
            + Environment.NewLine,
            line, StringComparison.Ordinal);
        Assert.Single(line, '\n');
    }
}
