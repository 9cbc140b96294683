using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Configuration;
using Kindred.Data;
using Kindred.Models;
using Kindred.Partitions;
using Kindred.Ranking;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Recall;

namespace Kindred.Cli.Commands;

/// <summary>`kindred publish`: a model, its data and a fallback into a snapshot that a server can serve.</summary>
internal static class PublishCommand
{
    public static Command Create()
    {
        var model = ModelOptions.Model("Model to train on all data and publish.");
        var modelFolder = new Option<string?>("--model-folder")
        {
            Description = "Trained model to publish instead, made by `kindred train` from the same data.",
            HelpName = "folder",
        };
        var pipelineFile = new Option<string?>("--pipeline")
        {
            Description = "Pipeline to train on all data and publish instead; see `kindred pipeline`.",
            HelpName = "file",
        };
        var report = new Option<string?>("--report")
        {
            Description = "Report of `kindred evaluate` about the model, to keep in the snapshot.",
            HelpName = "file",
        };
        var fallback = ModelOptions.Fallback("Model that answers where the published one has nothing to say, such as for new users.");
        var repeats = ModelOptions.AllowRepeats("Recommend");
        var output = new Option<string>("--out", "-o")
        {
            Description = "Folder of snapshots; the new one is added to it.",
            HelpName = "folder",
            Required = true,
        };
        var verb = new CliCommand("publish", "Publish a model as a snapshot: everything one server needs, in one folder.",
            "kindred publish data/films --model item-knn --out snapshots",
            "kindred publish data/films --model-folder models/als --report report.json --out snapshots",
            "kindred publish data/films --model implicit-als --index auto --recall 0.97 --out snapshots",
            "kindred publish data/films --pipeline pipeline.json --out snapshots")
        {
            model, modelFolder, pipelineFile, fallback, repeats, report, output,
        };
        var index = new IndexOptions(verb, "--index", "Search an index of the model's item embeddings:");
        var impressions = new ImpressionOptions(verb);
        var source = new SourceOptions(verb, SourceOptions.RawOrImported);
        return verb.Runs((parse, session) =>
        {
            string? spec = parse.GetValue(model), trained = parse.GetValue(modelFolder), pipeline = parse.GetValue(pipelineFile);
            if (new[] { spec, trained, pipeline }.Count(given => given is not null) != 1)
                throw new InputException("Name what to publish: --model, --model-folder or --pipeline, one of them.");
            if (pipeline is not null && index.IsGivenIn(parse))
                throw new InputException("The pipeline's file says which sources have an index; leave out --index.");
            if (pipeline is not null && parse.GetValue(repeats))
                throw new InputException(
                    "The pipeline's file says what becomes of items that a user had, under seen; leave out --allow-repeats.");
            if (pipeline is null && impressions.IsGivenIn(parse))
                throw new InputException("--impressions are for a pipeline's ranker; give --pipeline as well, or leave them out.");
            var config = pipeline is null ? null : PipelineConfig.Read(pipeline, session.Trainers);
            var toTrain = spec is null ? null : ModelSpec.Parse(spec, session.Trainers);
            using var folder = trained is null ? null : ModelFolder.Open(trained, session.Trainers);
            var fallbackSpec = ModelSpec.Parse(parse.GetRequiredValue(fallback), session.Trainers);
            var reported = parse.GetValue(report) is { } file ? ReportIn(file) : null;
            string snapshots = parse.GetRequiredValue(output);
            var advisor = index.IsGivenIn(parse) ? index.AdvisorIn(parse) : null;
            if (advisor is not null && toTrain is not null) CheckEmbeds(toTrain);
            OutputPath.CheckSnapshots(snapshots, session);

            if (source.SourcesIn(parse) is [var path] && PartitionedFolder.Is(path))
            {
                if (config is not null)
                    throw new InputException("A pipeline learns from all events at once, and these are partitions; publish a model, or "
                        + "import without --partitions.");
                using var partitions = PartitionedFolder.Open(path);
                var model = folder is null ? session.Train(toTrain!, partitions) : new(folder.Manifest, folder.Model);
                if (fallbackSpec.Trainer is not Popularity popular)
                    throw new InputException($"The fallback of partitions is popularity, with a half-life or without; {fallbackSpec.Name} "
                        + "learns from all events at once.");
                if (model.Manifest.Fingerprint != partitions.Fingerprint) throw OtherData(trained, model.Manifest);
                using var asking = partitions.Read(0);
                var counted = PartitionedTraining.Count(popular, partitions, session.Training);
                Publish(new(partitions.WithoutUsers(), model, counted), asking.Data);
                return;
            }
            using var opened = DataSource.Open(source, parse, session);
            var dataset = opened.Dataset;
            if (folder is not null && folder.Manifest.Fingerprint != dataset.Fingerprint) throw OtherData(trained, folder.Manifest);
            if (config is not null)
            {
                PublishPipeline(
                    snapshots, config, dataset, fallbackSpec, reported, impressions.Read(parse, dataset.Interactions, session), session);
                return;
            }
            var recommender = folder is null
                ? new ChosenModel(toTrain!, fallbackSpec) { Options = session.Comparison }.Train(dataset.Interactions, session.Cancellation)
                : new(dataset.Interactions, new(folder.Manifest, folder.Model), session.Train(fallbackSpec, dataset.Interactions));
            Publish(recommender, dataset.Interactions);

            void Publish(TrainedRecommender recommender, Interactions asking)
            {
                var advised = advisor is null ? null : Indexed(advisor, recommender.Model, asking, session);
                recommender = recommender with
                {
                    Report = reported,
                    Index = advised?.For(recommender.Model.Manifest.Trainer, folder?.Fingerprint ?? recommender.Data.Origin.Fingerprint!),
                    Options = recommender.Options with { AllowRepeats = parse.GetValue(repeats) },
                };
                Print(Written(snapshots, recommender, session), recommender, fallbackSpec, advised?.Reason, session);
            }
        });
    }

