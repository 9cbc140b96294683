using System.CommandLine;
using System.Text.Json;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Models;

namespace Kindred.Cli.Commands;

/// <summary>`kindred models`: every trainer, what it is good for, and its options.</summary>
internal static class ModelsCommand
{
    public static Command Create() =>
        new CliCommand("models", "List the models: what each is, needs, can do and costs, and its options with their defaults.",
            "kindred models", "kindred models --json").Runs((_, session) => Print(session));

    private static void Print(CommandContext session)
    {
        var models = ModelOptions.Trainers.Entries
            .Select(e => (Name: e.Key, e.Value.Summary, Options: TrainerOptions.Of(ModelOptions.Trainers.Create(e.Key))))
            .ToArray();
        session.Print(new Grid(
            [new("model"), new("what it is", Wraps: true), new("needs", Wraps: true), new("can", Wraps: true), new("an epoch, or training, costs", Wraps: true)],
            [.. models.Select(model => new[] { model.Name, model.Summary.Description, model.Summary.Requirements, Words(model.Summary.Capabilities), model.Summary.Cost })]));
        session.Print(new Grid([new("model"), new("option"), new("default", IsNumber: true)],
            [.. models.SelectMany(
                model => model.Options.Select((option, n) => new[] { n == 0 ? model.Name : "", option.Key, option.Value!.ToString() }))]));
        session.Print(new Paragraph("Options are given with the model's name: --model implicit-als:dimensions=128,regularization=0.01"));
        session.Print(new JsonResult(models.ToDictionary(model => model.Name, model => new
        {
            model.Summary.Description,
            model.Summary.Requirements,
            model.Summary.Cost,
            Can = NamesOf(model.Summary.Capabilities).Select(JsonNamingPolicy.CamelCase.ConvertName),
            model.Options,
        })));
    }

    private static string Words(Capabilities can) =>
        string.Join(", ", NamesOf(can).Select(name => JsonNamingPolicy.KebabCaseLower.ConvertName(name).Replace('-', ' ')));

    private static IEnumerable<string> NamesOf(Capabilities can) =>
        Enum.GetValues<Capabilities>().Where(one => one != Capabilities.None && can.HasFlag(one)).Select(one => one.ToString());
}
