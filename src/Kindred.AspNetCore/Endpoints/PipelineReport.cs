using System.ComponentModel;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kindred.AspNetCore.Endpoints;

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

/// <summary>GET …/pipeline: the pipeline that answers, to be read and compared.</summary>
internal static class PipelineReport
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGetAndHead("/pipeline", Answer).WithOperationId("pipeline").WithTags("pipeline")
            .Produces<PipelineDescription>().ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("The pipeline that answers")
            .WithDescription("404 where a model answers alone, or none is trained yet.");

    private static IResult Answer(HttpContext context)
    {
        if (context.WithoutModel("pipeline") is { } problem) return problem;
        using var lease = context.AcquireSnapshot();
        var manifest = lease.Snapshot.Manifest;
        if (lease.Snapshot.Trained is not { } trained)
            return Problem.Of($"The snapshot {manifest.Id} serves a model alone, {manifest.Model.Trainer}.", StatusCodes.Status404NotFound);
        var answer = new PipelineDescription { Snapshot = manifest.Id, Steps = trained.Config.Steps, Config = trained.Config.ToJson() };
        return TypedResults.Json(answer, ContractsJson.Default.PipelineDescription);
    }
}
