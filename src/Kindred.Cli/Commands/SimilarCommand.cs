using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Data;
using Kindred.Models.Neighbours;

namespace Kindred.Cli.Commands;

/// <summary>`kindred similar`: items like an item.</summary>
internal static class SimilarCommand
{
    public static Command Create()
    {
        var item = new Option<string>("--item", "-i") { Description = "Find items similar to this one.", HelpName = "id", Required = true };
        var count = new Option<int>(
            "--count", "-n")
        { Description = "Number of items.", DefaultValueFactory = _ => 10, HelpName = "count" };
        var model = ModelOptions.Model("Model to train when a source is given. Default: item-knn.");
        var together =
            new Option<bool>("--together")
            {
                Description =
                "What is often in the same basket, by support and lift, instead of what a model learned."
            };
        var gap =
            new Option<double?>("--gap")
            {
                Description =
                "With --together: minutes without an event that end a basket. Default: one basket per user.",
                HelpName = "minutes"
            };
        var where = FilterOptions.Where();
        var verb = new CliCommand("similar", "Find items like an item, by what a model learned, or bought together with it.",
            "kindred similar snapshots --item 318",
            "kindred similar ratings.csv --item 318 --model implicit-als --count 5",
            "kindred similar snapshots --item 318 --where 'genres=Comedy|Drama' --where 'year>=1990'",
            "kindred similar events.csv --item 318 --together --gap 60") { item, count, model, where, together, gap };
        var source = new SourceOptions(
            verb, "A snapshot or a folder of snapshots; or data, raw or imported, to train on for this one time.");
        return verb.Runs((parse, session) =>
        {
            if (parse.GetValue(count) < 1) throw new InputException($"--count must be at least 1, was {parse.GetValue(count)}.");
            if (parse.GetValue(gap) is not null && !parse.GetValue(together))
                throw new InputException("--gap is about baskets; add --together.");
            if (parse.GetValue(together) && parse.GetValue(model) is not null)
                throw new InputException("--together counts baskets and uses no model; leave out --model, or --together.");
            string id = parse.GetRequiredValue(item);
            using var adviser = LoadedRecommender.Open(source, parse.GetValue(model), parse, session);
            if (!adviser.Interactions.Items.TryGetIndex(id, out int index))
                throw new InputException(UnknownItem.Sentence(id, adviser.Name));

            if (parse.GetValue(together))
            {
                PrintTogether(adviser, index, parse.GetValue(count),
                    parse.GetValue(gap) is { } minutes ? TimeSpan.FromMinutes(minutes) : null, parse.GetValue(where) ?? [], session);
                return;
            }
            var list = new ItemList(adviser.Interactions.Items, adviser.Catalog);
            var answer = adviser.Recommender.SimilarItems(
                new SimilarItemsRequest { ItemId = id, Count = parse.GetValue(count), Where = parse.GetValue(where) ?? [] },
                session.Cancellation);
            if (!answer.IsSupported)
                throw new InputException($"{adviser.Name} knows no similarity between items; use a model that learns from histories.");
            session.Print(new Heading($"Like {list.TitleOf(index)}"));
            session.Print(answer.Items.Count > 0 ? list.ToGrid(answer.Items) : new Paragraph($"No similar items: {answer.Reason}."));
            session.Print(new Paragraph($"By {adviser.Name}."));
            session.Print(new JsonResult(
                new { itemId = id, title = answer.Title, model = adviser.Name, items = list.ToJson(answer.Items) }));
        });
    }

    private static void PrintTogether(
        LoadedRecommender adviser, int item, int count, TimeSpan? gap, string[] where, CommandContext session)
    {
        var allowed = new FilterCache(adviser.Catalog).Of(where, cancellationToken: session.Cancellation);
        var baskets = new BoughtTogether(adviser.Interactions, gap);
        var list = new ItemList(adviser.Interactions.Items, adviser.Catalog);
        var found = baskets.With(item, count, allowed: allowed);
        session.Print(new Heading($"Together with {list.TitleOf(item)}"));
        session.Print(found.Count == 0
            ? new Paragraph($"No item {(allowed is null ? "" : "that passes the filter ")}shares three baskets with it.")
            : new Grid(
                [new("item"), new("title", Wraps: true), new("baskets", IsNumber: true), new("support", IsNumber: true),
                 new("confidence", IsNumber: true), new("lift", IsNumber: true)],
                [.. found.Select(pair => new[]
                {
                    adviser.Interactions.Items.Id(pair.Item), list.TitleOf(pair.Item), $"{pair.Baskets}",
                    Format.Score((float)pair.Support), Format.Score((float)pair.Confidence), Format.Score((float)pair.Lift),
                })]));
        session.Print(new Paragraph($"Of {baskets.Baskets} baskets."));
        session.Print(new JsonResult(new
        {
            itemId = adviser.Interactions.Items.Id(item),
            baskets = baskets.Baskets,
            items = found.Select(pair => new
            {
                itemId = adviser.Interactions.Items.Id(pair.Item),
                title = adviser.Catalog.TitleOf(pair.Item),
                pair.Baskets,
                pair.Support,
                pair.Confidence,
                pair.Lift,
            }),
        }));
    }
}
