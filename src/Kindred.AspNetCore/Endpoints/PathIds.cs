using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Kindred.AspNetCore.Endpoints;

/// <summary>
/// Ids are any strings, so an id in a path may hold an escaped slash. Kestrel leaves <c>%2F</c> as it is when it decodes a path, and then
/// nobody can tell whether the id held "/" or "%2F": where there is a doubt, the id is taken from the request line.
/// </summary>
internal static class PathIds
{
    public static void Decode(HttpContext context)
    {
        if (context.GetEndpoint() is not RouteEndpoint endpoint) return;
        foreach (var parameter in endpoint.RoutePattern.Parameters) Decode(context, endpoint, parameter.Name);
    }

    private static void Decode(HttpContext context, RouteEndpoint endpoint, string name)
    {
        var request = context.Request;
        if (request.RouteValues[name] is not string id || !id.Contains('%')) return;
        string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        string[] raw = target.Split('?', 2)[0].Split('/');
        bool isSamePath = raw.Length == (request.PathBase + request.Path).Value!.Split('/').Length; // no dot segments were resolved
        if (isSamePath) request.RouteValues[name] = Uri.UnescapeDataString(raw[PlaceIn(endpoint, name, request.PathBase)]);
    }

    /// <returns>The position of {name} among the parts of the path, the first of which is empty: 3 in /v1/users/{id}/….</returns>
    private static int PlaceIn(RouteEndpoint endpoint, string name, PathString pathBase)
    {
        var segments = endpoint.RoutePattern.PathSegments.ToList();
        int place = segments.FindIndex(segment => segment.Parts is [var part] && part == endpoint.RoutePattern.GetParameter(name));
        return (pathBase.Value ?? "").Count(c => c == '/') + 1 + place;
    }
}
