using System.Reflection;

namespace Kindred.Reports.Markup;

/// <summary>What all pages are: one file that needs nothing else, no network and no script, with one style.</summary>
internal static class HtmlPage
{
    public static readonly string Style = Read("Style.css");

    /// <summary>Of the library that writes the page.</summary>
    public static string Version =>
        typeof(HtmlPage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <param name="content">Writes what the page shows, between its head and its last line.</param>
    public static void Write(TextWriter output, string title, Action<Html> content)
    {
        var html = new Html(output);
        html.Raw("<!DOCTYPE html>\n");
        using (html.In("html", ("lang", "en")))
        {
            WriteHead(html, title);
            using (html.In("body"))
            {
                content(html);
                html.Element("footer", $"Written by Kindred {Version}. This page is complete in itself: it loads nothing.");
            }
        }
    }

    /// <returns>The page, as HTML that is well-formed XML too.</returns>
    public static string Of(Action<TextWriter> write)
    {
        using var text = new StringWriter { NewLine = "\n" };
        write(text);
        return text.ToString();
    }

    private static void WriteHead(Html html, string title)
    {
        using (html.In("head"))
        {
            html.Empty("meta", ("charset", "utf-8"));
            html.Empty("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
            html.Empty("meta", ("name", "color-scheme"), ("content", "light dark"));
            html.Element("title", title);
            using (html.In("style")) html.Raw(Style);
        }
    }

    private static string Read(string resource)
    {
        using var stream = typeof(HtmlPage).Assembly.GetManifestResourceStream($"Kindred.Reports.{resource}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
