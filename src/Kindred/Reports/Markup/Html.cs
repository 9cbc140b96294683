using System.Text;

namespace Kindred.Reports.Markup;

/// <summary>
/// Writes elements, closes what was opened, and escapes everything else, whatever a name or a warning holds. What it writes is well-formed
/// as HTML and as XML: one can be read by people, the other by tests.
/// </summary>
internal sealed class Html(TextWriter output)
{
    private const string BreakAfter = ":,=/_";

    private readonly Stack<string> _open = [];

    /// <summary>Opens an element.</summary>
    /// <param name="attributes">Those without a value are left out.</param>
    /// <returns>Closes it.</returns>
    public Opened In(string tag, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Start(tag, attributes);
        output.Write('>');
        _open.Push(tag);
        return new(this);
    }

    /// <summary>An element that holds nothing but text.</summary>
    public void Element(string tag, string text, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        using (In(tag, attributes)) Text(text);
    }

    /// <summary>An element that never holds anything.</summary>
    public void Empty(string tag, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Start(tag, attributes);
        output.Write(" />");
    }

    /// <summary>A table that scrolls in its own box where it is wider than the screen, by keyboard too.</summary>
    /// <param name="label">What is in it.</param>
    public Opened Table(string label, string? type = null)
    {
        In("div", ("class", "scroll"), ("role", "region"), ("tabindex", "0"), ("aria-label", label));
        In("table", ("class", type));
        return new(this, levels: 2);
    }

    /// <summary>A row of titles; those that start with a space are above numbers.</summary>
    public void Titles(params IEnumerable<string> titles)
    {
        using (In("thead"))
        using (In("tr"))
        {
            foreach (string title in titles)
                using (In("th", ("scope", "col"), ("class", title.StartsWith(' ') ? "n" : null))) Name(title.TrimStart());
        }
    }

    /// <summary>A cell with a number in it.</summary>
    public void Number(string text) => Element("td", text, ("class", "n"));

    /// <summary>A cell with a number in it and, below, its interval.</summary>
    public void Estimate(string value, string? interval, bool isBest = false)
    {
        using (In("td", ("class", "n")))
        {
            Element(isBest ? "strong" : "span", value);
            if (interval is not null) Element("span", interval, ("class", "interval"));
        }
    }

    public void Text(string text) => output.Write(Escaped(text));

    /// <summary>A name that can be long: lines may break after its signs.</summary>
    public void Name(string name)
    {
        int from = 0;
        for (int n = 0; n < name.Length; n++)
        {
            if (!BreakAfter.Contains(name[n])) continue;
            Text(name[from..(n + 1)]);
            Raw("<wbr />");
            from = n + 1;
        }
        Text(name[from..]);
    }

    /// <summary>As it is: constants of ours.</summary>
    public void Raw(string markup) => output.Write(markup);

    private void Start(string tag, ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        output.Write($"<{tag}");
        foreach (var (name, value) in attributes)
            if (value is not null) output.Write($" {name}=\"{Escaped(value)}\"");
    }

    private void Close()
    {
        string tag = _open.Pop();
        output.Write($"</{tag}>");
        if (IsBlock(tag)) output.Write('\n');
    }

    /// <summary>Where a line break in the source is not seen on the page.</summary>
    private static bool IsBlock(string tag) => tag is not ("span" or "a" or "strong" or "code" or "title" or "tspan" or "text" or "time");

    /// <summary>What XML cannot hold — most control characters, halves of surrogate pairs — becomes U+FFFD.</summary>
    private static string Escaped(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            escaped.Append(rune.Value switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\t' or '\n' => rune.ToString(),
                < 0x20 or (>= 0x7F and < 0xA0) or 0xFFFE or 0xFFFF => "\uFFFD",
                _ => rune.ToString(),
            });
        }
        return escaped.ToString();
    }

    /// <summary>An element that is open until this is disposed.</summary>
    public readonly ref struct Opened(Html html, int levels = 1)
    {
        public void Dispose()
        {
            for (int level = 0; level < levels; level++) html.Close();
        }
    }
}
