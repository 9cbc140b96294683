using Kindred.Snapshots;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kindred.Server;

/// <summary>The HTTP service: answers from a snapshot, keeps nothing. The only place where things are wired together.</summary>
public static partial class KindredServer
{
    private const int LongestBody = 1 << 20; // bytes

    /// <summary>
    /// Serves until the process is told to stop (SIGTERM, Ctrl-C) or <paramref name="cancellation"/>; requests under way finish first.
    /// </summary>
    /// <exception cref="InputException">The snapshot cannot be opened, or the server cannot listen there.</exception>
    public static async Task RunAsync(ServerOptions options, CancellationToken cancellation)
    {
        await using var app = Build(options);
        await ListeningAddress.StartAsync(app, options.Url, cancellation);
        await app.WaitForShutdownAsync(cancellation);
    }

    /// <summary>Opens the snapshot and wires the server, which listens once it is started.</summary>
    /// <exception cref="InputException">The snapshot cannot be opened, or an option is no good.</exception>
    public static WebApplication Build(ServerOptions options)
    {
        ListeningAddress.Check(options.Url);
        if (options.Drain < TimeSpan.Zero) throw new InputException($"The drain time must be >= 0, was {options.Drain.TotalSeconds} s.");
        if (options.RecallSample is not (>= 0 and <= 1))
            throw new InputException($"The share of requests to sample must be 0 to 1, was {options.RecallSample}.");
        return Build(options, new LiveSnapshot(Snapshot.Open(options.Snapshot, options.Trainers)));
    }

    /// <summary>As above, but answers from whatever <paramref name="holder"/> holds; so a host can swap snapshots.</summary>
    /// <param name="holder">May be empty: not ready. Disposed with the server.</param>
    internal static WebApplication Build(ServerOptions options, LiveSnapshot holder)
    {
        holder.SampleRecall(options.RecallSample);
        // Slim: no configuration files of the folder it happens to be started in.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls(ListeningAddress.Check(options.Url));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LongestBody;
        });
        LogLine.Use(builder.Logging);
        builder.Services
            .AddSingleton(_ => holder) // made by the container as far as it knows: it disposes it
            .AddSingleton<IRecommender>(new Recommender(holder)) // an instance: the container leaves the disposing to the holder
            .AddSingleton<Health>()
            .Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true) // Problems gives the reason
            .Configure<JsonOptions>(ApiDescription.ConfigureSchemas)
            .AddOpenApi("v1", ApiDescription.Configure);
        Drain.Add(builder.Services, options.Drain);

        var app = builder.Build();
        Drain.Use(app);
        app.UseMiddleware<WholeAnswers>();
        app.UseMiddleware<Problems>();
        app.UseRouting();
        app.MapOpenApi().WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
        app.MapKindred("/v1");
        Health.Map(app);
        app.Lifetime.ApplicationStarted.Register(() => LogStart(app, holder));
        return app;
    }

    private static void LogStart(WebApplication app, LiveSnapshot holder)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(KindredServer));
        string urls = string.Join(" ", app.Urls);
        using var lease = holder.TryAcquire();
        foreach (string reason in lease?.Snapshot.Skipped ?? []) LogSkipped(log, reason);
        if (lease?.Snapshot.Manifest is not { } served) LogListening(log, urls);
        else LogServing(log, urls, served.Id, served.Items, served.Users, served.Model.Trainer);
    }

    [LoggerMessage(1, LogLevel.Information, "Serving {Snapshot} at {Urls}: {Items} items, {Users} users, model {Model}")]
    private static partial void LogServing(ILogger log, string urls, string snapshot, int items, int users, string model);

    [LoggerMessage(3, LogLevel.Warning, "Skipped a newer snapshot: {Reason}")]
    private static partial void LogSkipped(ILogger log, string reason);

    [LoggerMessage(2, LogLevel.Information, "Listening at {Urls}, no snapshot yet")]
    private static partial void LogListening(ILogger log, string urls);
}
