using System.CommandLine;
using Kindred.Cli.Output;
using Kindred.Models;

namespace Kindred.Cli.Commands;

/// <summary>`kindred train`: a model on all the data, into a folder.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var model = ModelSpec.Option("The model to train.");
        model.Required = true;
        var output = new Option<string>("--out", "-o")
        {
            Description = "The model folder to write; replaced if it is one already.",
            HelpName = "folder",
            Required = true,
        };
        var verb = new Verb("train", "Train a model on all the data.",
            "kindred train data/films --model item-knn --out models/knn",
            "kindred train ratings.csv --model implicit-als:dimensions=128,regularization=0.01 --out models/als --seed 7")
        {
            model, output,
        };
        var source = new SourceOptions(verb, SourceOptions.RawOrImported);
        return verb.Runs((parse, session) =>
        {
            var (spec, folder) = (ModelSpec.Parse(parse.GetRequiredValue(model)!), parse.GetRequiredValue(output));
            Place.Check(folder, ModelFolder.Kind);
            using var opened = Source.Open(source, parse, session);
            var training = session.Train(spec, opened.Dataset.Interactions);
            var manifest = training.ManifestFor(opened.Dataset);
            session.Cancellation.ThrowIfCancellationRequested();
            ModelFolder.Write(folder, manifest, opened.Dataset.Interactions.Users, training.Model);
            session.Print(Grid.OfPairs(
                ("model", $"{spec.Name}"),
                ("data", $"{manifest.Dataset}: {Format.Size(opened.Dataset.Interactions)}"),
                ("training", Format.Duration(training.Time)),
                ("written to", folder)));
            session.Print(new Answer(new { folder, model = manifest }));
        });
    }
}
