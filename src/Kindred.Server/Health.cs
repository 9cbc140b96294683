using Kindred.AspNetCore.Endpoints;
using Kindred.Snapshots;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server;

/// <summary>The answer of a health endpoint when all is well.</summary>
internal sealed record HealthAnswer(string Status);

/// <summary>Tells load balancers where the server stands.</summary>
internal sealed class Health(LiveSnapshot holder, Drain drain)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGetAndHead("/health/live", () => TypedResults.Ok(new HealthAnswer("live"))).WithName("live").WithTags("health")
            .WithSummary("The process answers");
        routes.MapGetAndHead("/health/ready", (Health health) => health.Ready()).WithName("ready").WithTags("health")
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .WithSummary("Requests are welcome")
            .WithDescription("503 until a snapshot is loaded, and while the server shuts down.");
    }

    private Results<Ok<HealthAnswer>, ProblemHttpResult> Ready() =>
        drain.IsStopping ? Unavailable("The server is stopping.")
        : holder.HasSnapshot ? TypedResults.Ok(new HealthAnswer("ready"))
        : Unavailable(new NoSnapshotException().Message);

    private static ProblemHttpResult Unavailable(string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status503ServiceUnavailable);
}
