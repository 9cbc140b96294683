using System.Net;
using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Dashboard;
using Kindred.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Kindred.Server.Access;

/// <summary>
/// Lets requests through by their key. As long as there are no keys, everything is allowed, but only to programs of this machine, or if
/// the server was started with the option that allows anonymous access.
/// </summary>
internal sealed class AccessControl(RequestDelegate next, AccessKeys keys, BrowserSessions browsers, LivingOptions options)
{
    private const string Header = "X-API-Key", Scheme = "Bearer ";

    private static readonly object Item = new();

    /// <summary>What proxies add. X-Original-Proto: where X-Forwarded-Proto was believed.</summary>
    private static readonly string[] ProxyHeaders =
    [
        "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Original-Proto", "X-Real-IP",
    ];

    /// <returns>The id of the request's key; null: it has none.</returns>
    public static string? KeyOf(HttpContext context) => (context.Items[Item] as AccessKey)?.Id;

    /// <returns>Whether a request that was let through may do what needs a scope.</returns>
    public static bool May(HttpContext context, Scope scope)
    {
        var services = context.RequestServices;
        if (!services.GetRequiredService<AccessKeys>().Any) return true;
        var key = context.Items[Item] as AccessKey ?? services.GetRequiredService<BrowserSessions>().KeyOf(context);
        return key is not null && AccessKeys.Allows(key, scope);
    }

    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RequiredScopes>()?.Scopes is not { } scopes) return next(context);
        if (!keys.Any)
        {
            if (options.AllowAnonymous) return next(context);
            return IsLocal(context) ? next(context)
                : Refuse(context, StatusCodes.Status401Unauthorized, "The server has no keys, so only programs of its own machine may " +
                    "use it, and not through a proxy; add a key with `kindred keys add`.");
        }
        string? given = GivenIn(context.Request);
        var browser = given is null && MayBrowse(context) ? browsers.KeyOf(context) : null;
        if (given is null && browser is null)
            return IsPage(context) ? DashboardPage.LogInAsync(context) : Refuse(context, StatusCodes.Status401Unauthorized,
                $"A key is needed; send it as 'Authorization: Bearer …' or '{Header}: …'.");
        if ((browser ?? keys.Find(given!)) is not { } key)
            return Refuse(context, StatusCodes.Status401Unauthorized, "The key is unknown, or was removed.");
        foreach (var scope in scopes)
            if (!AccessKeys.Allows(key, scope))
                return Refuse(context, StatusCodes.Status403Forbidden,
                    $"The key '{PlainText.Shorten(key.Name)}' does not have the scope {AccessKeys.NameOf(scope)}.");
        context.Items[Item] = key;
        return next(context);
    }

    /// <summary>
    /// A browser's session counts for pages, whose forms prove where they come from, and for reading: pages link to the JSON behind them.
    /// </summary>
    private static bool MayBrowse(HttpContext context) =>
        IsPage(context) || HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);

    private static bool IsPage(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<DashboardPage>() is not null;

    private static string? GivenIn(HttpRequest request)
    {
        if (request.Headers[Header] is [{ Length: > 0 } key]) return key;
        return request.Headers.Authorization is [{ } text] && text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? text[Scheme.Length..].Trim() : null;
    }

    /// <summary>
    /// From this machine, to a name of this machine: a page from elsewhere that a browser here shows, under a name that leads here, is not.
    /// </summary>
    private static bool IsLocal(HttpContext context)
    {
        bool isLoopback = context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address);
        string host = context.Request.Host.Host;
        bool isLocalName = host is "localhost" or ""
            || (IPAddress.TryParse(host.Trim('[', ']'), out var name) && IPAddress.IsLoopback(name));
        return isLoopback && isLocalName && IsSameOrigin(context.Request) && !IsForwarded(context.Request);
    }

    /// <summary>A proxy of this machine asks for strangers too, whatever the address that it or they write into a header.</summary>
    private static bool IsForwarded(HttpRequest request) => ProxyHeaders.Any(request.Headers.ContainsKey);

    /// <summary>Browsers say which page a request comes from.</summary>
    private static bool IsSameOrigin(HttpRequest request) =>
        request.Headers.Origin.Count == 0 || request.Headers.Origin == $"{request.Scheme}://{request.Host}";

    private static Task Refuse(HttpContext context, int status, string sentence)
    {
        if (IsPage(context)) return DashboardPage.RefuseAsync(context, status, sentence);
        if (status == StatusCodes.Status401Unauthorized) context.Response.Headers.WWWAuthenticate = "Bearer";
        return Problem.Of(sentence, status).ExecuteAsync(context);
    }
}
