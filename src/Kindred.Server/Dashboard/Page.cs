using System.Text;
using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

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

/// <summary>What pages are written with.</summary>
internal sealed class PageWriter(Html html, HttpContext context)
{
    private readonly BrowserSessions _sessions = context.RequestServices.GetRequiredService<BrowserSessions>();

    public Html Html => html;

    /// <summary>Of the key that the browser logged in with; null: it needs none.</summary>
    public string? KeyName => _sessions.KeyOf(context)?.Name;

    public DateTimeOffset Now { get; } = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();

    /// <summary>Whether whoever looks at the page may use what needs a scope.</summary>
    public bool May(Scope scope) => AccessControl.May(context, scope);

    /// <summary>A form that changes something.</summary>
    public void Form(string action, Action content, string? type = null)
    {
        using (html.In("form", ("method", "post"), ("action", action), ("class", type)))
        {
            html.Empty("input", ("type", "hidden"), ("name", BrowserSessions.TokenField), ("value", _sessions.TokenFor(context)));
            content();
        }
    }

    /// <summary>A part of the page under a title of its own.</summary>
    /// <param name="json">Where the same numbers are for programs; null: nowhere.</param>
    /// <param name="isLive">The page's script keeps it up to date.</param>
    public void Section(string id, string title, Action content, string? json = null, string? hint = null, bool isLive = false)
    {
        using (html.In("section", ("id", id), ("aria-labelledby", $"{id}-title"), ("data-live", isLive ? "yes" : null)))
        {
            using (html.In("div", ("class", "head")))
            {
                html.Element("h2", title, ("id", $"{id}-title"));
                if (json is not null) Json(json, title);
            }
            if (hint is not null) html.Element("p", hint, ("class", "hint"));
            content();
        }
    }

    public void Json(string path, string what) =>
        html.Element("a", "JSON", ("class", "json"), ("href", path), ("aria-label", $"{what} as JSON"));

    /// <summary>Something to do that cannot be undone by a click: a second one confirms it.</summary>
    public void Confirmed(string summary, Action content)
    {
        using (html.In("details", ("class", "confirm")))
        {
            html.Element("summary", summary);
            using (html.In("div")) content();
        }
    }

    /// <summary>A named field.</summary>
    public void Field(string label, string name, string? value = null, string? hint = null, bool isRequired = false)
    {
        string id = $"field-{name}";
        using (html.In("div", ("class", "field")))
        {
            html.Element("label", label, ("for", id));
            html.Empty("input", ("id", id), ("name", name), ("value", value), ("autocomplete", "off"),
                ("required", isRequired ? "required" : null), ("aria-describedby", hint is null ? null : $"{id}-hint"));
            if (hint is not null) html.Element("span", hint, ("class", "note"), ("id", $"{id}-hint"));
        }
    }

    public void Button(string text, string? type = null) => html.Element("button", text, ("type", "submit"), ("class", type));

    /// <summary>Commands to copy.</summary>
    /// <param name="label">What they do; another one for each on a page.</param>
    public void Commands(string label, string text)
    {
        using (html.In("pre", ("class", "scroll copy"), ("tabindex", "0"), ("role", "region"), ("aria-label", label)))
            html.Element("code", text);
    }

    public void UserLink(string id) => html.Element("a", id, ("href", Links.User(id)), ("class", "id"));

    public void ItemLink(string id, string? title = null) => html.Element("a", title ?? id, ("href", Links.Item(id)), ("class", "id"));

    /// <summary>"3 min ago", with the moment itself on pointing at it.</summary>
    public void Ago(DateTimeOffset time) =>
        html.Element("time", Ages.Ago(Now - time), ("datetime", time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ")),
            ("title", Format.Moment(time)));
}

/// <summary>Addresses of pages; ids may hold any character.</summary>
internal static class Links
{
    public static string User(string id) => $"/user?id={Uri.EscapeDataString(id)}";

    public static string Item(string id) => $"/item?id={Uri.EscapeDataString(id)}";
}

/// <summary>How long ago something was, as people say it.</summary>
internal static class Ages
{
    public static string Of(TimeSpan age) => age switch
    {
        { TotalSeconds: < 1 } => "less than a second",
        { TotalMinutes: < 2 } => $"{Math.Floor(age.TotalSeconds)} s",
        { TotalHours: < 2 } => $"{Math.Floor(age.TotalMinutes)} min",
        { TotalDays: < 2 } => $"{Math.Floor(age.TotalHours)} h",
        _ => $"{Format.Count((long)age.TotalDays)} days",
    };

    public static string Ago(TimeSpan age) => age < TimeSpan.Zero ? "in the future" : age.TotalSeconds < 1 ? "just now" : $"{Of(age)} ago";
}
