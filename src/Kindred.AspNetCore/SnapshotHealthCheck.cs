using Kindred.Snapshots;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Kindred.AspNetCore;

/// <summary>Healthy when there is a snapshot to answer from.</summary>
internal sealed class SnapshotHealthCheck(LiveSnapshot snapshots, SnapshotRefresh refresh, TimeProvider? clock = null) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Check(context.Registration.FailureStatus));

    private HealthCheckResult Check(HealthStatus failure)
    {
        using var lease = snapshots.TryAcquire();
        if (lease?.Snapshot is not { } snapshot) return new(failure, refresh.Failure ?? "No snapshot is loaded yet.");
        var data = new Dictionary<string, object>
        {
            ["snapshot"] = snapshot.Manifest.Id,
            ["age"] = (clock ?? TimeProvider.System).GetUtcNow() - snapshot.Created,
        };
        if (refresh.Failure is { } newer) data["refused"] = newer;
        return HealthCheckResult.Healthy($"{snapshot.Manifest.Id} answers.", data);
    }
}
