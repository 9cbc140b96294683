using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Kindred.Models;
using Kindred.SystemTests.Server;
using Kindred.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Kindred.SystemTests.Hosting;

/// <summary>A host with a recommender for each of its shops.</summary>
public sealed class SeveralRecommendersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_answers_at_its_own_address_from_its_own_snapshots()
    {
        string films = RunningHost.Publish(_folder.File("films"), new ItemKnn());
        string songs = RunningHost.Publish(_folder.File("songs"), new Popularity());
        await using var host = await RunningHost.Start(
            builder =>
            {
                builder.Configuration.AddInMemoryCollection([new("Kindred:Songs:Snapshots", _folder.File("songs"))]);
                builder.Services.AddKindred("films", options => options.Snapshots = _folder.File("films"));
                builder.Services.AddKindred("songs", builder.Configuration.GetSection("Kindred:Songs"));
                builder.Services.AddKindred(options => options.Snapshots = _folder.File("none"));
                builder.Services.AddHealthChecks().AddKindred("films", serviceKey: "films").AddKindred("songs", serviceKey: "songs")
                    .AddKindred();
            },
            app =>
            {
                app.MapKindred("/films", "films");
                app.MapKindred("/songs", "songs");
                app.MapKindred();
                app.MapGet("/home", ([FromKeyedServices("songs")] IRecommender recommender) => recommender.Recommend("space1").Snapshot);
            });
        Assert.Equal(films, (string)(await host.Get("/films/users/space1/recommendations"))["snapshot"]!);
        Assert.Equal(songs, (string)(await host.Get("/songs/users/space1/recommendations"))["snapshot"]!);
        Assert.Equal(songs, (string)(await host.Get("/songs/items/alien/similar"))["snapshot"]!);
        Assert.Equal(songs, await host.Client.GetStringAsync("/home", Cancellation));
        Assert.Contains(films, await RunningServer.Problem(await host.Fetch("/films/index"), 404), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await host.Fetch("/v1/users/space1/recommendations")).StatusCode);
        var health = await host.App.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation);
        Assert.Equal(films, health.Entries["films"].Data["snapshot"]);
        Assert.Equal(songs, health.Entries["songs"].Data["snapshot"]);
        Assert.Equal(HealthStatus.Unhealthy, health.Entries["kindred"].Status);
    }

    [Fact]
    public async Task What_is_wrong_names_the_recommender()
    {
        var wrong = await Assert.ThrowsAsync<OptionsValidationException>(() => RunningHost.Start(
            builder =>
            {
                builder.Services.AddKindred("films", options => options.Snapshots = _folder.Path);
                builder.Services.AddKindred("songs", options => (options.Snapshots, options.RecallSample) = (_folder.Path, 2));
            },
            app => app.MapKindred("/films", "films")));
        Assert.Equal("Kindred 'songs': RecallSample must be 0 to 1, was 2.", Assert.Single(wrong.Failures));
        var missing = Assert.Throws<InvalidOperationException>(() => RunningHost.Build(
            builder => builder.Services.AddKindred("films", options => options.Snapshots = _folder.Path), app => app.MapKindred()));
        Assert.Contains("AddKindred(…)", missing.Message, StringComparison.Ordinal);
        missing = Assert.Throws<InvalidOperationException>(() => RunningHost.Build(
            builder => builder.Services.AddKindred(options => options.Snapshots = _folder.Path), app => app.MapKindred("/songs", "songs")));
        Assert.Contains("AddKindred(\"songs\", …)", missing.Message, StringComparison.Ordinal);
        wrong = await Assert.ThrowsAsync<OptionsValidationException>(() => RunningHost.Start(
            builder =>
            {
                builder.Services.AddKindred("films", options => options.Snapshots = _folder.Path);
                builder.Services.AddHealthChecks().AddKindred("music", serviceKey: "songs");
            },
            app => app.MapKindred("/films", "films")));
        Assert.StartsWith("The health check 'music' finds no recommender 'songs'", Assert.Single(wrong.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Measurements_of_answers_name_the_recommender()
    {
        RunningHost.Publish(_folder.File("films"), new ItemKnn());
        await using var host = await RunningHost.Start(
            builder => builder.Services.AddKindred("films", options => options.Snapshots = _folder.File("films")),
            app => app.MapKindred("/films", "films"));
        var measured = new ConcurrentBag<(string Name, object? Recommender)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Kindred") listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) =>
        {
            foreach (var tag in tags)
                if (tag.Key == "kindred.recommender") measured.Add((instrument.Name, tag.Value));
        });
        listener.Start();
        await host.Get("/films/users/space1/recommendations?count=2");
        listener.RecordObservableInstruments();
        Assert.Contains(("kindred.recommend.duration", (object?)"films"), measured);
        Assert.Contains(("kindred.snapshot.age", (object?)"films"), measured);
    }
}
