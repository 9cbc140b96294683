using Kindred.AspNetCore;
using Kindred.Snapshots;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a health check of recommendations.</summary>
public static class KindredHealthChecksBuilderExtensions
{
    /// <summary>
    /// Healthy when the newest snapshot answers, degraded when a newer one cannot be used; its data are the id of the one that answers
    /// ("snapshot"), how old it is ("age", a <see cref="TimeSpan"/>) and why the newer one is not used ("refused"). Needs
    /// <c>AddKindred</c>.
    /// </summary>
    /// <param name="name">The check's name.</param>
    /// <param name="failureStatus">What it reports as long as there is none; null: unhealthy.</param>
    /// <param name="tags">To choose checks by.</param>
    /// <param name="serviceKey">The key that <c>AddKindred</c> was given; null: none.</param>
    public static IHealthChecksBuilder AddKindred(
        this IHealthChecksBuilder builder, string name = "kindred", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null,
        string? serviceKey = null)
    {
        builder.Services.AddOptions<HealthCheckServiceOptions>().ValidateOnStart().Validate<IServiceProviderIsKeyedService>(
            (_, services) => services.IsKeyedService(typeof(LiveSnapshot), serviceKey),
            serviceKey is null ? $"The health check '{name}' needs a recommender; call builder.Services.AddKindred(…)."
                : $"The health check '{name}' finds no recommender '{serviceKey}'; call builder.Services.AddKindred(\"{serviceKey}\", …).");
        return builder.Add(new(name, services => new SnapshotHealthCheck(
            services.GetRequiredKeyedService<LiveSnapshot>(serviceKey), services.GetRequiredKeyedService<SnapshotRefresh>(serviceKey),
            services.GetService<TimeProvider>()), failureStatus, tags));
    }
}
