using System.Reflection;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Kindred.Client;
using Kindred.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Kindred.Integration.Tests.Hosting;

/// <summary>An application whose orchestrator starts the built command, as <c>dotnet run</c> of an app host does.</summary>
public sealed class RunningApplicationTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_service_calls_the_server_that_the_app_host_starts()
    {
        string orchestrator = typeof(RunningApplicationTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(data => data.Key == "Orchestrator").Value!;
        Assert.SkipUnless(File.Exists(orchestrator), "The orchestrator of this test is for Linux on x64.");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Patience);

        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true });
        builder.Configuration["DcpPublisher:CliPath"] = orchestrator;
        builder.Configuration["DcpPublisher:DashboardPath"] = orchestrator; // asked for, and not used
        string command = AppContext.BaseDirectory.Replace("Kindred.Integration.Tests", "Kindred.Cli", StringComparison.Ordinal) + "kindred";
        var server = builder.AddKindredCommand("shop", _folder.File("shop"), command);
        await using var application = builder.Build();
        await application.StartAsync(deadline.Token);
        await application.ResourceNotifications.WaitForResourceHealthyAsync("shop", deadline.Token);

        var service = Host.CreateEmptyApplicationBuilder(null);
        service.Configuration["ConnectionStrings:shop"] =
            await ((IResourceWithConnectionString)server.Resource).GetConnectionStringAsync(deadline.Token);
        service.AddKindredClient("shop");
        using var host = service.Build();
        var kindred = host.Services.GetRequiredService<KindredClient>();
        var taken = await kindred.AddEventsAsync([new() { Type = "view", UserId = "ann", ItemId = "tea" }], deadline.Token);
        Assert.Equal(1, taken.Accepted);
        var refused = new KindredClient(new HttpClient { BaseAddress = new Uri(server.Resource.Http.Url) });
        var error = await Assert.ThrowsAnyAsync<ApiException>(
            () => refused.AddEventsAsync([new() { Type = "view", UserId = "ann", ItemId = "tea" }], deadline.Token));
        Assert.Equal(401, error.StatusCode); // without the key

        await application.StopAsync(deadline.Token);
    }
}
