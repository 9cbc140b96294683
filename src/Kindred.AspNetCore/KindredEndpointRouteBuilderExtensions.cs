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
    /// <returns>The group, for conventions such as authorization, rate limits and CORS.</returns>
    /// <exception cref="InvalidOperationException">The services have no recommender.</exception>
    public static RouteGroupBuilder MapKindred(this IEndpointRouteBuilder routes, [StringSyntax("Route")] string prefix = "/v1")
    {
        var services = routes.ServiceProvider.GetRequiredService<IServiceProviderIsService>();
        if (!services.IsService(typeof(IRecommender)))
            throw new InvalidOperationException("MapKindred needs a recommender; call builder.Services.AddKindred(…) before.");
        var group = routes.MapGroup(prefix);
        group.ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group.AddProblems();
        Recommendations.Map(group);
        if (services.IsService(typeof(LiveSnapshot)))
        {
            IndexReport.Map(group);
            PipelineReport.Map(group);
        }
        return group;
    }
}
