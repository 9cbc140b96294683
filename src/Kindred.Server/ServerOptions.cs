using Kindred.Models;

namespace Kindred.Server;

/// <summary>How to serve.</summary>
public sealed record ServerOptions
{
    /// <summary>A snapshot, or a folder of snapshots: then the newest one.</summary>
    public required string Snapshot { get; init; }

    public const string DefaultUrl = "http://127.0.0.1:5080";

    /// <summary>
    /// Where to listen: <c>http://host:port</c>, several separated by <c>;</c>. The host is localhost or an IP address, 0.0.0.0 for all
    /// addresses of the
    /// machine. Port 0: any free one.
    /// </summary>
    public string Url { get; init; } = DefaultUrl;

    /// <summary>
    /// How long the server keeps answering after it was told to stop, while <c>/health/ready</c> says 503, so that a load balancer can
    /// turn away first. Requests under way at the end of it are finished in any case.
    /// </summary>
    public TimeSpan Drain { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// The share of the requests that is answered again, exactly and in the background, where an index answers: <c>/v1/index</c> tells its
    /// recall.
    /// </summary>
    public double RecallSample { get; init; } = .001;

    /// <summary>The models that the snapshot may hold.</summary>
    public TrainerCatalog Trainers { get; init; } = TrainerCatalog.Default;
}
