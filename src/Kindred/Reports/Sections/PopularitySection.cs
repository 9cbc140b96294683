using Kindred.Evaluation;
using Kindred.Reports.Charts;
using Kindred.Reports.Markup;

namespace Kindred.Reports.Sections;

/// <summary>Do lists favour what is popular already?</summary>
internal static class PopularitySection
{
    public static Section? Of(Page page)
    {
        (Entrant Entrant, PopularityBias Bias)[] known = [.. page.Entrants.Select(e => (e, BiasOf(page, e)))
            .Where(e => e.Item2 is not null)!];
        if (known.Length == 0) return null;
        var y = Axis.Of(known.SelectMany(e => e.Bias.Recommended.Concat(e.Bias.Training)).Append(0));
        return new("popularity", "How much goes to what is popular", html =>
        {
            html.Element("p", "Items in ten parts of equally many, the most popular first. Bars: the part's share of the first "
                + $"{Format.Many(known[0].Bias.K, "place")} of all lists; dark marks: its share of the training events. "
                + "Bars above the marks on the left make the popular more popular.", ("class", "hint"));
            using (html.In("div", ("class", "charts small")))
                foreach (var (entrant, bias) in known) Write(html, page, entrant, bias, y);
        });
    }

    /// <summary>At the cut-off of the metric that decides, or at the first one.</summary>
    private static PopularityBias? BiasOf(Page page, Entrant entrant) => entrant.Report.Popularity.MinBy(p => p.K == page.K ? 0 : 1);

    private static void Write(Html html, Page page, Entrant entrant, PopularityBias bias, Axis y)
    {
        int parts = bias.Recommended.Count;
        Column[] columns = [.. bias.Recommended.Zip(bias.Training).Select((share, n) => new Column(share.First, share.Second,
            $"{entrant.Name}, part {n + 1}: {Format.Percent(share.First)} of the places, "
            + $"{Format.Percent(share.Second)} of the training events"))];
        using (html.In("figure"))
        {
            using (html.In("figcaption")) Legend.WriteName(html, page, entrant);
            new ColumnChart($"{entrant.Name}: share of the places by popularity of the items, beside the share of the training events",
                "tenth of the items, most popular first",
                [.. Enumerable.Range(0, parts).Select(n => ((n + .5) / parts, $"{n + 1}"))], y, gap: .25)
                .Draw(html, entrant.Sign, columns);
        }
    }
}
