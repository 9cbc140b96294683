using Kindred.Snapshots;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Kindred.AspNetCore;

/// <summary>Healthy when the newest snapshot answers, degraded when an older one has to.</summary>
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
        if (refresh.Failure is { } newer)
        {
            data["refused"] = newer;
            return HealthCheckResult.Degraded(
                $"{snapshot.Manifest.Id} answers, as the newest snapshot cannot be used: {newer}", data: data);
        }
        return HealthCheckResult.Healthy($"{snapshot.Manifest.Id} answers.", data);
    }
}
