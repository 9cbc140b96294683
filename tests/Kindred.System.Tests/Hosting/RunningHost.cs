using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Snapshots;
using Kindred.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Films = Kindred.SystemTests.Server.Films;

namespace Kindred.SystemTests.Hosting;

/// <summary>A host as a developer writes it, on a free port; it looks for a newer snapshot every 20 ms.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private RunningHost(WebApplication app)
    {
        App = app;
        Client = new() { BaseAddress = new Uri(app.Urls.Single()), Timeout = TimeSpan.FromSeconds(60) };
    }

    public WebApplication App { get; }

    public HttpClient Client { get; }

    /// <param name="snapshots">Folder of snapshots.</param>
    public static Task<RunningHost> Start(
        string snapshots, Action<WebApplication>? map = null, Action<WebApplicationBuilder>? build = null) => Start(
        builder =>
        {
            builder.Services.AddKindred(options =>
                (options.Snapshots, options.ReloadInterval) = (snapshots, TimeSpan.FromMilliseconds(20)));
            builder.Services.AddHealthChecks().AddKindred();
            build?.Invoke(builder);
        },
        map ?? (app => app.MapKindred()));

    public static async Task<RunningHost> Start(
        Action<WebApplicationBuilder> build, Action<WebApplication> map, string? environment = null)
    {
        var app = Build(build, map, environment);
        await app.StartAsync(Cancellation);
        return new(app);
    }

    /// <param name="environment">Null: as in use.</param>
    public static WebApplication Build(
        Action<WebApplicationBuilder> build, Action<WebApplication> map, string? environment = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        build(builder);
        var app = builder.Build();
        map(app);
        return app;
    }

    /// <summary>A new snapshot of the films in a folder of snapshots.</summary>
    /// <returns>Its id.</returns>
    public static string Publish(string folder, ITrainer trainer)
    {
        TrainedModel Train(ITrainer with) => new(
            new(with.Summary.Name, TrainerOptions.Of(with), 0, 0, "films", "", Films.Interactions.Users.Count,
                Films.Interactions.Items.Count, 1),
            with.Train(Films.Interactions, new TrainingContext { Workers = 1 }));
        return Path.GetFileName(new TrainedRecommender(Films.Interactions, Train(trainer), Train(new Popularity())).Publish(folder));
    }

    public async Task<JsonObject> Get(string path) =>
        JsonNode.Parse(await Client.GetStringAsync(path, Cancellation))!.AsObject();

    public Task<HttpResponseMessage> Fetch(string path) => Client.GetAsync(path, Cancellation);

    /// <summary>Waits until an answer is as expected; the test's own time limit ends a wait in vain.</summary>
    public async Task WaitFor(string path, Func<HttpResponseMessage, Task<bool>> isThere)
    {
        while (true)
        {
            using var response = await Fetch(path);
            if (await isThere(response)) return;
            await Task.Delay(10, Cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
    }
}
