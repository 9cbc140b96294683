using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Endpoints;
using Kindred.Server.Ingestion;
using Kindred.Server.Live;
using Kindred.Snapshots;
using Kindred.Store;
using Kindred.Store.Exposures;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Telemetry;

/// <summary>
/// Tells load balancers and people where the server stands. It is ready as long as it answers, also while the store is away:
/// recommendations come from the snapshot and from memory.
/// </summary>
internal sealed class LivingHealth(
    IStore store, EventWriter writer, ExposureLog exposures, TextVectors texts, LiveSnapshot snapshots, Drain drain, TimeProvider clock)
{
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(5);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGetAndHead("/health/live", () => TypedResults.Json(new HealthReport("live"), LivingJson.Default.HealthReport))
            .WithName("live").WithTags("health").Produces<HealthReport>().WithSummary("The process answers");
        routes.MapGetAndHead("/health/ready", (LivingHealth health) => health.Ready())
            .WithName("ready").WithTags("health").Produces<HealthReport>().Produces<HealthReport>(StatusCodes.Status503ServiceUnavailable)
            .WithSummary("Requests are welcome").WithDescription("503 while the server shuts down.");
        routes.MapGetAndHead("/health", (LivingHealth health, CancellationToken aborted) => health.All(aborted))
            .WithName("health").WithTags("health").Produces<HealthReport>().Produces<HealthReport>(StatusCodes.Status503ServiceUnavailable)
            .WithSummary("How the server is")
            .WithDescription("""
                "ready"; or "degraded" (503), with reasons: the store or the exposures cannot be written to, events wait for long;
                or "stopping" (503).
                """);
    }

    /// <summary>Asks the store nothing: a slow one must not take all servers out of the balancer.</summary>
    private JsonHttpResult<HealthReport> Ready()
    {
        var report = ReportOf([]);
        return Answer(report, report.Status != "stopping");
    }

    private async Task<JsonHttpResult<HealthReport>> All(CancellationToken aborted)
    {
        var report = await Report(aborted);
        return Answer(report, report.Status == "ready");
    }

    private static JsonHttpResult<HealthReport> Answer(HealthReport report, bool isWell) => TypedResults.Json(
        report, LivingJson.Default.HealthReport,
        statusCode: isWell ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);

    public async Task<HealthReport> Report(CancellationToken aborted)
    {
        var reasons = new List<string>();
        if (await StoreFailure(aborted) is { } failure) reasons.Add(failure);
        return ReportOf(reasons);
    }

    private HealthReport ReportOf(List<string> reasons)
    {
        double waiting = writer.WaitingSince is { } since ? Math.Max(0, (clock.GetUtcNow() - since).TotalSeconds) : 0;
        if (waiting > LongWait.TotalSeconds) reasons.Add($"Events have waited for {waiting:0} s for being written.");
        if (exposures.Fault is { } fault) reasons.Add($"{fault.TrimEnd('.')}.");
        if (texts.Fault is { } lacking) reasons.Add(lacking);
        using var lease = snapshots.TryAcquire();
        return new(drain.IsStopping ? "stopping" : reasons.Count > 0 ? "degraded" : "ready")
        {
            Reasons = reasons.Count > 0 ? reasons : null,
            Store = store.Description,
            QueuedEvents = writer.Queued,
            WriterLagSeconds = waiting,
            Snapshot = lease?.Snapshot.Manifest.Id,
            SnapshotAgeSeconds = lease is null ? null : (clock.GetUtcNow() - lease.Snapshot.Created).TotalSeconds,
        };
    }

    private async Task<string?> StoreFailure(CancellationToken aborted)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        limit.CancelAfter(LongWait);
        try
        {
            await store.CheckWritableAsync(limit.Token);
            return null;
        }
        catch (StoreUnavailableException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            return $"The store did not answer within {LongWait.TotalSeconds:0} s.";
        }
    }
}
