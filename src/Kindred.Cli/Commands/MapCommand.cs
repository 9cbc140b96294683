using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Models;
using Kindred.Reports;
using Kindred.Reports.Maps;

namespace Kindred.Cli.Commands;

/// <summary>`kindred map`: the items of a model as points in the plane.</summary>
internal static class MapCommand
{
    public static Command Create()
    {
        var html = new Option<string?>("--html") { Description = "Write the map as one page.", HelpName = "file.html" };
        var svg = new Option<string?>("--svg") { Description = "Write the map as a drawing.", HelpName = "file.svg" };
        var layout = new Option<string>("--layout")
        {
            Description = "How embeddings become places: neighbours (alike items are beside each other) or components (the two " +
                "directions in which items differ most).",
            DefaultValueFactory = _ => "neighbours",
            HelpName = "word",
        };
        layout.AcceptOnlyFromAmong("neighbours", "components");
        var color = new Option<string?>("--color")
        {
            Description = "Color items by this attribute, by popularity or by age in days. Default: labels such as genres.",
            HelpName = "name",
        };
        var items = new Option<int>("--items")
        {
            Description = "Maximum number of items; the most popular ones are shown.",
            DefaultValueFactory = _ => 3_000,
            HelpName = "count",
        };
        var model = ModelOptions.Model("Model to train when a source is given. Default: implicit-als.");
        var verb = new CliCommand("map", "Draw the items of a model as a map, alike items near each other.",
            "kindred map snapshots --html map.html",
            "kindred map ratings.csv --model bpr --color popularity --svg map.svg") { html, svg, layout, color, items, model };
        var source = new SourceOptions(
            verb, "A snapshot or a folder of snapshots; or data, raw or imported, to train on for this one time.");
        return verb.Runs((parse, session) =>
        {
            var (page, drawing) = (parse.GetValue(html), parse.GetValue(svg));
            if (page is null && drawing is null) throw new InputException("Say where to write the map: --html FILE, --svg FILE, or both.");
            if (parse.GetValue(items) < 1) throw new InputException($"--items must be at least 1, was {parse.GetValue(items)}.");
            OutputPath.CheckFile(page);
            OutputPath.CheckFile(drawing);
            using var loaded = LoadedRecommender.Open(
                source, parse.GetValue(model), parse, session, ModelSpec.Parse("implicit-als", session.Trainers));
            var embedding = IndexOptions.Embedding(loaded.Model, loaded.Name);
            var how = parse.GetValue(layout) == "components" ? MapLayout.Components : MapLayout.Neighbours;
            var map = session.Activity.Run("Placing the items", _ => ItemMap.Of(
                embedding, loaded.Interactions, how, parse.GetValue(items), session.Seed, session.Cancellation));
            if (map.Items.Count == 0) throw new InputException($"{loaded.Name} knows nothing of any item, so there is nothing to draw.");
            var made = MapDrawing.Of(map, loaded.Interactions.Items, loaded.Catalog, parse.GetValue(color));
            if (page is not null) Write(page, output => MapPage.WriteHtml(output, loaded.Name, made));
            if (drawing is not null) Write(drawing, output => MapPage.WriteSvg(output, made));
            session.Print(Grid.OfPairs(
                ("items", Format.Count(map.Items.Count)), ("colored by", made.Colors.By),
                ("regions", made.Clusters.Count == 0 ? "none stands out"
                    : string.Join(", ", made.Clusters.Select(cluster => cluster.Name))),
                ("written to", string.Join(", ", new[] { page, drawing }.OfType<string>()))));
            session.Print(new JsonResult(new
            {
                model = loaded.Name,
                items = map.Items.Count,
                coloredBy = made.Colors.By,
                regions = made.Clusters,
                html = page,
                svg = drawing,
            }));
        });
    }

    private static void Write(string file, Action<TextWriter> write)
    {
        using var text = new StringWriter { NewLine = "\n" };
        write(text);
        OutputPath.WriteText(file, text.ToString());
    }
}
