using System.CommandLine;
using Kindred.Cli.Output;

namespace Kindred.Cli.Commands;

/// <summary>`kindred similar`: items like an item.</summary>
internal static class SimilarCommand
{
    public static Command Create()
    {
        var item = new Option<string>("--item", "-i") { Description = "The item to find the like of.", HelpName = "id", Required = true };
        var count = new Option<int>("--count", "-n") { Description = "How many items.", DefaultValueFactory = _ => 10, HelpName = "count" };
        var model = ModelSpec.Option("The model to train where a source is given; item-knn, unless told otherwise.");
        var verb = new Verb("similar", "Find items like an item, by what a model learned.",
            "kindred similar snapshots --item 318",
            "kindred similar ratings.csv --item 318 --model implicit-als --count 5") { item, count, model };
        var source = new SourceOptions(
            verb, "A snapshot or a folder of snapshots; or data, raw or imported, to train on for this one time.");
        return verb.Runs((parse, session) =>
        {
            if (parse.GetValue(count) < 1) throw new InputException($"--count must be at least 1, was {parse.GetValue(count)}.");
            string id = parse.GetRequiredValue(item);
            using var adviser = Adviser.Open(source, parse.GetValue(model), parse, session);
            if (!adviser.Interactions.Items.TryGetIndex(id, out int index))
                throw new InputException($"There is no item '{id}' in the data of {adviser.Name}.");

            var list = new ItemList(adviser.Interactions.Items, adviser.Catalog);
            var found = adviser.SimilarItems.Find(index, parse.GetValue(count));
            IReadOnlyList<int>[] noReasons = [.. found.Select(_ => Array.Empty<int>())];
            session.Print(new Heading($"Like {list.TitleOf(index)}"));
            session.Print(found.Count > 0 ? list.ToGrid(found, noReasons) : new Paragraph("The model knows nothing about this item."));
            session.Print(new Paragraph($"By {adviser.Name}."));
            session.Print(new Answer(
                new { itemId = id, title = adviser.Catalog.TitleOf(index), model = adviser.Name, items = list.ToJson(found, noReasons) }));
        });
    }
}
