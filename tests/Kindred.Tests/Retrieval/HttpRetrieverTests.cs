using System.Net;
using System.Text;
using System.Text.Json;
using Kindred.Data;
using Kindred.Numerics;
using Kindred.Retrieval.Sources;

namespace Kindred.Tests.Retrieval;

/// <summary>Against a real listener on this machine.</summary>
public sealed class HttpRetrieverTests : IDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

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
        var served = AnswerOnce(200, """
            {"items":[
              {"itemId":"b","score":1},{"itemId":"zzz","score":9},{"itemId":"c","score":2},{"itemId":"c","score":3},{"itemId":"d","score":5}]}
            """);
        var retriever = Retriever();
        var proposal = await retriever.RetrieveAsync(new(0, new[] { 0, 1 }) { Allowed = BitSet.Of(4, [0, 1, 2]) }, 3, Token);
        Assert.Equal([2, 1], proposal.Items.ToArray());
        Assert.Equal([2, 1], proposal.Scores.ToArray());
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
        var retriever = Retriever();
        var error = await Record.ExceptionAsync(() => retriever.RetrieveAsync(new(-1, default), 1, Token));
        Assert.IsType(expected, error);
        await served;
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_a_long_answer_is_not_read()
    {
        var moved = Task.Run(async () =>
        {
            var context = await _listener.GetContextAsync();
            context.Response.Redirect(_address + "elsewhere");
            context.Response.Close();
        }, TestContext.Current.CancellationToken);
        var retriever = Retriever();
        await Assert.ThrowsAsync<HttpRequestException>(() => retriever.RetrieveAsync(new(-1, default), 1, Token));
        await moved;
        // whatever was asked next would be the redirect
        var served = AnswerOnce(200, $$"""{"items":[{"itemId":"b","score":1}],"more":"{{new string('x', 1 << 20)}}"}""");
        await Assert.ThrowsAsync<HttpRequestException>(() => retriever.RetrieveAsync(new(-1, default), 1, Token));
        Assert.Equal(1, (await served).GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task Silence_ends_with_the_time_out()
    {
        var retriever = Retriever(.05);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => retriever.RetrieveAsync(new(-1, default), 1, Token));
    }
}
