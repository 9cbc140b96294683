using System.Net;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
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

    [Fact]
    public void Without_a_recommender_it_says_what_to_call()
    {
        var error = Assert.Throws<InvalidOperationException>(() => RunningHost.Build(_ => { }, app => app.MapKindred()));
        Assert.Equal("MapKindred needs a recommender; call builder.Services.AddKindred(…) before.", error.Message);
    }

    [Theory]
    [InlineData("ReloadInterval", "00:00:01", "Kindred: Snapshots is not set; name a snapshot or a folder of snapshots.")]
    [InlineData("Snapshot", "x", "Kindred: there is no option 'Snapshot'; there are Snapshots, ReloadInterval, RecallSample.")]
    [InlineData("ReloadInterval", "10",
        "Kindred: ReloadInterval must be 00:00:00 to 1.00:00:00, was 10.00:00:00; write hours:minutes:seconds, such as 00:00:10.", "x")]
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
