using Kindred.Reports.Charts;
using Kindred.Reports.Markup;

namespace Kindred.Reports.Sections;

/// <summary>Which sign is which model.</summary>
internal static class Legend
{
    public static void Write(Html html, Page page)
    {
        using (html.In("ul", ("class", "legend")))
            foreach (var entrant in page.Entrants)
                using (html.In("li")) WriteName(html, page, entrant);
    }

    /// <summary>A model's sign and name.</summary>
    public static void WriteName(Html html, Page page, Entrant entrant)
    {
        using (html.In("span", ("class", "model")))
        {
            WriteSign(html, entrant.Sign);
            using (html.In("span"))
            {
                using (html.In("span", ("class", "name"))) html.Name(entrant.Name);
                if (entrant.Name == page.Report.Leaderboard.Baseline) html.Element("span", "baseline", ("class", "note"));
            }
        }
    }

    /// <summary>Beside a name that is read anyway, so it is not read aloud.</summary>
    internal static void WriteSign(Html html, ModelMarker sign)
    {
        using (html.In("svg", ("viewBox", "0 0 14 14"), ("width", "14"), ("height", "14"), ("aria-hidden", "true"), ("class", "key")))
            new Svg(html).Sign(sign, 7, 7, 5);
    }
}
