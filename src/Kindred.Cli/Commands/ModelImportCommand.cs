using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Import;
using Kindred.Models;

namespace Kindred.Cli.Commands;

/// <summary>`kindred model import`: factors that another program learned, as a model folder.</summary>
internal static class ModelImportCommand
{
    public static CliCommand Create()
    {
        var items = new Option<string>("--items")
        {
            Description = "Factors of the items, a row each: .npy, .npz or .safetensors.",
            HelpName = "file",
            Required = true,
        };
        var users = File("--users", "Factors of the users. Default: those in the file of the items, if there are any; without them all "
            + "users are folded in from their histories.");
        var itemIds = File("--item-ids", "Ids of the items' rows: .json, .npy, or one a line. Default: item_ids in the same file, or "
            + "name.ids.json beside it; else the rows are the items of the data, in the order of `kindred export items`.");
        var userIds = File("--user-ids", "Ids of the users' rows, likewise.");
        var itemArray = Array("--item-array", "item_factors", "items");
        var userArray = Array("--user-array", "user_factors", "users");
        var foldIn = new Option<string>("--fold-in")
        {
            Description = "How users without factors, or with newer events, are folded in: implicit-als, with options.",
            DefaultValueFactory = _ => "implicit-als",
            HelpName = "model",
        };
        var output = new Option<string>("--out", "-o")
        {
            Description = "Model folder to write; an existing one is replaced.",
            HelpName = "folder",
            Required = true,
        };
        var verb = new CliCommand("import", "Make a model folder of factors that another program learned from these data.",
            "kindred model import data/films --items als.npz --out models/als",
            "kindred model import data/films --items items.npy --item-ids items.txt --users users.npy --user-ids users.txt --out mine",
            "kindred model import data/films --items model.safetensors --item-array item_embedding.weight --out models/mine")
        {
            items, users, itemIds, userIds, itemArray, userArray, foldIn, output,
        };
        var source = new SourceOptions(verb, SourceOptions.RawOrImported);
        return verb.Runs((parse, session) =>
        {
            string folder = parse.GetRequiredValue(output), how = parse.GetRequiredValue(foldIn);
            var import = new FactorImport
            {
                Items = parse.GetRequiredValue(items),
                Users = parse.GetValue(users),
                ItemIds = parse.GetValue(itemIds),
                UserIds = parse.GetValue(userIds),
                ItemArray = parse.GetRequiredValue(itemArray),
                UserArray = parse.GetRequiredValue(userArray),
                FoldIn = ModelSpec.Parse(how, session.Trainers).Trainer as ImplicitAls ?? throw new InputException(
                    $"--fold-in {how} is no way to fold in; write implicit-als, or implicit-als:regularization=0.01."),
            };
            OutputPath.Check(folder, ModelFolder.Kind, session);
            using var opened = DataSource.Open(source, parse, session);
            var data = opened.Dataset.Interactions;
            var imported = session.Activity.Run("Reading factors", _ => import.Read(data));
            Warn(imported.UnknownItems, "item");
            Warn(imported.UnknownUsers, "user");
            ModelFolder.Write(folder, imported.Trained.Manifest, data.Users, imported.Trained.Model);
            int dimensions = ((IEmbeddingModel)imported.Trained.Model).ItemEmbeddings.Columns;
            session.Print(Grid.OfPairs(
                ("items", $"{Format.Count(imported.Items)} of {Format.Count(data.Items.Count)} have factors"),
                ("users", imported.Users == 0 ? "folded in from their histories"
                    : $"{Format.Count(imported.Users)} of {Format.Count(data.Users.Count)} have factors; the others are folded in"),
                ("dimensions", Format.Count(dimensions)), ("written to", folder)));
            session.Print(new JsonResult(new
            {
                folder,
                imported.Items,
                imported.UnknownItems,
                imported.Users,
                imported.UnknownUsers,
                dimensions,
            }));

            void Warn(int unknown, string what)
            {
                if (unknown == 0) return;
                string rows = Format.Many(unknown, "row");
                session.Activity.Note($"Warning: {rows} of {what}s that the data do not have; they are left out.");
            }
        });
    }

    private static Option<string?> File(string name, string description) => new(name) { Description = description, HelpName = "file" };

    private static Option<string> Array(string name, string usual, string what) => new(name)
    {
        Description = $"Name of the {what}' matrix in a .npz or .safetensors file.",
        DefaultValueFactory = _ => usual,
        HelpName = "name",
    };
}
