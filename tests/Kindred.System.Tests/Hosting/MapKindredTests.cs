using System.Net;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kindred.Models;
using Kindred.Snapshots;
using Kindred.SystemTests.Server;
using Kindred.Tests.Support;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kindred.SystemTests.Hosting;

/// <summary>The endpoints in somebody else's host: its conventions apply to them, and what is its own stays as it was.</summary>
public sealed class MapKindredTests : IDisposable
{
    private const string Ask = "/v1/users/space1/recommendations?count=2";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public MapKindredTests() => RunningHost.Publish(_folder.Path, new ItemKnn { Shrinkage = 0 });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Conventions_of_the_group_apply_to_all_endpoints()
    {
        await using var host = await RunningHost.Start(
            _folder.Path,
            app =>
            {
                app.MapKindred().RequireAuthorization();
                app.MapGet("/home/{userId}", (string userId, IRecommender recommender) => recommender.Recommend(userId, count: 2));
            },
            builder =>
            {
                builder.Services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, ByHeader>("test", null);
                builder.Services.AddAuthorization();
            });
        foreach (string path in new[] { Ask, "/v1/items/alien/similar", "/v1/index", "/v1/pipeline" })
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head })
                Assert.Equal(HttpStatusCode.Unauthorized, (await host.Client.SendAsync(new(method, path), Cancellation)).StatusCode);
        using var body = new StringContent("{}", Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Client.PostAsync("/v1/recommendations", body, Cancellation)).StatusCode);
        Assert.Equal(2, (await host.Get("/home/space1"))["items"]!.AsArray().Count);
        host.Client.DefaultRequestHeaders.Add("X-User", "somebody");
        Assert.Equal(2, (await host.Get(Ask))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task The_hosts_json_stays_the_hosts_and_ours_ours()
    {
        await using var host = await RunningHost.Start(
            _folder.Path,
            app =>
            {
                app.MapKindred();
                app.MapGet("/mine", () => new { TwoWords = 1 });
            },
            builder =>
                builder.Services.ConfigureHttpJsonOptions(json =>
                    json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseUpper));
        Assert.Equal("""{"TWO_WORDS":1}""", await host.Client.GetStringAsync("/mine", Cancellation));
        var answer = await host.Get(Ask);
        Assert.Equal(["userId", "snapshot", "source", "items"], answer.Select(member => member.Key));
        Assert.Equal(["itemId", "score", "source"], answer["items"]![0]!.AsObject().Select(member => member.Key));
        Assert.Equal("count must be a whole number, was 'ten'.",
            await RunningServer.Problem(await host.Fetch("/v1/users/space1/recommendations?count=ten"), 400));
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("a%2Fb")]
    [InlineData("amélie")]
    public async Task Ids_are_read_under_any_prefix_and_base(string item)
    {
        await using var host = await RunningHost.Start(_folder.Path, app =>
        {
            app.UsePathBase("/shop");
            app.UseRouting();
            app.MapGroup("/api").MapKindred("/rec/v2");
        });
        foreach (string start in new[] { "/shop/api", "/api" })
            foreach (string end in new[] { "", "/" })
                Assert.Equal(item, (string)(await host.Get($"{start}/rec/v2/items/{Uri.EscapeDataString(item)}/similar{end}"))["itemId"]!);
    }

    [Fact]
    public async Task It_can_be_mapped_twice_beside_endpoints_of_any_name()
    {
        await using var host = await RunningHost.Start(_folder.Path, app =>
        {
            app.MapKindred("/v1");
            app.MapKindred("/v2");
            app.MapGet("/", () => "home").WithName("index");
        });
        Assert.Equal(
            (await host.Get(Ask)).ToJsonString(), (await host.Get(Ask.Replace("v1", "v2", StringComparison.Ordinal))).ToJsonString());
        Assert.Equal("home", await host.Client.GetStringAsync("/", Cancellation));
    }

    [Fact]
    public async Task Head_is_answered_as_get_is()
    {
        await using var host = await RunningHost.Start(_folder.Path);
        foreach (string path in new[] { Ask, "/v1/items/zardoz/similar", "/v1/index", "/v1/pipeline" })
        {
            using var head = await host.Client.SendAsync(new(HttpMethod.Head, path), Cancellation);
            using var get = await host.Fetch(path);
            Assert.Equal((get.StatusCode, get.Content.Headers.ContentType), (head.StatusCode, head.Content.Headers.ContentType));
        }
    }

    [Fact]
    public async Task A_body_of_more_than_a_mebibyte_is_refused_whatever_the_host_allows()
    {
        await using var host = await RunningHost.Start(_folder.Path);
        using var body = new StringContent($$"""{"history":["{{new string('x', 1 << 20)}}"]}""", Encoding.UTF8, "application/json");
        Assert.Equal("The body is longer than 1 MiB; send fewer items.",
            await RunningServer.Problem(await host.Client.PostAsync("/v1/recommendations", body, Cancellation), 413));
    }

    [Fact]
    public async Task A_fault_of_ours_is_the_hosts_to_handle()
    {
        await using var host = await RunningHost.Start(
            builder => builder.Services.AddSingleton<IRecommender, Faulty>(),
            app =>
            {
                app.UseExceptionHandler(to => to.Run(context => context.Response.WriteAsync("the host's page", Cancellation)));
                app.MapKindred();
            });
        using var answer = await host.Fetch(Ask);
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal("the host's page", await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(HttpStatusCode.NotFound, (await host.Fetch("/v1/index")).StatusCode);
    }

    [Theory]
    [InlineData("Production", false)]
    [InlineData("Production", true)]
    [InlineData("Development", false)]
    [InlineData("Development", true)]
    public async Task The_hosts_own_endpoints_answer_what_a_recommender_throws_with_a_sentence(string environment, bool isCaught)
    {
        await using var host = await RunningHost.Start(
            builder => builder.Services.AddKindred(options => options.Snapshots = _folder.File("none yet")),
            app =>
            {
                if (isCaught)
                    app.UseExceptionHandler(to => to.Run(context => context.Response.WriteAsync("the host's page", Cancellation)));
                app.MapGet("/home/{user}", (string user, IRecommender recommender) => recommender.Recommend(user, count: 2));
                app.MapGet("/bad", () => { throw new InputException("count must be at least 1, was 0."); });
                app.MapGet("/unknown", () => { throw new UnknownScenarioException("home", []); });
                app.MapGet("/fault", string () => throw new NotSupportedException("the host's own"));
            },
            environment);
        Assert.StartsWith(
            "No snapshot is loaded yet", await RunningServer.Problem(await host.Fetch("/home/space1"), 503), StringComparison.Ordinal);
        Assert.Equal("count must be at least 1, was 0.", await RunningServer.Problem(await host.Fetch("/bad"), 400));
        Assert.Equal(
            "There is no scenario 'home'; there are none: leave it out.", await RunningServer.Problem(await host.Fetch("/unknown"), 404));
        using var fault = await host.Fetch("/fault");
        Assert.Equal(HttpStatusCode.InternalServerError, fault.StatusCode);
        Assert.Equal(isCaught, await fault.Content.ReadAsStringAsync(Cancellation) == "the host's page");
    }

    [Fact]
    public async Task Other_methods_and_bodies_are_refused_with_a_sentence()
    {
        await using var host = await RunningHost.Start(_folder.Path);
        async Task<HttpResponseMessage> Send(HttpMethod method, string path, string? body = null) => await host.Client.SendAsync(
            new(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "text/plain") }, Cancellation);
        foreach (string path in new[] { "/v1/users/space1/recommendations", "/v1/items/alien/similar", "/v1/index", "/v1/pipeline" })
            Assert.Equal($"{path} does not answer DELETE; use GET, HEAD.",
                await RunningServer.Problem(await Send(HttpMethod.Delete, path + "?count=3"), 405));
        using var got = await Send(HttpMethod.Get, "/v1/recommendations");
        Assert.Equal("/v1/recommendations does not answer GET; use POST.", await RunningServer.Problem(got, 405));
        Assert.Equal(["POST"], got.Content.Headers.Allow);
        Assert.Equal("The body must be JSON in UTF-8, sent as application/json.",
            await RunningServer.Problem(await Send(HttpMethod.Post, "/v1/recommendations", "{}"), 415));
    }

    [Fact]
    public void Without_a_recommender_it_says_what_to_call()
    {
        var error = Assert.Throws<InvalidOperationException>(() => RunningHost.Build(_ => { }, app => app.MapKindred()));
        Assert.Equal("MapKindred needs a recommender; call builder.Services.AddKindred(…) before.", error.Message);
    }

    [Theory]
    [InlineData("ReloadInterval", "00:00:01", "Kindred: Snapshots is not set; name a snapshot or a folder of snapshots, in "
        + "appsettings.json: \"Kindred\": { \"Snapshots\": \"snapshots\" }.")]
    [InlineData("Snapshot", "x", "Kindred: there is no option 'Snapshot'; did you mean Snapshots?")]
    [InlineData("ReloadInterval", "10",
        "Kindred: ReloadInterval must be 00:00:00 to 1.00:00:00, was 10.00:00:00; write hours:minutes:seconds, such as 00:00:10.", "x")]
    [InlineData("ReloadInterval", "banana",
        "Kindred: ReloadInterval must be a time, was 'banana'; write hours:minutes:seconds, such as 00:00:10.", "x")]
    [InlineData("RecallSample", "many", "Kindred: RecallSample must be a number from 0 to 1, was 'many'.", "x")]
    [InlineData("RecallSample", "1.5", "Kindred: RecallSample must be 0 to 1, was 1.5.", "x")]
    public async Task Options_that_cannot_be_used_fail_at_the_start(string name, string value, string sentence, string? snapshots = null)
    {
        await using var app = RunningHost.Build(
            builder =>
            {
                builder.Configuration.AddInMemoryCollection([new($"Kindred:{name}", value), new("Kindred:Snapshots", snapshots)]);
                builder.Services.AddKindred(builder.Configuration.GetSection("Kindred"));
            },
            app => app.MapKindred());
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync(Cancellation));
        Assert.Equal(sentence, error.Message);
    }

    [Fact]
    public async Task The_whole_configuration_in_place_of_a_section_fails_at_the_start()
    {
        await using var app = RunningHost.Build(
            builder => builder.Services.AddKindred(builder.Configuration), app => app.MapKindred());
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync(Cancellation));
        Assert.Contains("AddKindred(builder.Configuration.GetSection(\"Kindred\"))", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Snapshots_that_can_never_be_any_fail_at_the_start()
    {
        async Task<string> Start(string snapshots)
        {
            await using var app = RunningHost.Build(
                builder => builder.Services.AddKindred(options => options.Snapshots = snapshots), app => app.MapKindred());
            return (await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync(Cancellation))).Message;
        }
        string file = _folder.File("snapshot.zip"), model = _folder.File("model");
        await File.WriteAllTextAsync(file, "", Cancellation);
        ModelFolder.Write(
            model, ModelManifest.For(new ItemKnn(), new(), default, Films.Interactions), Films.Interactions.Users,
            new ItemKnn().Train(Films.Interactions, new()));
        Assert.Equal($"Kindred: Snapshots is the file {file}; name a snapshot or a folder of snapshots.", await Start(file));
        Assert.Equal(
            $"Kindred: Snapshots is {model}, which is a kindred model; name a snapshot or a folder of snapshots.", await Start(model));
    }

    private sealed class ByHeader(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Request.Headers["X-User"] is [{ } user, ..]
            ? AuthenticateResult.Success(new(new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.Name, user)], "test")), "test"))
            : AuthenticateResult.NoResult());
    }

    private sealed class Faulty : IRecommender
    {
        public Recommendation Recommend(RecommendRequest request, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public ValueTask<Recommendation> RecommendAsync(RecommendRequest request, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public SimilarItemsAnswer SimilarItems(SimilarItemsRequest request, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }
}
