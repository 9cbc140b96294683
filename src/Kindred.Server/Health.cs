using Kindred.AspNetCore.Endpoints;
using Kindred.Snapshots;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kindred.Server;

/// <summary>The answer of a health endpoint when all is well.</summary>
internal sealed record HealthAnswer(string Status);

/// <summary>
/// Tells load balancers where the server stands. Stopping goes in this order: not ready, the drain time, no new connections, requests under
/// way finish.
/// </summary>
internal sealed partial class Health(LiveSnapshot holder, DrainTime drain, ILogger<Health> log) : IHostedLifecycleService
{
    private volatile bool _stopping;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGetAndHead("/health/live", () => TypedResults.Ok(new HealthAnswer("live"))).WithName("live").WithTags("health")
            .WithSummary("The process answers");
        routes.MapGetAndHead("/health/ready", (Health health) => health.Ready()).WithName("ready").WithTags("health")
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .WithSummary("Requests are welcome")
            .WithDescription("503 until a snapshot is loaded, and while the server shuts down.");
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        LogStopping(log, drain.Value.TotalSeconds);
        await Task.Delay(drain.Value, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private Results<Ok<HealthAnswer>, ProblemHttpResult> Ready() =>
        _stopping ? Unavailable("The server is stopping.")
        : holder.HasSnapshot ? TypedResults.Ok(new HealthAnswer("ready"))
        : Unavailable(new NoSnapshotException().Message);

    private static ProblemHttpResult Unavailable(string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status503ServiceUnavailable);

    [LoggerMessage(3, LogLevel.Information, "Stopping: not ready from now on, closed in {Seconds} s, requests under way finish")]
    private static partial void LogStopping(ILogger log, double seconds);
}

/// <summary>See <see cref="ServerOptions.Drain"/>.</summary>
internal sealed record DrainTime(TimeSpan Value);
