using Kindred.Retrieval.Indexes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kindred.AspNetCore.Endpoints;

/// <summary>GET …/index: what the index is, and how much it finds of what it should.</summary>
internal static class IndexReport
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGetAndHead("/index", Answer).WithOperationId("index").WithTags("index")
            .Produces<IndexAnswer>().ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("The index that answers, and its measured recall")
            .WithDescription(
                "Recall: the share of the exact first K items that the index finds, with a 95 % interval. " +
                "404 where no index answers, or no model is trained yet.");

    private static IResult Answer(HttpContext context)
    {
        if (context.WithoutModel("index") is { } problem) return problem;
        using var lease = context.AcquireSnapshot();
        var snapshot = lease.Snapshot;
        if (snapshot.Index is not { } index || snapshot.Manifest.Index is not { } manifest)
        {
            return Problem.Of($"The snapshot {snapshot.Manifest.Id} has no index: every item is scored.", StatusCodes.Status404NotFound);
        }
        var description = index.Description;
        var answer = new IndexAnswer
        {
            Snapshot = snapshot.Manifest.Id,
            Kind = description.Kind,
            Dimensions = description.Dimensions,
            Count = description.Count,
            Bytes = description.Bytes,
            Effort = manifest.Effort,
            BuiltRecall = manifest.Recall,
            Sampled = snapshot.RecallSampler is { Summary: var sampled, Share: var share }
                ? new() { Share = share, Requests = sampled.Requests, Dropped = sampled.Dropped, Recall = sampled.Recall }
                : null,
        };
        return TypedResults.Json(answer, ContractsJson.Default.IndexAnswer);
    }
}
