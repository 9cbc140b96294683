using Kindred.Evaluation;
using Kindred.Reports.Charts;
using Kindred.Reports.Markup;

namespace Kindred.Reports.Sections;

/// <summary>How good for whom: groups of users, groups of items, and, where groups are slices of time, how steady.</summary>
internal static class SegmentSection
{
    /// <returns>Segments, then time slices; those that there are.</returns>
    public static IEnumerable<Section> Of(Page page)
    {
        Grouped[] all = [.. page.First.Segments.Where(s => s.Grouping.Length > 0).GroupBy(s => s.Grouping)
            .Select(grouping => Grouped.Of(page, grouping)).OfType<Grouped>()];
        Grouped[] times = [.. all.Where(g => g.IsTime)], others = [.. all.Where(g => !g.IsTime)];
        if (times.Length > 0)
        {
            yield return new("time", "Stability over time", html =>
            {
                html.Element("p", $"The same models on slices of time, one after the other; "
                    + $"the band is the 95 % interval of {page.Entrants[0].Name}. "
                    + "A lead that comes and goes is no lead.", ("class", "hint"));
                Legend.Write(html, page);
                using (html.In("div", ("class", "charts wide")))
                    foreach (var grouping in times) WriteOverTime(html, page, grouping);
            });
        }
        if (all.Length == 0) yield break;
        yield return new("segments", "Who gains", html =>
        {
            html.Element("p", "Bars are means over the users of a group, whiskers their 95 % intervals. Small groups have wide ones.",
                ("class", "hint"));
            using (html.In("div", ("class", "charts")))
                foreach (var grouping in others) WriteBars(html, page, grouping);
            WriteTable(html, page);
        });
    }

    private static void WriteBars(Html html, Page page, Grouped grouping)
    {
        (string, IReadOnlyList<Row>)[] groups = [.. grouping.Groups.Select(group => (
            $"{group.Name} · {Format.Many(group.Users, "user")}",
            (IReadOnlyList<Row>)[.. page.Entrants.Select(
                entrant => RowOf(entrant, entrant.In(group.Grouping, group.Name, grouping.Metric)))]))];
        var axis = Axis.Of(groups.SelectMany(g => g.Item2).SelectMany(r => (double[])[r.Value, r.Low, r.High]).Append(0), steps: 3);
        using (html.In("figure"))
        {
            html.Element("figcaption", $"{grouping.Name}: {grouping.Metric}");
            new RowChart($"{grouping.Metric} by {grouping.Name}, a bar for each model in each group", axis).Draw(html, groups);
        }
    }

    private static Row RowOf(Entrant entrant, Estimate? estimate) => estimate is null
        ? new(entrant.Sign, double.NaN, double.NaN, double.NaN, "not measured")
        : new(entrant.Sign, estimate.Mean, estimate.Low, estimate.High, TextOf(entrant, estimate));

    private static void WriteOverTime(Html html, Page page, Grouped grouping)
    {
        double At(int n) => (n + .5) / grouping.Groups.Count;
        Line[] lines = [.. page.Entrants.Select(entrant => new Line(entrant.Sign, [.. grouping.Groups
            .Select((group, n) => entrant.In(group.Grouping, group.Name, grouping.Metric) is { } e
                ? new LinePoint(At(n), e.Mean, e.Low, e.High, $"{TextOf(entrant, e)}, {group.Name}")
                : new LinePoint(At(n), double.NaN, double.NaN, double.NaN, ""))]))];
        var y = Axis.Of(lines.SelectMany(line => line.Points).SelectMany(p => (double[])[p.Y, p.Low, p.High]).Append(0));
        using (html.In("figure"))
        {
            html.Element("figcaption", $"{grouping.Name}: {grouping.Metric}");
            using (html.In("div", ("class", "scroll"), ("role", "region"), ("tabindex", "0"), ("aria-label", grouping.Name)))
                new LineChart($"{grouping.Metric} by {grouping.Name}, a line for each model", grouping.Name,
                [.. grouping.Groups.Select((group, n) => (At(n), group.Name))], y, width: 620).Draw(html, lines);
        }
    }

    private static void WriteTable(Html html, Page page)
    {
        using (html.In("details"))
        {
            html.Element("summary", "Every metric of every group");
            using (html.Table("Every metric of every group", "all"))
            {
                html.Titles(["groups by", "group", " users", "metric", .. page.Entrants.Select(e => $" {e.Name}")]);
                using (html.In("tbody"))
                    foreach (var group in page.First.Segments)
                        foreach (string metric in group.Estimates.Count == 0 ? ["–"] : group.Estimates.Select(e => e.Metric))
                            WriteRow(html, page, group, metric);
            }
        }
    }

    private static void WriteRow(Html html, Page page, Segment group, string metric)
    {
        using (html.In("tr"))
        {
            html.Element("td", group.Grouping.Length == 0 ? "–" : group.Grouping);
            html.Element("th", group.Name, ("scope", "row"));
            html.Number(Format.Count(group.Users));
            html.Element("td", metric);
            foreach (var entrant in page.Entrants)
                MetricSection.WriteEstimate(html, entrant.In(group.Grouping, group.Name, metric), isBest: false);
        }
    }

    private static string TextOf(Entrant entrant, Estimate estimate) =>
        $"{entrant.Name}: {Format.Metric(estimate.Mean)} ({Format.Range(estimate.Low, estimate.High)}), "
        + $"{Format.Many(estimate.Users, "user")}";

    /// <param name="Metric">The one that decides, or, of pairs, the one that was measured.</param>
    private sealed record Grouped(string Name, string Metric, IReadOnlyList<Segment> Groups)
    {
        /// <summary>Slices of time are in order, so a line may go through them.</summary>
        public bool IsTime => Groups.Count > 1 && Name.Contains("time", StringComparison.OrdinalIgnoreCase);

        /// <returns>Null: nothing was measured in it.</returns>
        public static Grouped? Of(Page page, IGrouping<string, Segment> segments)
        {
            Segment[] groups = [.. segments.Where(s => s.Estimates.Count > 0)];
            if (groups.Length == 0) return null;
            bool decides = groups.All(g => g.Estimates.Any(e => e.Metric == page.Metric));
            return new(segments.Key, decides ? page.Metric : groups[0].Estimates[0].Metric, groups);
        }
    }
}
