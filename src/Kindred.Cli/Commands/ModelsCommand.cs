using System.CommandLine;
using Kindred.Cli.Output;
using Kindred.Models;

namespace Kindred.Cli.Commands;

/// <summary>`kindred models`: every trainer with its options.</summary>
internal static class ModelsCommand
{
    public static Command Create() =>
        new Verb("models", "List the models with their options and defaults.", "kindred models", "kindred models --json")
            .Runs((_, session) => Print(session));

    private static void Print(Session session)
    {
        var models = TrainerCatalog.Entries.Keys
            .Select(name => (Name: name, Options: TrainerCatalog.OptionsOf(TrainerCatalog.Create(name))))
            .ToArray();
        session.Print(new Grid([new("model"), new("option"), new("default", IsNumber: true)],
            [.. models.SelectMany(
                model => model.Options.Select((option, n) => new[] { n == 0 ? model.Name : "", option.Key, option.Value!.ToString() }))]));
        session.Print(new Paragraph("Options are given with the model's name: --model implicit-als:dimensions=128,regularization=0.01"));
        session.Print(new Answer(models.ToDictionary(model => model.Name, model => model.Options)));
    }
}
