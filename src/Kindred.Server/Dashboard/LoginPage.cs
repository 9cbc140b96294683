using System.Globalization;
using Kindred.Server.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Dashboard;

/// <summary>Where a browser gives its key. Without keys there is nothing to give.</summary>
internal static class LoginPage
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapPage("/login", (AccessKeys keys, string? to) => Show(keys, to));
        pages.MapPost("/login", LogIn);
        pages.MapPost("/logout", LogOut);
    }

    private static IResult Show(
        AccessKeys keys, string? to, string? problem = null, int status = StatusCodes.Status401Unauthorized) =>
        !keys.Any ? Dashboard.SeeOther("/")
        : new Page("", "Log in", page =>
        {
            var html = page.Html;
            if (problem is not null) html.Element("p", problem, ("class", "alarm"), ("role", "alert"));
            html.Element("p", "This server asks for a key. With the scope read you see answers, users, items and data; with admin "
                + "everything, and you may change it.", ("class", "hint"));
            page.Form("/login", () =>
            {
                html.Empty("input", ("type", "hidden"), ("name", "to"), ("value", Local(to)));
                using (html.In("div", ("class", "field")))
                {
                    html.Element("label", "Key", ("for", "key"));
                    html.Empty("input", ("id", "key"), ("name", "key"), ("type", "password"), ("autocomplete", "current-password"),
                        ("required", "required"), ("aria-describedby", "key-hint"));
                    using (html.In("span", ("class", "note"), ("id", "key-hint")))
                    {
                        html.Text("It begins with kindred_; ");
                        html.Element("code", "kindred keys add");
                        html.Text(" showed it once. The browser keeps a session of 12 hours, not the key.");
                    }
                }
                page.Button("Log in");
            }, "login");
        })
        {
            Status = problem is null ? StatusCodes.Status200OK : status,
        };

    private static async Task<IResult> LogIn(HttpContext context, BrowserSessions sessions, AccessKeys keys, LoginTries tries)
    {
        var form = await sessions.ReadFormAsync(context);
        // the right key is never kept waiting: behind a proxy everyone may have the same address
        if (sessions.TryOpen(context, form["key"].ToString())) return Dashboard.SeeOther(Local(form["to"]));
        if (tries.WaitOf(context) is { } wait)
        {
            double seconds = Math.Ceiling(wait.TotalSeconds);
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            return Show(
                keys, form["to"], $"Too many wrong keys came from your address; try again in {seconds} s.",
                StatusCodes.Status429TooManyRequests);
        }
        tries.Add(context);
        return Show(keys, form["to"], "The key is unknown, or was removed.");
    }

    private static async Task<IResult> LogOut(HttpContext context, BrowserSessions sessions)
    {
        await sessions.ReadFormAsync(context);
        sessions.Close(context);
        return Dashboard.SeeOther("/login");
    }

    /// <summary>A page of this server alone: whoever makes a link to the login does not choose where it leads.</summary>
    private static string Local(string? path) =>
        path is ['/', ..] && !path.StartsWith("//", StringComparison.Ordinal) && !path.AsSpan().ContainsAny('\\', '\r', '\n') ? path : "/";
}
