using Kindred.Retrieval.Indexes;
using Kindred.Snapshots;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server;

/// <summary>GET /v1/index: what the index is, and how much it finds of what it should.</summary>
internal static class IndexReport
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/index", Answer).WithName("index").WithTags("index")
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .WithSummary("The index that answers, and its measured recall")
            .WithDescription(
                "Recall: the share of the exact first K items that the index finds, with a 95 % interval. 404 where no index answers.");

    private static Results<Ok<IndexAnswer>, ProblemHttpResult> Answer(LiveSnapshot holder)
    {
        using var lease = holder.TryAcquire();
        if (lease is null) return Health.NotLoaded();
        var snapshot = lease.Snapshot;
        if (snapshot.Index is not { } index || snapshot.Manifest.Index is not { } manifest)
        {
            return TypedResults.Problem(
                $"The snapshot {snapshot.Manifest.Id} has no index: every item is scored.", statusCode: StatusCodes.Status404NotFound);
        }
        var description = index.Description;
        return TypedResults.Ok(new IndexAnswer
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
        });
    }
}
