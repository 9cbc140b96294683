using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Kindred.Server;

/// <summary>
/// Ids are any strings, so an id in a path may hold an escaped slash. Kestrel leaves <c>%2F</c> as it is when it decodes a path, and then
/// nobody can tell whether the id held "/" or "%2F": where there is a doubt, the id is taken from the request line.
/// </summary>
internal static class PathIds
{
    private const string Name = "id";

    /// <summary>Position of {id} among the parts of a path: /v1/users/{id}/…, /v1/items/{id}/….</summary>
    private const int Part = 3;

    public static Task Decode(HttpContext context, RequestDelegate next)
    {
        if (context.Request.RouteValues.TryGetValue(Name, out object? value) && value is string id && id.Contains('%'))
        {
            string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
            string[] raw = target.Split('?', 2)[0].Split('/');
            bool isSamePath = raw.Length == context.Request.Path.Value!.Split('/').Length; // no dot segments were resolved
            if (isSamePath) context.Request.RouteValues[Name] = Uri.UnescapeDataString(raw[Part]);
        }
        return next(context);
    }
}
