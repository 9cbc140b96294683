using System.Net;
using System.Net.Sockets;
using System.Text;
using Kindred.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Kindred.ServerTests;

/// <summary>An answer of ordinary size leaves in one write, with its length; streams do not wait.</summary>
public sealed class WholeAnswersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(20_000)]
    [InlineData(HeldAnswer.Longest)]
    public async Task An_answer_of_ordinary_size_is_one_write_with_its_length(int length)
    {
        var (sent, response) = await Run(async response =>
        {
            await response.StartAsync(); // as what writes JSON does
            for (int n = 0; n < length; n += 1000)
            {
                await response.BodyWriter.WriteAsync(new byte[Math.Min(1000, length - n)]);
                await response.Body.FlushAsync();
            }
        });
        Assert.Equal([length], sent.Writes);
        Assert.Equal(length, response.ContentLength);
    }

    [Fact]
    public async Task A_longer_answer_is_sent_as_it_is_written_without_a_length()
    {
        var (sent, response) = await Run(async response =>
        {
            for (int n = 0; n < 10; n++) await response.Body.WriteAsync(new byte[10_000]);
        });
        Assert.Equal([60_000, 10_000, 10_000, 10_000, 10_000], sent.Writes);
        Assert.Null(response.ContentLength);
    }

    [Fact]
    public async Task A_stream_is_sent_when_it_is_flushed()
    {
        var (sent, response) = await Run(async response =>
        {
            await response.BodyWriter.WriteAsync(new byte[3]);
            response.HttpContext.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
            for (int n = 0; n < 3; n++) await response.BodyWriter.WriteAsync(new byte[5]);
        });
        Assert.Equal([3, 5, 5, 5], sent.Writes);
        Assert.Null(response.ContentLength);
    }

    [Fact]
    public async Task What_was_written_before_a_fault_is_taken_back()
    {
        var (sent, response) = await Run(async response =>
        {
            await response.Body.WriteAsync(new byte[7]);
            response.BodyWriter.GetSpan(11);
            response.BodyWriter.Advance(11);
            response.Clear();
            await response.BodyWriter.WriteAsync(new byte[2]);
        });
        Assert.Equal([2], sent.Writes);
        Assert.Equal(2, response.ContentLength);
    }

    [Fact]
    public async Task An_answer_without_a_body_stays_without_one()
    {
        var (sent, response) = await Run(response =>
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        });
        Assert.Empty(sent.Writes);
        Assert.Null(response.ContentLength);
    }

    [Fact]
    public async Task The_server_says_the_length_of_its_answers_and_streams_what_is_a_stream()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/events", """{"type":"view","userId":"ann","itemId":"tea"}""");
        foreach (string path in (string[])["/v1/items", "/v1/users/ann/events", "/v1/users/ann/recommendations", "/v1/nothing", "/health"])
        {
            string answer = await Raw(server, $"GET {path}");
            var (head, body) = (answer[..answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)], answer[(answer.IndexOf(
                "\r\n\r\n", StringComparison.Ordinal) + 4)..]);
            Assert.Contains($"Content-Length: {Encoding.UTF8.GetByteCount(body)}", head, StringComparison.OrdinalIgnoreCase);
            Assert.NotEmpty(body);
        }
        string onlyHead = await Raw(server, "HEAD /health/live");
        Assert.EndsWith("\r\n\r\n", onlyHead, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", onlyHead, StringComparison.Ordinal);

        Assert.Contains("Transfer-Encoding: chunked", await Raw(server, "GET /v1/export/events"), StringComparison.OrdinalIgnoreCase);
        using var events = await server.Client.GetStreamAsync("/v1/jobs/events", LivingServer.Cancellation); // never ends
        Assert.NotEqual(0, await events.ReadAsync(new byte[64], LivingServer.Cancellation));
    }

    /// <returns>What the server sends until it closes the connection.</returns>
    private static async Task<string> Raw(LivingServer server, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Client.BaseAddress!.Port, LivingServer.Cancellation);
        var stream = client.GetStream();
        string text = $"{request} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), LivingServer.Cancellation);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(LivingServer.Cancellation);
    }

    private static async Task<(Sent Sent, HttpResponse Response)> Run(Func<HttpResponse, Task> answer)
    {
        var sent = new Sent();
        var context = new DefaultHttpContext();
        var direct = new StreamResponseBodyFeature(sent);
        context.Features.Set<IHttpResponseBodyFeature>(direct);
        await new WholeAnswers(context => answer(context.Response)).InvokeAsync(context);
        Assert.Same(direct, context.Features.Get<IHttpResponseBodyFeature>());
        return (sent, context.Response);
    }

    /// <summary>Counts the bytes of each write.</summary>
    private sealed class Sent : MemoryStream
    {
        public List<int> Writes { get; } = [];

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Writes.Add(buffer.Length);
            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}
