using System.Net;
using Kindred.Aspire.Client;
using Kindred.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Kindred.Integration.Tests.Hosting;

/// <summary>What AddKindredClient makes of a connection string, against a listener in place of a server.</summary>
public sealed class KindredClientTests
{
    private readonly HostApplicationBuilder _builder = Host.CreateEmptyApplicationBuilder(null);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private void Configure(string name, string value) => _builder.Configuration[name] = value;

    private static async Task<HealthStatus> HealthOf(IServiceProvider services)
    {
        var report = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation);
        return report.Status;
    }

    [Fact]
    public async Task The_connection_string_says_where_and_with_which_key()
    {
        using var server = new Listener("/health/ready", HttpStatusCode.OK);
        Configure("ConnectionStrings:shop", $"Endpoint={server.Address};Key=secret");
        _builder.AddKindredClient("shop");
        using var host = _builder.Build();
        Assert.Equal(HealthStatus.Healthy, await HealthOf(host.Services));
        Assert.Equal(["GET /health/ready Bearer secret"], server.Asked);
        Assert.NotNull(host.Services.GetRequiredService<KindredClient>());
    }

    [Fact]
    public async Task A_service_without_connection_string_is_discovered()
    {
        using var server = new Listener("/health/ready", HttpStatusCode.ServiceUnavailable);
        Configure("services:shop:http:0", server.Address.TrimEnd('/'));
        _builder.AddKindredClient("shop");
        using var host = _builder.Build();
        Assert.Equal(HealthStatus.Unhealthy, await HealthOf(host.Services)); // it was asked and is not ready
        Assert.Equal(["GET /health/ready "], server.Asked);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_unhealthy()
    {
        Configure("ConnectionStrings:shop", "http://127.0.0.1:1/");
        _builder.AddKindredClient("shop");
        using var host = _builder.Build();
        Assert.Equal(HealthStatus.Unhealthy, await HealthOf(host.Services));
    }

    [Fact]
    public void Several_servers_have_keys_and_settings_of_their_own()
    {
        Configure("ConnectionStrings:films", "http://127.0.0.1:1/");
        Configure("ConnectionStrings:books", "http://127.0.0.1:2/");
        Configure("Aspire:Kindred:Client:books:DisableHealthChecks", "true");
        _builder.AddKeyedKindredClient("films");
        _builder.AddKeyedKindredClient("books");
        using var host = _builder.Build();
        Assert.NotNull(host.Services.GetRequiredKeyedService<KindredClient>("films"));
        Assert.NotNull(host.Services.GetRequiredKeyedService<KindredClient>("books"));
        var checks = host.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<HealthCheckServiceOptions>>().Value;
        Assert.Equal(["Kindred:films"], checks.Registrations.Select(check => check.Name));
    }

    [Fact]
    public void A_connection_string_that_names_no_server_is_refused()
    {
        Configure("ConnectionStrings:shop", "Key=secret");
        Assert.Contains("'shop'", Assert.Throws<InvalidOperationException>(() => _builder.AddKindredClient("shop")).Message);
    }

    [Fact]
    public void Code_has_the_last_word()
    {
        Configure("Aspire:Kindred:Client:Endpoint", "http://127.0.0.1:1/");
        KindredClientSettings? seen = null;
        _builder.AddKindredClient("shop", settings => (seen, settings.DisableHealthChecks) = (settings, true));
        using var host = _builder.Build();
        Assert.Equal(new("http://127.0.0.1:1/"), seen!.Endpoint);
        Assert.Null(host.Services.GetService<HealthCheckService>());
    }

    /// <summary>Answers one path, and keeps what it was asked.</summary>
    private sealed class Listener : IDisposable
    {
        private readonly HttpListener _http = new();

        public Listener(string path, HttpStatusCode answer)
        {
            for (int port = Random.Shared.Next(20_000, 40_000); ; port++)
            {
                Address = $"http://127.0.0.1:{port}/";
                _http.Prefixes.Clear();
                _http.Prefixes.Add(Address);
                try
                {
                    _http.Start();
                    break;
                }
                catch (HttpListenerException) { } // somebody else's
            }
            _http.BeginGetContext(Answer, null);

            void Answer(IAsyncResult result)
            {
                var context = _http.EndGetContext(result);
                Asked.Add($"{context.Request.HttpMethod} {context.Request.Url!.AbsolutePath} {context.Request.Headers["Authorization"]}");
                context.Response.StatusCode = context.Request.Url.AbsolutePath == path ? (int)answer : 404;
                context.Response.Close();
            }
        }

        public string Address { get; private set; } = "";

        public List<string> Asked { get; } = [];

        public void Dispose() => _http.Close();
    }
}
