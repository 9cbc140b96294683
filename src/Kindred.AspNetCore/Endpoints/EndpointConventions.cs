using Kindred.Snapshots;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Kindred.AspNetCore.Endpoints;

/// <summary>The operation's id in an OpenAPI document. Not the endpoint's name, which must be unique in the whole host.</summary>
internal sealed record OperationId(string Value);

/// <summary>Which of the host's recommenders answers; null: the one without a key.</summary>
internal sealed record RecommenderKey(string? Value);

/// <summary>What all endpoints have in common.</summary>
internal static class EndpointConventions
{
    /// <summary>HEAD is answered as GET is, without the body (RFC 9110, 9.3.2), which Kestrel leaves out by itself.</summary>
    public static RouteHandlerBuilder MapGetAndHead(this IEndpointRouteBuilder routes, string pattern, Delegate handler)
    {
        routes.MapMethods(pattern, [HttpMethods.Head], handler).ExcludeFromDescription();
        routes.MapRefusal(pattern);
        return routes.MapGet(pattern, handler);
    }

    /// <summary>Posts of JSON alone.</summary>
    public static RouteHandlerBuilder MapPostOfJson<T>(this IEndpointRouteBuilder routes, string pattern, Delegate handler)
        where T : notnull
    {
        routes.MapRefusal(pattern);
        return routes.MapPost(pattern, handler).Accepts<T>("application/json");
    }

    public static RouteHandlerBuilder WithOperationId(this RouteHandlerBuilder endpoint, string id) =>
        endpoint.WithMetadata(new OperationId(id));

    /// <summary>
    /// Checks the address before the endpoint sees it, and answers what it throws with a sentence. The endpoint itself is wrapped, so the
    /// host's other endpoints and its handling of errors stay as they are.
    /// </summary>
    public static void AddProblems(this IEndpointConventionBuilder group) => group.Add(endpoint =>
    {
        if (endpoint.RequestDelegate is not { } next) return;
        endpoint.RequestDelegate = async context =>
        {
            try
            {
                if (context.GetEndpoint()?.Metadata.GetMetadata<Refusal>() is null)
                {
                    PathIds.Decode(context);
                    QueryParameters.Check(context);
                }
                await next(context);
            }
            catch (Exception e) when (!context.Response.HasStarted && Problem.Of(e, LongestBodyOf(context)) is { } problem)
            {
                await problem.ExecuteAsync(context);
            }
        };
    });

    /// <summary>Other methods, and bodies of another type: routing would refuse them without a word.</summary>
    private static void MapRefusal(this IEndpointRouteBuilder routes, string pattern) => routes.Map(pattern, context =>
    {
        var request = context.Request;
        string[] allowed = [.. MethodsAt(context)];
        if (allowed.Contains(request.Method)) return Problem.Of(StatusCodes.Status415UnsupportedMediaType).ExecuteAsync(context);
        context.Response.Headers.Allow = string.Join(", ", allowed);
        string sentence = $"{PlainText.Shorten(request.Path)} does not answer {request.Method}; use {string.Join(", ", allowed)}.";
        return Problem.Of(sentence, StatusCodes.Status405MethodNotAllowed).ExecuteAsync(context);
    }).WithMetadata(new Refusal(), new ExcludeFromDescriptionAttribute());

    private static IEnumerable<string> MethodsAt(HttpContext context)
    {
        string? pattern = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        var endpoints = context.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();
        return endpoints.Where(endpoint => endpoint.RoutePattern.RawText == pattern)
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []).Distinct().Order();
    }

    private static long LongestBodyOf(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<IRequestSizeLimitMetadata>()?.MaxRequestBodySize ?? 1 << 20;

    private sealed record Refusal;

    public static IRecommender Recommender(this HttpContext context) =>
        context.RequestServices.GetRequiredKeyedService<IRecommender>(KeyOf(context));

    /// <exception cref="NoSnapshotException">There is none yet.</exception>
    public static LiveSnapshot.Lease AcquireSnapshot(this HttpContext context) =>
        context.RequestServices.GetRequiredKeyedService<LiveSnapshot>(KeyOf(context)) is var snapshots
        && snapshots.TryAcquire() is { } lease
            ? lease : throw new NoSnapshotException(snapshots.Absence);

    /// <param name="what">That only a snapshot has.</param>
    /// <returns>A sentence where answers are given without a snapshot, and there is none yet; null otherwise.</returns>
    public static IResult? WithoutModel(this HttpContext context, string what) =>
        context.RequestServices.GetRequiredKeyedService<LiveSnapshot>(KeyOf(context)) is { IsOptional: true, HasSnapshot: false }
            ? Problem.Of(
                $"No model is trained yet, so there is no {what}: what is new or popular is recommended until there is one.",
                StatusCodes.Status404NotFound)
            : null;

    private static string? KeyOf(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<RecommenderKey>()?.Value;
}
