using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Data;
using Kindred.Models;
using Kindred.Partitions;

namespace Kindred.Cli.Commands;

/// <summary>`kindred model`: what can be trained, the options of each trainer, and models from elsewhere.</summary>
internal static class ModelCommand
{
    public static Command Create() =>
        new CliCommand("model", "List the models, show one with its options, or bring one from another program.",
            "kindred model list", "kindred model show implicit-als", "kindred model import data/films --items als.npz --out models/als")
        {
            CreateList(), CreateShow(), ModelImportCommand.Create(),
        };

    private static CliCommand CreateList() =>
        new CliCommand("list", "List the models: what each is, needs, can do and costs.", "kindred model list", "kindred model list --json")
            .Runs((_, session) =>
            {
                var models = session.Trainers.Entries.Values.ToArray();
                session.Print(new Grid(
                    [new("model"), new("what it is", Wraps: true), new("needs", Wraps: true), new("can", Wraps: true),
                        new("cost of an epoch, or of training", Wraps: true)],
                    [.. models.Select(entry => entry.Summary).Select(
                        model => new[] { model.Name, model.Description, model.Requirements, Words(model.Capabilities), model.Cost })]));
                session.Print(new Paragraph("Show the options of a model: kindred model show NAME"));
                session.Print(new JsonResult(models.ToDictionary(entry => entry.Summary.Name, entry => new
                {
                    entry.Summary.Description,
                    entry.Summary.Requirements,
                    entry.Summary.Cost,
                    Can = NamesOf(entry.Summary.Capabilities).Select(JsonNamingPolicy.CamelCase.ConvertName),
                    Options = DefaultsOf(entry),
                })));
            });

    // null: it follows from the data
    private static JsonObject DefaultsOf(TrainerEntry entry)
    {
        var defaults = TrainerOptions.DefaultsOf(entry.Type);
        return new(TrainerOptions.NamesOf(entry.Type).Select(name => KeyValuePair.Create(name, defaults[name]?.DeepClone())));
    }

    private static CliCommand CreateShow()
    {
        var name = new Argument<string>("name") { Description = "A name from `kindred model list`, or the folder of a trained model." };
        var data = new Option<string?>("--data")
        {
            Description = "Show the values of the defaults that follow from the data on this data folder.",
            HelpName = "folder",
        };
        return new CliCommand("show", "Show what a model is, needs and can do, and its options with defaults and ranges.",
            "kindred model show implicit-als", "kindred model show implicit-als --data data/films", "kindred model show models/als",
            "kindred model show item-knn --json") { name, data }
            .Runs((parse, session) =>
            {
                string given = parse.GetRequiredValue(name);
                if (ModelFolder.Is(given)) ShowTrained(given, parse.GetValue(data), session);
                else Show(session.Trainers.Find(NameIn(given)), parse.GetValue(data), session);
            });
    }

    private static void ShowTrained(string path, string? data, CommandContext session)
    {
        if (data is not null) throw new InputException($"{path} is trained, with its data; leave --data out.");
        using var folder = ModelFolder.Open(path, session.Trainers);
        var manifest = folder.Manifest;
        session.Print(new Heading(path));
        session.Print(Grid.OfPairs(
            ("model", manifest.Trainer),
            ("data", $"{manifest.Dataset}: {Format.Many(manifest.Events, "event")} of {Format.Many(manifest.Users, "user")} on "
                + Format.Many(manifest.Items, "item")),
            ("training", $"{Format.Duration(TimeSpan.FromSeconds(manifest.Seconds))}, seed {manifest.Seed}")));
        session.Print(new Grid([new("option"), new("value", IsNumber: true), new("")],
            [.. manifest.Options.Select(option => new[]
            {
                option.Key, $"{option.Value}", manifest.FromData?.Contains(option.Key) == true ? "from the data" : "",
            })]));
        session.Print(new JsonResult(manifest));
    }

    private static string NameIn(string given) => given.Split(':') is [var name, _, ..]
        ? throw new InputException($"{given} has options, and this shows which there are; write kindred model show {name}.") : given;

    private const string ByData = "by the data";

    private static void Show(TrainerEntry entry, string? data, CommandContext session)
    {
        var (model, ranges) = (entry.Summary, TrainerOptions.RangesOf(entry.Type));
        var defaults = TrainerOptions.DefaultsOf(entry.Type);
        var used = data is null ? defaults : UsedOn(data, entry);
        var options = TrainerOptions.NamesOf(entry.Type).Select(name => (
            Name: name,
            Default: defaults[name],
            Used: used[name],
            Range: ranges.GetValueOrDefault(name),
            Description: OptionDescription.Of(entry.Type, name))).ToArray();
        session.Print(new Heading(model.Name));
        session.Print(Grid.OfPairs(
            ("what it is", model.Description),
            ("needs", model.Requirements),
            ("can", model.Capabilities == Capabilities.None ? "score items" : Words(model.Capabilities)),
            (model.Capabilities.HasFlag(Capabilities.Epochs) ? "cost of an epoch" : "cost of training", model.Cost)));
        if (options.Length > 0)
            session.Print(new Grid(
                [new("option"), new("default", IsNumber: true), new("range", Wraps: true), new("description", Wraps: true)],
                [.. options.Select(option => new[]
                {
                    option.Name, $"{option.Used ?? ByData}{(option.Default is null && option.Used is not null ? $" {ByData}" : "")}",
                    option.Range ?? "", option.Description ?? "",
                })]));
        var example = options.FirstOrDefault(option => option.Default is not null);
        session.Print(new Paragraph(example.Name is null ? "It has no options."
            : $"Give options with the model's name: --model {model.Name}:{example.Name}={example.Default}"));
        if (data is null && options.Any(option => option.Default is null))
            session.Print(new Paragraph($"See the values on your data: kindred model show {model.Name} --data FOLDER"));
        session.Print(new JsonResult(new
        {
            model.Name,
            model.Description,
            model.Requirements,
            model.Cost,
            Can = NamesOf(model.Capabilities).Select(JsonNamingPolicy.CamelCase.ConvertName),
            Options = options.ToDictionary(
                option => option.Name, option => new { option.Default, option.Used, option.Range, option.Description }),
        }));
    }

    /// <returns>The options as they are used on such data.</returns>
    private static JsonObject UsedOn(string data, TrainerEntry entry)
    {
        var trainer = TrainerOptions.Create(entry.Type, []);
        if (PartitionedFolder.Is(data))
        {
            using var partitions = PartitionedFolder.Open(data);
            return TrainerOptions.Of(trainer.For(PartitionedTraining.ShapeOf(partitions)));
        }
        using var folder = DataFolder.Open(data);
        return TrainerOptions.Of(trainer.For(folder.Interactions));
    }

    private static string Words(Capabilities can) =>
        string.Join(", ", NamesOf(can).Select(name => JsonNamingPolicy.KebabCaseLower.ConvertName(name).Replace('-', ' ')));

    private static IEnumerable<string> NamesOf(Capabilities can) =>
        Enum.GetValues<Capabilities>().Where(one => one != Capabilities.None && can.HasFlag(one)).Select(one => one.ToString());
}
