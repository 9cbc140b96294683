using System.CommandLine;
using System.Diagnostics;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Splitting;
using Kindred.Tuning;

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
        var stopping = new Option<string?>("--early-stopping")
        {
            Description = "First find how many epochs are enough: train without the last tenth of the events, measure this metric on it after each epoch.",
            HelpName = "name@k",
        };
        var patience = new Option<int>("--patience")
        {
            Description = "With --early-stopping: epochs in a row that may be no better.",
            DefaultValueFactory = _ => 3,
            HelpName = "count",
        };
        var checkpoint = new Option<string?>("--checkpoint")
        {
            Description = "Keep the state of the training here after each epoch, and go on from it if it was interrupted or killed. For neural models.",
            HelpName = "folder",
        };
        var verb = new CliCommand("train", "Train a model on all the data.",
            "kindred train data/films --model item-knn --out models/knn",
            "kindred train ratings.csv --model implicit-als:dimensions=128,regularization=0.01 --out models/als --seed 7",
            "kindred train data/films --model implicit-als:epochs=50 --early-stopping ndcg@10 --out models/als")
        {
            model, output, stopping, patience, checkpoint,
        };
        var source = new SourceOptions(verb, SourceOptions.RawOrImported);
        return verb.Runs((parse, session) =>
        {
            var (spec, folder) = (ModelSpec.Parse(parse.GetRequiredValue(model)!), parse.GetRequiredValue(output));
            OutputPath.Check(folder, ModelFolder.Kind, session);
            string? state = parse.GetValue(checkpoint);
            if (state is not null && spec.Trainer is not IResumableTrainer)
                throw new InputException($"{TrainerCatalog.NameOf(spec.Trainer)} cannot be resumed; leave --checkpoint out.");
            string? metric = parse.GetValue(stopping) is { } name ? MeasureOptions.CheckedMetric(name) : null;
            using var opened = DataSource.Open(source, parse, session);
            if (metric is not null) spec = WithEnoughEpochs(spec, metric, parse.GetValue(patience), state, opened, session);
            var training = Train(spec, folder, state, opened, session);
            var manifest = training.ManifestFor(opened.Dataset);
            session.Cancellation.ThrowIfCancellationRequested();
            ModelFolder.Write(folder, manifest, opened.Dataset.Interactions.Users, training.Model);
            session.Print(Grid.OfPairs(
                ("model", $"{spec.Name}"),
                ("data", $"{manifest.Dataset}: {Format.Size(opened.Dataset.Interactions)}"),
                ("training", Format.Duration(training.Time)),
                ("written to", folder)));
            session.Print(new JsonResult(new { folder, model = manifest }));
        });
    }

    /// <summary>An interrupted training leaves the model of its last finished epoch, but not in place of a model that was there before.</summary>
    private static Training Train(ModelSpec spec, string folder, string? checkpoint, DataSource source, CommandContext session)
    {
        var data = source.Dataset.Interactions;
        (int Number, IModel? Model) last = default;
        var clock = Stopwatch.StartNew();
        try
        {
            return session.Train(spec, data, epoch =>
            {
                last = (epoch.Number, epoch.Model());
                return true;
            }, checkpoint);
        }
        catch (OperationCanceledException) when (last.Model is not null)
        {
            string which = $"epoch {last.Number} of {TrainerCatalog.OptionsOf(spec.Trainer)["epochs"]}";
            if (ModelFolder.Is(folder))
            {
                session.Activity.Note($"Stopped after {which}; the model that was in {folder} before is left as it was.");
                throw;
            }
            var manifest = ModelManifest.Of(WithEpochs(spec, last.Number).Trainer, session.Context, clock.Elapsed, source.Dataset, data);
            ModelFolder.Write(folder, manifest, data.Users, last.Model);
            session.Activity.Note($"The model of {which} is in {folder}.");
            throw;
        }
    }

    private static ModelSpec WithEpochs(ModelSpec spec, int epochs)
    {
        var options = TrainerCatalog.OptionsOf(spec.Trainer);
        options["epochs"] = epochs;
        return ModelSpec.Of(TrainerCatalog.NameOf(spec.Trainer), options);
    }

    /// <summary>The model of all the data cannot be measured, so the number of its epochs is found on less; its state has a folder of its own.</summary>
    private static ModelSpec WithEnoughEpochs(ModelSpec spec, string metric, int patience, string? checkpoint, DataSource source, CommandContext session)
    {
        var data = source.Dataset.Interactions;
        ISplitter splitter = data.Histories.HasTimes ? new GlobalTimeSplit { ValidationFraction = 0 } : new RandomSplit { ValidationFraction = 0, Seed = session.Seed };
        var holdout = splitter.Split(data).Final;
        var rules = new ComparisonOptions([10], metric, ModelSpec.Popularity);
        var deciding = rules.DecidingFor(holdout, Attributes.Of(source.Dataset));
        var fallback = session.Train(ModelSpec.Popularity, holdout.Train).Model.AsRecommender(ModelSpec.Popularity.Name);
        var context = session.Context with { Checkpoint = checkpoint is null ? null : Path.Combine(checkpoint, "early-stopping") };
        var stopped = session.Activity.Run("Early stopping", ticker =>
            new EarlyStopping(holdout, deciding, patience) { Fallback = fallback }.Train(spec.Trainer, context with { Progress = ticker }));
        var enough = WithEpochs(spec, stopped.BestEpoch);
        if (stopped.WasCancelled)
        {
            session.Activity.Note($"Best so far was epoch {stopped.BestEpoch}; --model {enough.Name} trains as many on all the data.");
            session.Cancellation.ThrowIfCancellationRequested();
        }
        session.Print(new Paragraph(holdout.Protocol));
        session.Print(new Grid(
            [new("epoch", IsNumber: true), new("loss", IsNumber: true), new(deciding.Name, IsNumber: true), new("")],
            [.. stopped.Curve.Select(p => new[]
            {
                $"{p.Step}", Format.Loss(p.Loss), Format.Metric(p.Validation!.Value), p.Step == stopped.BestEpoch ? "best" : "",
            })]));
        return enough;
    }
}
