using System.Text.Json;
using Kindred.Configuration;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval.Indexes;
using Kindred.Snapshots;

namespace Kindred.Server.Live;

/// <summary>
/// Several pipelines in one server, by name: the setting <see cref="Name"/>. Each is written like any pipeline; its models are those of the
/// snapshot, so that a scenario needs no training and stays when models are renewed.
/// </summary>
/// <param name="Configs">By name.</param>
internal sealed record Scenarios(IReadOnlyDictionary<string, PipelineConfig> Configs)
{
    /// <summary>The name of the setting in the store.</summary>
    public const string Name = "scenarios";

    private const int LongestName = 64;

    public static Scenarios None { get; } = new(new Dictionary<string, PipelineConfig>());

    /// <exception cref="InputException">It is no object of pipelines by name.</exception>
    public static Scenarios Parse(string json, TrainerCatalog trainers)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, new() { AllowDuplicateProperties = false });
        }
        catch (JsonException e)
        {
            throw new InputException($"The setting '{Name}' is not JSON, at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.", e);
        }
        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new InputException($"The setting '{Name}' must be an object of pipelines by name.");
            return new(document.RootElement.EnumerateObject()
                .ToDictionary(pair => Checked(pair.Name), pair => Parse(pair.Name, pair.Value, trainers), StringComparer.Ordinal));
        }
    }

    /// <returns>The same text.</returns>
    /// <exception cref="InputException">As for <see cref="Parse(string, TrainerCatalog)"/>.</exception>
    public static string Check(string json, TrainerCatalog trainers)
    {
        Parse(json, trainers);
        return json;
    }

    /// <summary>A pipeline of a snapshot's models.</summary>
    /// <exception cref="InputException">The snapshot does not have a model that the scenario asks for, or lacks data for it.</exception>
    public static TrainedPipeline Bind(string name, PipelineConfig config, Snapshot snapshot)
    {
        var trained = snapshot.Trained;
        var models = new List<(ITrainer? Trainer, string Name, IModel Model)>();
        for (int n = 0; n < trained?.Models.Count; n++)
            models.Add((trained.Config.Trainers[n], trained.Config.Trainers[n].Summary.Name, trained.Models[n]));
        if (trained is null) models.Add((null, snapshot.Manifest.Model.Trainer, snapshot.Model));
        models.Add((null, snapshot.Manifest.Fallback.Trainer, snapshot.Fallback));

        IModel ModelFor(ITrainer trainer)
        {
            var found = models.FirstOrDefault(model => trainer.Equals(model.Trainer));
            if (found.Model is null) found = models.FirstOrDefault(model => model.Name == trainer.Summary.Name);
            return found.Model ?? throw new InputException(
                $"The scenario '{name}' asks for a model {trainer.Summary.Name}, which the snapshot {snapshot.Manifest.Id} does not " +
                $"have; it has {string.Join(", ", models.Select(model => model.Name).Distinct())}.");
        }
        if (config.Ranker is FeatureRankerConfig ranker && !ranker.Equals(trained?.Config.Ranker))
            throw new InputException(
                $"The scenario '{name}' has a ranker that the snapshot {snapshot.Manifest.Id} was not made with; leave it out.");
        return new(config, [.. config.Trainers.Select(ModelFor)], IndexesFor(config, snapshot), trained?.Ranker)
        {
            Fallback = snapshot.Fallback,
        };
    }

    private static Dictionary<string, IndexWithManifest> IndexesFor(PipelineConfig config, Snapshot snapshot) =>
        config.Sources.OfType<ModelSource>().Where(source => source.Index is not null)
            .Where(source => snapshot.Trained?.Indexes.ContainsKey(source.StepName) == true)
            .ToDictionary(source => source.StepName, source => snapshot.Trained!.Indexes[source.StepName]);

    private static PipelineConfig Parse(string name, JsonElement json, TrainerCatalog trainers)
    {
        try
        {
            var config = PipelineConfig.Parse(json.GetRawText(), trainers);
            ConfigCheck.Check(config);
            return config;
        }
        catch (InputException e)
        {
            throw new InputException($"The scenario '{name}' cannot be used: {e.Message}", e);
        }
    }

    private static string Checked(string name) =>
        name.Length is > 0 and <= LongestName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? name
            : throw new InputException(
                $"'{PlainText.Shorten(name)}' cannot be the name of a scenario; use at most {LongestName} letters, digits, - and _.");
}

/// <summary>A scenario as a snapshot can serve it, before items came that the snapshot does not know.</summary>
/// <param name="Problem">Why it cannot; null: it can.</param>
internal sealed record BoundScenario(TrainedPipeline? Trained, Pipeline? Pipeline, string? Problem)
{
    public static BoundScenario From(string name, PipelineConfig config, Snapshot snapshot)
    {
        try
        {
            var trained = Scenarios.Bind(name, config, snapshot);
            return new(trained, trained.Bind(snapshot.Interactions, snapshot.Hold), null);
        }
        catch (InputException e)
        {
            return new(null, null, e.Message);
        }
    }
}
