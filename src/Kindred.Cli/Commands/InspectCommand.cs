using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Comparison;
using Kindred.Data;
using Kindred.Import;

namespace Kindred.Cli.Commands;

/// <summary>`kindred inspect`: what the data is like, and what it is good for.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var verb = new CliCommand("inspect", "Say what the data is like, which models it can train, and what is missing.",
            "kindred inspect ratings.csv",
            "kindred inspect data/films",
            "kindred inspect ml-25m --min-value 4");
        var source = new SourceOptions(verb, SourceOptions.RawOrImported);
        return verb.Runs((parse, session) =>
        {
            using var opened = DataSource.Open(source, parse, session);
            var dataset = opened.Dataset;
            var profile = opened.Profile;
            session.Print(BlocksOf(profile, dataset));
            session.Print(new JsonResult(new { dataset.Manifest.Name, dataset.Fingerprint, profile }));
        });
    }

    private static IEnumerable<Block> BlocksOf(DataProfile profile, DataFolder dataset)
    {
        yield return new Heading(dataset.Manifest.Name);
        yield return Grid.OfPairs(
            ("users", Format.Count(profile.Users)),
            ("items", Format.Count(profile.Items)),
            ("events",
                $"{Format.Count(profile.Events)}{(profile.Repeats > 0 ? $", {Format.Percent(profile.Repeats)} of them repeats" : "")}"),
            ("density", $"{Format.Percent(profile.Density)} of all (user, item) pairs"),
            ("time span", profile.First is { } first && profile.Last is { } last
                ? $"{Format.Date(first)} to {Format.Date(last)}, {Format.Many((long)(last - first).TotalDays, "day")}"
                : "no times"),
            ("values", ValuesOf(profile, dataset)),
            ("events per user", TextOf(profile.EventsPerUser)),
            ("events per item", TextOf(profile.EventsPerItem)),
            ("few events",
                $"{Format.Percent((double)profile.UsersWithFewEvents / Math.Max(1, profile.Users))} of the users have fewer than 5"),
            ("long tail",
                string.Join("; ", profile.Head.Select(h => $"top {100 * h.Items:0} % of the items: {100 * h.Events:0} % of the events"))
                + $"; Gini {profile.Gini:0.00}"),
            ("item attributes", TextOf(dataset.ItemCatalog)),
            ("user attributes", TextOf(dataset.UserCatalog)));
        yield return Tail(dataset.Interactions);
        yield return new Heading("What it is good for");
        yield return new Grid([new("use"), new("fit"), new("why", Wraps: true)],
            [.. profile.Suitability.Select(s => new[] { s.Use, TextOf(s.Fit), s.Reason })]);
    }

    /// <summary>Events of each item, the most popular first, on a terminal: a straight line is a power law.</summary>
    private static LinePlot Tail(Interactions data)
    {
        var events = new int[data.Items.Count];
        foreach (int item in data.Histories.Items.Span) events[item]++;
        int[] sorted = [.. events.Where(count => count > 0).OrderDescending()];
        return new("Events of an item, by its rank", "rank, both logarithmic",
            [new("items", [.. sorted.Select((count, rank) => (rank + 1.0, (double)count))])], count => Format.Count((long)count))
        { IsLogarithmic = true };
    }

    private static string ValuesOf(DataProfile profile, DataFolder dataset) =>
        profile.Ratings is { } scale ? $"ratings from {scale.Min} to {scale.Max}, {scale.Values} different"
        : dataset.Manifest.Values == ValueKind.None ? "none"
        : $"from {ValueSpread.Of(ImportView.ValuesIn(dataset).Span)}; an event weighs {dataset.Interactions.Histories.Scale}";

    private static string TextOf(Adequacy fit) => fit switch { Adequacy.Yes => "yes", Adequacy.Limited => "limited", _ => "no" };

    private static string TextOf(Quantiles spread) =>
        $"{Format.Count(spread.Min)} to {Format.Count(spread.Max)}; "
        + $"half have at most {Format.Count(spread.Median)}, 90 % at most {Format.Count(spread.NinthDecile)}";

    private static string TextOf(Catalog catalog)
    {
        string[] names =
        [
            .. catalog.Texts.Keys.Select(name => $"{name} (text)"),
            .. catalog.NumbersAndVectors.Select(n => n.Length == 1 ? $"{n.Name} (number)" : $"{n.Name} (vector of {n.Length})"),
            .. catalog.Labels.Select(column => $"{column.Key} ({Format.Many(column.Value.Labels.Count, "label")})"),
        ];
        return names.Length == 0 ? "none" : string.Join(", ", names);
    }
}
