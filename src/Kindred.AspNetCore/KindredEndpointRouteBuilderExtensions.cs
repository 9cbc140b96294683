using System.Diagnostics.CodeAnalysis;
using Kindred;
using Kindred.AspNetCore.Endpoints;
using Kindred.Snapshots;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Answers recommendations over HTTP.</summary>
public static class KindredEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps <c>GET users/{id}/recommendations</c>, <c>POST recommendations</c>, <c>GET items/{id}/similar</c>, <c>GET index</c> and
    /// <c>GET pipeline</c>; the last two only with <c>AddKindred</c>, as they are about a snapshot. They answer with JSON of their own,
    /// whatever the host's JSON options are; what is wrong with a request is problem+json with one sentence, and 503 says that there is no
    /// snapshot yet.
    /// </summary>
    /// <param name="prefix">What their paths begin with.</param>
    /// <param name="serviceKey">The key that <c>AddKindred</c> was given; null: none.</param>
    /// <returns>The group, for conventions such as authorization, rate limits and CORS.</returns>
    /// <exception cref="InvalidOperationException">The services have no recommender.</exception>
    public static RouteGroupBuilder MapKindred(
        this IEndpointRouteBuilder routes, [StringSyntax("Route")] string prefix = "/v1", string? serviceKey = null)
    {
        var services = routes.ServiceProvider.GetRequiredService<IServiceProviderIsKeyedService>();
        if (!services.IsKeyedService(typeof(IRecommender), serviceKey))
            throw new InvalidOperationException(serviceKey is null
                ? "MapKindred needs a recommender; call builder.Services.AddKindred(…) before."
                : $"MapKindred finds no recommender '{serviceKey}'; call builder.Services.AddKindred(\"{serviceKey}\", …) before.");
        var group = routes.MapGroup(prefix).WithMetadata(new RecommenderKey(serviceKey));
        group.ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group.AddProblems();
        Recommendations.Map(group);
        if (services.IsKeyedService(typeof(LiveSnapshot), serviceKey))
        {
            IndexReport.Map(group);
            PipelineReport.Map(group);
        }
        return group;
    }
}
