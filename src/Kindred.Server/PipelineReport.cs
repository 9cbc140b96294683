using System.ComponentModel;
using System.Text.Json;
using Kindred.Snapshots;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server;

/// <summary>What answers.</summary>
internal sealed record PipelineDescription
{
    [Description("The snapshot it is in.")]
    public required string Snapshot { get; init; }

    [Description("Sources and stages by name, in their order.")]
    public required IReadOnlyList<string> Steps { get; init; }

    [Description("The pipeline as it is written, files that it names included.")]
    public required JsonElement Config { get; init; }
}

/// <summary>GET /v1/pipeline: the pipeline that answers, to be read and compared.</summary>
internal static class PipelineReport
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/pipeline", Answer).WithName("pipeline").WithTags("pipeline")
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .WithSummary("The pipeline that answers")
            .WithDescription("404 where a model answers alone.");

    private static Results<Ok<PipelineDescription>, ProblemHttpResult> Answer(LiveSnapshot holder)
    {
        using var lease = holder.TryAcquire();
        if (lease is null) return Health.NotLoaded();
        var manifest = lease.Snapshot.Manifest;
        return lease.Snapshot.Trained is { } trained
            ? TypedResults.Ok(
                new PipelineDescription { Snapshot = manifest.Id, Steps = trained.Config.Steps, Config = trained.Config.ToJson() })
            : TypedResults.Problem(
                $"The snapshot {manifest.Id} serves a model alone, {manifest.Model.Trainer}.", statusCode: StatusCodes.Status404NotFound);
    }
}
