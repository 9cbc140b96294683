using System.CommandLine;
using System.Text.Json.Nodes;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Import;
using Kindred.Models;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Recall;
using Kindred.Snapshots;
using Kindred.Storage;

namespace Kindred.Cli.Commands;

/// <summary>`kindred refresh`: new events into the data, the same model trained on all of them, a new snapshot.</summary>
internal static class RefreshCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data", "-d")
        {
            Description = "Data folder to append to.",
            HelpName = "folder",
            Required = true,
        };
        var snapshots = new Option<string>("--snapshots", "-s")
        {
            Description = "Folder of snapshots: the newest one says what to train, the new one is added.",
            HelpName = "folder",
            Required = true,
        };
        var verb = new CliCommand("refresh",
            "Append new events to the data, train what the newest snapshot serves again, with its options, and publish it.",
            "kindred refresh --data data/shop --snapshots snapshots events-2026-11-29.csv",
            "kindred refresh --data data/shop --snapshots snapshots 'today/*.csv' --item-attributes items.csv",
            "kindred refresh --data data/shop --snapshots snapshots") { data, snapshots };
        var impressions = new ImpressionOptions(verb);
        var source = new SourceOptions(verb, "Files of new events, read as the first import was; none: the data stay as they are.");
        return verb.Runs((parse, session) =>
        {
            var (folder, published) = (parse.GetRequiredValue(data), parse.GetRequiredValue(snapshots));
            OutputPath.Check(folder, DataFolder.Kind, session);
            OutputPath.CheckSnapshots(published, session);
            using var last = OutputPath.OpenSnapshot(published, session);
            if (last.Manifest.Sequence is not null)
                throw new InputException($"{last.Manifest.Id} was trained by a server from its own events; the server trains it again.");
            if (parse.GetResult(GlobalOptions.Seed) is null or { Implicit: true })
                session = session with { Seed = last.Manifest.Model.Seed };
            var options = source.ImportOptionsIn(parse);
            var imported = options.Sources.Count + options.Files.Count == 0 ? null : session.Activity.Run(
                $"Importing {DataSource.NameOf(options)}", ticker => Importer.Append(folder, options, ticker, session.Cancellation));
            foreach (string warning in imported?.Warnings ?? []) session.Activity.Note($"Warning: {warning}");

            using var opened = DataFolder.Open(folder);
            var trained = Retrained(last, opened, parse, impressions, session);
            session.Cancellation.ThrowIfCancellationRequested();
            string path = session.Activity.Run("Writing the snapshot", _ => trained.Publish(published));
            Print(path, last, opened, imported, session);
        });
    }

    private static TrainedRecommender Retrained(
        Snapshot last, DataFolder data, ParseResult parse, ImpressionOptions impressions, CommandContext session)
    {
        var manifest = last.Manifest;
        var all = data.Interactions;
        var fallback = session.Train(SpecOf(manifest.Fallback, session), all);
        var options = session.Comparison with { AllowRepeats = manifest.AllowsRepeats == true };
        if (last.Trained is { } pipeline)
        {
            pipeline.Config.CheckFor(all);
            var shown = impressions.Read(parse, all, session);
            return new TrainedRecommender(all, fallback, fallback) { Report = manifest.Report, Options = options }
                .Answering(PipelineTraining.Train(pipeline.Config, data, session, shown));
        }
        if (impressions.IsGivenIn(parse))
            throw new InputException($"--impressions are for a pipeline's ranker, and {manifest.Id} serves a model alone; leave them out.");
        bool isFallback = manifest.Model.Trainer == manifest.Fallback.Trainer
            && JsonNode.DeepEquals(manifest.Model.Options, manifest.Fallback.Options);
        var model = isFallback ? fallback : session.Train(SpecOf(manifest.Model, session), all);
        var trained = new TrainedRecommender(all, model, fallback) { Report = manifest.Report, Options = options };
        if (manifest.Index is not { } index) return trained;
        var embedding = IndexOptions.Embedding(model.Model, manifest.Model.Trainer);
        var tuner = new IndexTuner { Kind = index.Kind };
        if (index.TargetRecall is { } recall) tuner = tuner with { TargetRecall = recall };
        var tuned = IndexOptions.Build(tuner, embedding, count => QuerySample.Of(embedding, all, count, session.Seed), session);
        return trained with { Index = tuned.For(manifest.Model.Trainer, data.Fingerprint) };
    }

    private static ModelSpec SpecOf(ModelManifest manifest, CommandContext session) => ModelSpec.For(
        TrainerOptions.Create(session.Trainers.Find(manifest.Trainer).Type, manifest.GivenOptions));

    private static void Print(string path, Snapshot last, DataFolder data, ImportSummary? imported, CommandContext session)
    {
        var (before, now) = (last.Manifest, data.Interactions);
        string Change(long then, long count) =>
            $"{Format.Count(count)} ({(count < then ? "−" : "+")}{Format.Count(Math.Abs(count - then))})";
        session.Print(Grid.OfPairs(
            ("model", before.Model.Trainer),
            ("events", Change(before.Events, now.Histories.Count)),
            ("users", Change(before.Users, now.Users.Count)),
            ("items", Change(before.Items, now.Items.Count)),
            ("written to", path)));
        session.Print(new Paragraph("A server of the folder takes it by itself."));
        session.Print(new JsonResult(new
        {
            snapshot = path,
            after = before.Id,
            model = before.Model.Trainer,
            before.Model.Options,
            events = now.Histories.Count,
            users = now.Users.Count,
            items = now.Items.Count,
            summary = imported,
        }));
    }
}