    private static InputException OtherData(string? folder, ModelManifest manifest) =>
        new($"{folder} was trained on other data ({manifest.Dataset}) than these; train it again on these.");

    private static void PublishPipeline(
        string snapshots, PipelineConfig config, DataFolder dataset, ModelSpec fallbackSpec, JsonObject? report,
        IReadOnlyList<Impression> impressions, CommandContext session)
    {
        config.CheckFor(dataset.Interactions);
        fallbackSpec.CheckFor(dataset.Interactions);
        var pipeline = PipelineTraining.Train(config, dataset, session, impressions);
        var fallback = session.Train(fallbackSpec, dataset.Interactions);
        var trained = new TrainedRecommender(dataset.Interactions, fallback, fallback) { Report = report };
        string path = Written(snapshots, trained.Answering(pipeline), session);
        session.Print(Grid.OfPairs(
        [
            ("pipeline", string.Join(" → ", config.Steps)),
            ("fallback", fallbackSpec.Name),
            ("knows", Format.Size(dataset.Interactions)),
            ("written to", path),
        ]));
        session.Print(new Paragraph($"Serve it: {CommandText.Of(["kindred", "serve", "--snapshot", Path.GetDirectoryName(path)!])}"));
        session.Print(new JsonResult(new { snapshot = path, pipeline = config.ToJson(), models = pipeline.Models }));
    }

    private static void Print(string path, TrainedRecommender published, ModelSpec fallback, string? reason, CommandContext session)
    {
        session.Print(Grid.OfPairs(
        [
            ("model", published.Model.Manifest.Trainer),
            ("fallback", fallback.Name),
            .. reason is null ? [] : new[] { ("index", reason) },
            ("knows", Format.Size(published.Data)),
            ("written to", path),
        ]));
        session.Print(new Paragraph($"Serve it: {CommandText.Of(["kindred", "serve", "--snapshot", Path.GetDirectoryName(path)!])}"));
        session.Print(new JsonResult(new { snapshot = path, model = published.Model.Manifest, index = published.Index?.Manifest }));
    }

    /// <summary>Checked before the training.</summary>
    private static void CheckEmbeds(ModelSpec spec)
    {
        if (!spec.Capabilities.HasFlag(Capabilities.Embeds))
            throw new InputException($"{spec.Name} has no embeddings, so no index can serve it; leave out --index.");
    }

    private static string Written(string folder, TrainedRecommender recommender, CommandContext session) =>
        session.Activity.Run("Writing the snapshot", _ =>
    {
        session.Cancellation.ThrowIfCancellationRequested();
        return recommender.Publish(folder);
    });

    /// <param name="asking">Whose questions the index is measured with.</param>
    private static TunedIndex Indexed(IndexTuner advisor, TrainedModel trained, Interactions asking, CommandContext session)
    {
        var model = IndexOptions.Embedding(trained.Model, trained.Manifest.Trainer);
        return IndexOptions.Build(advisor, model, count => QuerySample.Of(model, asking, count, session.Seed), session);
    }

    private static JsonObject ReportIn(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(file)) as JsonObject ?? throw new JsonException();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The report {file} cannot be read: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw new InputException($"{file} is not a report: it must be a JSON object, as `kindred evaluate --report` writes it.", e);
        }
    }
}
