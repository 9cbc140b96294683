using System.CommandLine;
using System.Text.Json;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Models;

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
                    Options = TrainerOptions.DefaultsOf(entry.Type),
                })));
            });

    private static CliCommand CreateShow()
    {
        var name = new Argument<string>("name") { Description = "A name from `kindred model list`." };
        return new CliCommand("show", "Show what a model is, needs and can do, and its options with defaults and ranges.",
            "kindred model show implicit-als", "kindred model show item-knn --json") { name }
            .Runs((parse, session) => Show(session.Trainers.Find(NameIn(parse.GetRequiredValue(name))), session));
    }

    private static string NameIn(string given) => given.Split(':') is [var name, _, ..]
        ? throw new InputException($"{given} has options, and this shows which there are; write kindred model show {name}.") : given;

    private static void Show(TrainerEntry entry, CommandContext session)
    {
        var (model, ranges) = (entry.Summary, TrainerOptions.RangesOf(entry.Type));
        var options = TrainerOptions.DefaultsOf(entry.Type).Select(option => (
            Name: option.Key,
            Default: option.Value,
            Range: ranges.GetValueOrDefault(option.Key),
            Description: OptionDescription.Of(entry.Type, option.Key))).ToArray();
        session.Print(new Heading(model.Name));
        session.Print(Grid.OfPairs(
            ("what it is", model.Description),
            ("needs", model.Requirements),
            ("can", model.Capabilities == Capabilities.None ? "score items" : Words(model.Capabilities)),
            (model.Capabilities.HasFlag(Capabilities.Epochs) ? "cost of an epoch" : "cost of training", model.Cost)));
        if (options.Length > 0)
            session.Print(new Grid(
                [new("option"), new("default", IsNumber: true), new("range", Wraps: true), new("description", Wraps: true)],
                [.. options.Select(option => new[] { option.Name, $"{option.Default}", option.Range ?? "", option.Description ?? "" })]));
        session.Print(new Paragraph(options.Length == 0 ? "It has no options."
            : $"Give options with the model's name: --model {model.Name}:{options[0].Name}={options[0].Default}"));
        session.Print(new JsonResult(new
        {
            model.Name,
            model.Description,
            model.Requirements,
            model.Cost,
            Can = NamesOf(model.Capabilities).Select(JsonNamingPolicy.CamelCase.ConvertName),
            Options = options.ToDictionary(option => option.Name, option => new { option.Default, option.Range, option.Description }),
        }));
    }

    private static string Words(Capabilities can) =>
        string.Join(", ", NamesOf(can).Select(name => JsonNamingPolicy.KebabCaseLower.ConvertName(name).Replace('-', ' ')));

    private static IEnumerable<string> NamesOf(Capabilities can) =>
        Enum.GetValues<Capabilities>().Where(one => one != Capabilities.None && can.HasFlag(one)).Select(one => one.ToString());
}
