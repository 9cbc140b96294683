using System.Text;
using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Microsoft.AspNetCore.Http;

namespace Kindred.Server.Dashboard;

/// <summary>A page of the dashboard: what is around it is the same for all.</summary>
/// <param name="Path">Of the page's entry in the navigation.</param>
/// <param name="Content">Writes what is below the title.</param>
internal sealed record Page(string Path, string Title, Action<PageWriter> Content) : IResult
{
    /// <summary>What a page may load: its style and its script, from here. No other host, nothing inline.</summary>
    public const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private static readonly (string Path, string Name, Scope Scope)[] Navigation = Dashboard.Navigation;

    public int Status { get; init; } = StatusCodes.Status200OK;

    /// <summary>Whether the script of maps is loaded too.</summary>
    public bool HasMap { get; init; }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var text = new StringWriter { NewLine = "\n" };
        Write(new(new(text), httpContext));
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = "text/html; charset=utf-8";
        SetHeaders(response);
        response.Headers.CacheControl = "no-store";
        byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
        response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(httpContext.Request.Method)) await response.Body.WriteAsync(bytes, httpContext.RequestAborted);
    }

    public static void SetHeaders(HttpResponse response)
    {
        var headers = response.Headers;
        (headers.ContentSecurityPolicy, headers.XContentTypeOptions) = (Policy, "nosniff");
        headers["Referrer-Policy"] = "same-origin"; // without a referrer, browsers would not say where a form comes from
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }

    private void Write(PageWriter page)
    {
        var html = page.Html;
        html.Raw("<!DOCTYPE html>\n");
        using (html.In("html", ("lang", "en")))
        {
            using (html.In("head"))
            {
                html.Empty("meta", ("charset", "utf-8"));
                html.Empty("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
                html.Empty("meta", ("name", "color-scheme"), ("content", "light dark"));
                html.Element("title", $"{Title} – Kindred");
                html.Empty("link", ("rel", "icon"), ("href", Assets.Icon.Path));
                html.Empty("link", ("rel", "stylesheet"), ("href", Assets.Style.Path));
                using (html.In("script", ("src", Assets.Script.Path), ("defer", "defer"))) { }
                if (HasMap)
                    using (html.In("script", ("src", Assets.MapScript.Path), ("defer", "defer"))) { }
            }
            using (html.In("body", ("class", "dashboard")))
            {
                html.Element("a", "Skip to the content", ("class", "skip"), ("href", "#content"));
                WriteBar(page);
                using (html.In("main", ("id", "content")))
                {
                    html.Element("h1", Title);
                    Content(page);
                }
            }
        }
    }

    private void WriteBar(PageWriter page)
    {
        var html = page.Html;
        using (html.In("header", ("class", "bar")))
        {
            html.Element("a", "Kindred", ("class", "brand"), ("href", "/"));
            using (html.In("nav", ("aria-label", "Pages")))
            using (html.In("ul"))
                foreach (var (path, name, scope) in Navigation)
                    if (page.May(scope))
                        using (html.In("li"))
                            html.Element("a", name, ("href", path), ("aria-current", path == Path ? "page" : null));
            if (page.KeyName is { } key)
                page.Form("/logout", () =>
                    html.Element("button", "Log out", ("type", "submit"), ("title", $"Logged in with the key {key}")), "logout");
        }
    }
}
