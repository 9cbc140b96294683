using Kindred.Comparison;
using Kindred.Data;
using Kindred.Reports.Markup;

namespace Kindred.Reports.Sections;

/// <summary>What the data is like, before it was cut.</summary>
internal static class ProfileSection
{
    public static Section? Of(Page page) => page.Report.Profile is not { } profile ? null : new("data", "The data", html =>
    {
        WriteFacts(html, profile);
        WriteSpreads(html, profile);
        if (profile.Suitability.Count > 0) WriteSuitability(html, profile);
    });

    private static void WriteFacts(Html html, DataProfile profile)
    {
        DefinitionList.Write(html,
        [
            ("users", Format.Count(profile.Users)),
            ("items", Format.Count(profile.Items)),
            ("events", $"{Format.Count(profile.Events)}, {Format.Percent(profile.Repeats)} of them repeats"),
            ("different pairs", $"{Format.Count(profile.Pairs)}, {Format.Percent(profile.Density)} of all pairs of user and item"),
            ("time", profile.First is { } first && profile.Last is { } last
                ? $"{Format.Date(first)} to {Format.Date(last)}, {Format.Many((long)(last - first).TotalDays, "day")}"
                : "the events have no times"),
            ("few events", $"{Format.Percent(profile.UsersWithFewEvents / (double)Math.Max(1, profile.Users))} of the users "
                + $"({Format.Count(profile.UsersWithFewEvents)}) have fewer than five"),
            .. profile.Head.Select(head => (
                $"top {Format.Number(100 * head.Items)} % of the items", $"{Format.Percent(head.Events)} of the events")),
            ("Gini coefficient", $"{Format.Size(profile.Gini)}: 0 if all items have equally many events, towards 1 if a few have all"),
            ("values", profile.Ratings is { } scale
                ? $"ratings from {Format.Number(scale.Min)} to {Format.Number(scale.Max)}, {Format.Count(scale.Values)} different ones"
                : "not ratings"),
        ]);
    }

    private static void WriteSpreads(Html html, DataProfile profile)
    {
        using (html.Table("How events are spread"))
        {
            html.Titles("events", " fewest", " half have at most", " 90 % have at most", " most");
            using (html.In("tbody"))
            {
                (string, Quantiles)[] rows = [("per user", profile.EventsPerUser), ("per item", profile.EventsPerItem)];
                foreach (var (what, spread) in rows)
                    using (html.In("tr"))
                    {
                        html.Element("th", what, ("scope", "row"));
                        foreach (int count in (int[])[spread.Min, spread.Median, spread.NinthDecile, spread.Max])
                            html.Number(Format.Count(count));
                    }
            }
        }
    }

    private static void WriteSuitability(Html html, DataProfile profile)
    {
        html.Element("h3", "What it is good for");
        using (html.Table("What the data is good for", "prose"))
        {
            html.Titles("use", "fit", "why");
            using (html.In("tbody"))
                foreach (var use in profile.Suitability)
                    using (html.In("tr"))
                    {
                        html.Element("th", use.Use, ("scope", "row"));
                        var (text, type) = use.Fit switch
                        {
                            Adequacy.Yes => ("✓ yes", "better"),
                            Adequacy.Limited => ("~ yes, but", "alike"),
                            _ => ("✗ no", "worse"),
                        };
                        html.Element("td", text, ("class", type));
                        html.Element("td", use.Reason);
                    }
        }
    }
}
