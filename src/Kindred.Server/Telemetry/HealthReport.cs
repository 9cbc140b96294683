using System.ComponentModel;

namespace Kindred.Server.Telemetry;

/// <summary>How a living server is.</summary>
internal sealed record HealthReport(
    [property: Description("\"live\", \"ready\", \"degraded\" or \"stopping\".")] string Status)
{
    [Description("What is wrong, in sentences; absent when all is well.")]
    public IReadOnlyList<string>? Reasons { get; init; }

    [Description("What the store is and where.")]
    public string? Store { get; init; }

    [Description("Events that wait for being written.")]
    public int? QueuedEvents { get; init; }

    [Description("For how long the oldest of them has waited.")]
    public double? WriterLagSeconds { get; init; }

    [Description("The snapshot that answers; absent when there is none yet.")]
    public string? Snapshot { get; init; }

    [Description("How long ago it was made.")]
    public double? SnapshotAgeSeconds { get; init; }
}
