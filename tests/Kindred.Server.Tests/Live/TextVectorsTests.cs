using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Kindred.Simulation;
using Kindred.Store;
using Kindred.Tests.Support;

namespace Kindred.ServerTests.Live;

/// <summary>A living server in this process, asked over HTTP, with a generator that fails when it is told to.</summary>
public sealed class TextVectorsTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _embedded = new();
    private HttpClient _client = null!;
    private Task _server = null!;
    private volatile Func<string, bool> _fails = _ => false;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        string url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{SimulatedWeeks.FreePort()}");
        _client = new() { BaseAddress = new(url) };
        _server = Kindred.Server.LivingServer.RunAsync(
            new() { Folder = _folder.File("shop"), Url = url, Renewal = false, Durability = Durability.Os, Texts = new("letters", Embed) },
            _stop.Token);
        await Until(async () => await Health() == HttpStatusCode.OK);
        await Put("/v1/settings/live", """{"texts": ["title", "genres"]}""");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _server;
        _client.Dispose();
        _folder.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task A_new_item_gets_the_vector_of_its_text_and_an_equal_text_is_not_embedded_again()
    {
        await Put("/v1/items/heat", """{"attributes": {"title": "Heat", "genres": ["Crime", "Drama"], "year": 1995}}""");
        Assert.Equal<float[]>([4 + 2 + 12, 1], await VectorOf("heat")); // "Heat. Crime, Drama"
        await Put("/v1/items/heat", """{"attributes": {"title": "Heat", "genres": ["Crime", "Drama"], "year": 1996}}""");
        await Put("/v1/items/other", """{"attributes": {"title": "Heat", "genres": ["Crime", "Drama"]}}""");
        Assert.Equal(await VectorOf("heat"), await VectorOf("other"));
        Assert.Equal(["Heat. Crime, Drama"], _embedded);

        await Put("/v1/items/heat", """{"attributes": {"title": "Heat 2"}}""");
        await Until(async () => await TryVectorOf("heat") is [6, 1]);
        await Put("/v1/items/heat", """{"attributes": {"year": 1996}}""");
        await Until(async () => await TryVectorOf("heat") is null);
    }

    [Fact]
    public async Task Without_its_generator_the_server_takes_items_and_says_what_they_lack()
    {
        _fails = _ => true;
        await Put("/v1/items/heat", """{"attributes": {"title": "Heat"}}""");
        await Until(async () => await Health() == HttpStatusCode.ServiceUnavailable);
        var health = JsonNode.Parse(await (await _client.GetAsync("/health", Cancellation)).Content.ReadAsStringAsync(Cancellation))!;
        Assert.Contains("Items lack the vectors of their texts, and are tried again: the generator is away.",
            health["reasons"]!.AsArray().Select(reason => (string?)reason));
        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync("/health/ready", Cancellation)).StatusCode);

        _fails = _ => false;
        Assert.Equal<float[]>([4, 1], await VectorOf("heat"));
        await Until(async () => await Health() == HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_text_that_cannot_be_embedded_does_not_keep_others_from_it()
    {
        _fails = text => text == "bad";
        await Put("/v1/items/bad", """{"attributes": {"title": "bad"}}""");
        await Until(async () => await Health() == HttpStatusCode.ServiceUnavailable);
        await Put("/v1/items/good", """{"attributes": {"title": "good"}}""");
        Assert.Equal<float[]>([4, 1], await VectorOf("good"));
        Assert.Null(await TryVectorOf("bad"));
    }

    [Fact]
    public async Task The_setting_is_checked() => Assert.Equal(
        HttpStatusCode.BadRequest,
        (await _client.PutAsync("/v1/settings/live", Json("""{"texts": [""]}"""), Cancellation)).StatusCode);

    // [letters, 1]
    private Task<IReadOnlyList<float[]?>> Embed(IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        if (texts.Any(_fails)) throw new HttpRequestException("the generator is away");
        foreach (string text in texts) _embedded.Enqueue(text);
        return Task.FromResult<IReadOnlyList<float[]?>>([.. texts.Select(text => new float[] { text.Length, 1 })]);
    }

    private static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    private async Task Put(string path, string json)
    {
        using var answer = await _client.PutAsync(path, Json(json), Cancellation);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    private async Task<HttpStatusCode?> Health()
    {
        try
        {
            return (await _client.GetAsync("/health", Cancellation)).StatusCode;
        }
        catch (HttpRequestException)
        {
            return null; // it does not listen yet
        }
    }

    private async Task<float[]?> TryVectorOf(string item)
    {
        var entry = JsonNode.Parse(await _client.GetStringAsync($"/v1/items/{item}", Cancellation))!;
        return entry["attributes"]!["textVector"]?["values"]!.AsArray().Select(value => (float)value!).ToArray();
    }

    private async Task<float[]> VectorOf(string item)
    {
        float[]? vector = null;
        await Until(async () => (vector = await TryVectorOf(item)) is not null);
        return vector!;
    }

    private static async Task Until(Func<Task<bool>> isTrue)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (!await isTrue())
        {
            Assert.True(DateTime.UtcNow < deadline, "It did not become true within a minute.");
            await Task.Delay(20, Cancellation);
        }
    }
}
