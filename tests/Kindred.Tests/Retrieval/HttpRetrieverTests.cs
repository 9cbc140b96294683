using System.Net;
using System.Text;
using System.Text.Json;
using Kindred.Data;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Retrieval.Sources;

namespace Kindred.Tests.Retrieval;

/// <summary>Against a real listener on this machine.</summary>
public sealed class HttpRetrieverTests : IDisposable
{
    private static readonly Vocabulary Users = new(["ann"]), Items = new(["a", "b", "c", "d"]);

    private readonly HttpListener _listener = new();
    private readonly Uri _address;

    public HttpRetrieverTests()
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        _address = new($"http://localhost:{((IPEndPoint)probe.LocalEndpoint).Port}/candidates/");
        probe.Stop();
        _listener.Prefixes.Add(_address.ToString());
        _listener.Start();
    }

    public void Dispose() => _listener.Close();

    /// <returns>What was asked.</returns>
    private async Task<JsonElement> AnswerOnce(int status, string body)
    {
        var context = await _listener.GetContextAsync();
        var asked = (await JsonDocument.ParseAsync(context.Request.InputStream)).RootElement;
        context.Response.StatusCode = status;
        context.Response.OutputStream.Write(Encoding.UTF8.GetBytes(body));
        context.Response.Close();
        return asked;
    }

    private HttpRetriever Retriever(double seconds = 30) => new(_address, TimeSpan.FromSeconds(seconds), Users, Items);

    [Fact]
    public async Task It_sends_ids_and_takes_what_is_known_and_allowed_best_first()
    {
        var served = AnswerOnce(200, """{"items":[{"itemId":"b","score":1},{"itemId":"zzz","score":9},{"itemId":"c","score":2},{"itemId":"c","score":3},{"itemId":"d","score":5}]}""");
        IRetriever retriever = Retriever();
        var (items, scores) = (new int[3], new float[3]);
        int count = retriever.Retrieve(new(0, new[] { 0, 1 }) { Allowed = BitSet.Of(4, [0, 1, 2]) }, items, scores);
        Assert.Equal([2, 1], items.Take(count));
        Assert.Equal([2, 1], scores.Take(count));
        var asked = await served;
        Assert.Equal("""{"userId":"ann","history":["a","b"],"count":3}""", asked.GetRawText());
    }

    [Theory]
    [InlineData(500, "{}", typeof(HttpRequestException))]
    [InlineData(200, "<html>", typeof(JsonException))]
    [InlineData(200, "{}", typeof(JsonException))]
    public async Task What_is_no_answer_is_an_error(int status, string body, Type expected)
    {
        var served = AnswerOnce(status, body);
        IRetriever retriever = Retriever();
        var error = Record.Exception(() => retriever.Retrieve(new(-1, default), new int[1], new float[1]));
        Assert.IsType(expected, error);
        await served;
    }

    [Fact]
    public void Silence_ends_with_the_time_out()
    {
        IRetriever retriever = Retriever(.05);
        Assert.ThrowsAny<OperationCanceledException>(() => retriever.Retrieve(new(-1, default), new int[1], new float[1]));
    }
}
