namespace Kindred.Reports.Markup;

/// <summary>Names with their values, one below the other.</summary>
internal static class DefinitionList
{
    public static void Write(Html html, IReadOnlyList<(string Name, string Value)> facts)
    {
        using (html.In("dl", ("class", "pairs")))
            foreach (var (name, value) in facts)
                using (html.In("div"))
                {
                    html.Element("dt", name);
                    html.Element("dd", value);
                }
    }
}
