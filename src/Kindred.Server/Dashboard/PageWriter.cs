using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Kindred.Server.Dashboard;

/// <summary>What pages are written with.</summary>
internal sealed class PageWriter(Html html, HttpContext context)
{
    private readonly BrowserSessions _sessions = context.RequestServices.GetRequiredService<BrowserSessions>();

    public Html Html => html;

    /// <summary>Of the key that the browser logged in with; null: it needs none.</summary>
    public string? KeyName => _sessions.KeyOf(context)?.Name;

    /// <summary>What a command needs that asks the server; empty: nothing.</summary>
    public string KeyHeader => KeyName is null ? "" : " -H 'Authorization: Bearer KEY'";

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

    /// <summary>A form that asks for a page and changes nothing.</summary>
    public void Question(string path, string button, Action content)
    {
        using (html.In("form", ("action", path), ("class", "fields")))
        {
            content();
            Button(button);
        }
    }

    /// <summary>Things one below the other.</summary>
    /// <param name="list">ol where their order means something.</param>
    public void Points<T>(IEnumerable<T> all, Action<T> write, string list = "ul")
    {
        using (html.In(list, ("class", "points")))
            foreach (var one in all)
                using (html.In("li")) write(one);
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
    public void Confirmed(string summary, Action content, bool isOpen = false)
    {
        using (html.In("details", ("class", "confirm"), ("open", isOpen ? "open" : null)))
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

    /// <summary>Why something is done.</summary>
    /// <param name="of">What it is about: another one for each form of a page.</param>
    /// <param name="kept">What the reason is kept with.</param>
    public void Reason(string of, string kept)
    {
        using (html.In("div", ("class", "field")))
        {
            html.Element("label", $"Reason, kept with the {kept}", ("for", $"reason-{of}"));
            html.Empty("input", ("id", $"reason-{of}"), ("name", "reason"), ("autocomplete", "off"), ("maxlength", "500"));
        }
    }

    /// <summary>What a form sends beside what people write.</summary>
    public void Hidden(string name, string value) => html.Empty("input", ("type", "hidden"), ("name", name), ("value", value));

    /// <summary>One of some values.</summary>
    public void Select(string label, string name, IEnumerable<(string Value, string Text)> choices, string? chosen = null)
    {
        using (html.In("div", ("class", "field")))
        {
            html.Element("label", label, ("for", $"field-{name}"));
            using (html.In("select", ("id", $"field-{name}"), ("name", name)))
                foreach (var (value, text) in choices)
                    html.Element("option", text, ("value", value), ("selected", value == chosen ? "selected" : null));
        }
    }

    /// <summary>Text that may have many lines.</summary>
    public void TextArea(string label, string name, string text, int rows)
    {
        using (html.In("div", ("class", "field")))
        {
            html.Element("label", label, ("for", $"field-{name}"));
            html.Element("textarea", text, ("id", $"field-{name}"), ("name", name), ("rows", $"{rows}"), ("spellcheck", "false"));
        }
    }

    /// <summary>JSON as it is kept, to be read.</summary>
    public void Code(string label, string text)
    {
        using (html.In("pre", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", label)))
            html.Element("code", text);
    }

    /// <summary>A table with a row for each of some things.</summary>
    /// <param name="none">The sentence where there are none.</param>
    /// <param name="titles">Those that start with a space are above numbers.</param>
    /// <param name="row">Writes the cells of one, the first as the row's title.</param>
    public void Table<T>(string label, IReadOnlyCollection<T> all, string none, string[] titles, Action<T> row)
    {
        if (all.Count == 0)
        {
            html.Element("p", none);
            return;
        }
        using (html.Table(label, "prose"))
        {
            html.Titles(titles);
            using (html.In("tbody"))
                foreach (var one in all)
                    using (html.In("tr")) row(one);
        }
    }

    /// <summary>The cell that names a row.</summary>
    public void RowTitle(string text) => html.Element("th", text, ("scope", "row"));

    public void RowTitle(Action content)
    {
        using (html.In("th", ("scope", "row"))) content();
    }

    /// <summary>A cell with "3 min ago"; "–" where it never was.</summary>
    public void AgoCell(DateTimeOffset? time, string never = "–")
    {
        using (html.In("td"))
            if (time is { } known) Ago(known);
            else html.Text(never);
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
