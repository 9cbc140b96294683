using System.CommandLine;
using System.Diagnostics;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Cluster;
using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Partitions;
using Kindred.Tuning;

namespace Kindred.Cli.Commands;

/// <summary>`kindred train`: a model on all the data, into a folder.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var model = ModelOptions.Model("Model to train.");
        model.Required = true;
        var output = new Option<string>("--out", "-o")
        {
            Description = "Model folder to write; an existing one is replaced.",
            HelpName = "folder",
            Required = true,
        };
        var stopping = new Option<string?>("--early-stopping")
        {
            Description = "First find how many epochs are enough: train without the last tenth of the events, and measure this metric " +
                "on it after each epoch.",
            HelpName = "name@k",
        };
        var patience = new Option<int>("--patience")
        {
            Description = "With --early-stopping: stop after this many epochs in a row without improvement.",
            DefaultValueFactory = _ => 3,
            HelpName = "count",
        };
        var checkpoint = new Option<string?>("--checkpoint")
        {
            Description = "Save the training state here after each epoch, and resume from it. For neural models.",
            HelpName = "folder",
        };
        var cluster = ClusterCommand.Address(isRequired: false);
        var verb = new CliCommand("train", "Train a model on all data.",
            "kindred train data/films --model item-knn --out models/knn",
            "kindred train ratings.csv --model implicit-als:dimensions=128,regularization=0.01 --out models/als --seed 7",
            "kindred train data/films --model implicit-als:epochs=50 --early-stopping ndcg@10 --out models/als",
            "kindred train /shared/shop --model implicit-als --out /shared/models/als --cluster redis://cache:6379")
        {
            model, output, stopping, patience, checkpoint, cluster,
        };
        var source = new SourceOptions(verb, SourceOptions.RawOrImported);
        return verb.Runs((parse, session) =>
        {
            var (spec, folder) = (ModelSpec.Parse(parse.GetRequiredValue(model)!, session.Trainers), parse.GetRequiredValue(output));
            OutputPath.Check(folder, ModelFolder.Kind, session);
            string? state = parse.GetValue(checkpoint), silos = parse.GetValue(cluster);
            if (source.SourcesIn(parse) is [var partitions] && PartitionedFolder.Is(partitions))
            {
                if (parse.GetValue(stopping) is not null || state is not null)
                    throw new InputException(
                        "--early-stopping and --checkpoint cannot be used with partitions; a cluster keeps each epoch.");
                if (silos is not null)
                    return PartitionedTrainCommand.RunAsync(spec, partitions, folder, ClusterAddress.Parse(silos), session);
                PartitionedTrainCommand.Run(spec, partitions, folder, session);
                return Task.CompletedTask;
            }
            if (silos is not null)
                throw new InputException("--cluster trains on partitions; make them with kindred import --partitions.");
            if (state is not null && spec.Trainer is not IResumableTrainer)
                throw new InputException($"{spec.TrainerName} cannot be resumed; leave --checkpoint out.");
            string? metric = parse.GetValue(stopping) is { } name ? MeasureOptions.CheckedMetric(name) : null;
            using var opened = DataSource.Open(source, parse, session);
            if (metric is not null) spec = WithEnoughEpochs(spec, metric, parse.GetValue(patience), state, opened, session);
            var training = Train(spec, folder, state, opened, session);
            var manifest = training.Manifest;
            session.Cancellation.ThrowIfCancellationRequested();
            ModelFolder.Write(folder, manifest, opened.Dataset.Interactions.Users, training.Model);
            session.Print(Grid.OfPairs(
                ("model", $"{spec.Name}"),
                ("data", $"{manifest.Dataset}: {Format.Size(opened.Dataset.Interactions)}"),
                ("training", Format.Duration(training.Time)),
                ("written to", folder)));
            if (manifest.FromData is { } names)
                session.Print(new Paragraph(
                    $"From the data: {string.Join(", ", names.Select(name => $"{name}={manifest.Options[name]}"))}"));
            session.Print(new LinePlot("Loss by epoch", "epoch",
                [new("loss", [.. training.LearningCurve.Select(point => ((double)point.Step, point.Loss))])], Format.Loss));
            session.Print(new JsonResult(new { folder, model = manifest }));
            return Task.CompletedTask;
        });
    }

    /// <summary>
    /// An interrupted training leaves the model of its last finished epoch, but not in place of a model that was there before.
    /// </summary>
    private static TrainedModel Train(ModelSpec spec, string folder, string? checkpoint, DataSource source, CommandContext session)
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
            string which = $"epoch {last.Number} of {spec.Options["epochs"]}";
            if (ModelFolder.Is(folder))
            {
                session.Activity.Note($"Stopped after {which}; the model that was in {folder} before is left as it was.");
                throw;
            }
            var manifest = ModelManifest.For(WithEpochs(spec, last.Number).Trainer, session.Training, clock.Elapsed, data);
            ModelFolder.Write(folder, manifest, data.Users, last.Model);
            session.Activity.Note($"The model of {which} is in {folder}.");
            throw;
        }
    }

    private static ModelSpec WithEpochs(ModelSpec spec, int epochs) => spec.With(new() { ["epochs"] = epochs });

    /// <summary>
    /// The model of all data cannot be measured, so the number of epochs is found on a part of it; its checkpoint has its own folder.
    /// </summary>
    private static ModelSpec WithEnoughEpochs(
        ModelSpec spec, string metric, int patience, string? checkpoint, DataSource source, CommandContext session)
    {
        var context = session.Training with { Checkpoint = checkpoint is null ? null : Path.Combine(checkpoint, "early-stopping") };
        var stopping = EarlyStopping.On(source.Dataset.Interactions, metric, patience, context);
        var stopped = session.Activity.Run(
            "Early stopping", progress => stopping.Train(spec.Trainer, context with { Progress = progress }));
        var enough = WithEpochs(spec, stopped.BestEpoch);
        if (stopped.WasCancelled)
        {
            session.Activity.Note($"Best so far was epoch {stopped.BestEpoch}; --model {enough.Name} trains as many on all the data.");
            session.Cancellation.ThrowIfCancellationRequested();
        }
        session.Print(new Paragraph(stopping.Holdout.Protocol));
        session.Print(new Grid(
            [new("epoch", IsNumber: true), new("loss", IsNumber: true), new(stopping.Metric.Name, IsNumber: true), new("")],
            [.. stopped.Curve.Select(p => new[]
            {
                $"{p.Step}", Format.Loss(p.Loss), Format.Metric(p.Validation!.Value), p.Step == stopped.BestEpoch ? "best" : "",
            })]));
        session.Print(new LinePlot($"{stopping.Metric.Name} by epoch", "epoch",
            [new(stopping.Metric.Name, [.. stopped.Curve.Select(p => ((double)p.Step, p.Validation!.Value))])], Format.Metric));
        return enough;
    }
}
