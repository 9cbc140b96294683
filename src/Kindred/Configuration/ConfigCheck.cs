using Kindred.Models;
using Kindred.Numerics;
using Kindred.Ranking;
using Kindred.Reranking.Rules;
using Kindred.Retrieval.Indexes;

namespace Kindred.Configuration;

/// <summary>What must hold between the parts of a pipeline, whatever the data.</summary>
internal static class ConfigCheck
{
    private const int MostSteps = 100; // sources, and stages: each costs time in every request

    /// <exception cref="InputException">The first thing that does not hold, with its place.</exception>
    public static void Check(PipelineConfig config)
    {
        if (config.Sources.Count == 0) throw new InputException($"{config.At("$.sources")}: a pipeline needs one source at least.");
        var names = new HashSet<string>(StringComparer.Ordinal);
        void Name(string name, string path)
        {
            if (string.IsNullOrWhiteSpace(name)) throw new InputException($"{config.At(path)}: a name must not be empty.");
            if (!names.Add(name)) throw new InputException($"{config.At(path)}: there is another step '{name}'; give each its own name.");
        }
        void Fits(string path, Action check) => config.At(path, () => { check(); return true; });
        void Within(string path, object? options) => Fits(path, () => { if (options is not null) OptionCheck.Check(options); });
        Within("$.seen", config.Seen);
        Within("$.ranker", config.Ranker);
        Within("$.budget", config.Budget);
        names.UnionWith([PipelineConfig.SeenStep, PipelineConfig.RankerStep, PipelineConfig.FallbackSource]);
        for (int n = 0; n < config.Sources.Count; n++)
        {
            var source = config.Sources[n];
            Name(source.StepName, $"$.sources[{n}]");
            Within($"$.sources[{n}]", source);
            Fits($"$.sources[{n}]", () => _ = source.TrainerIn(config.Catalog));
            if (source is ModelSource model) Fits($"$.sources[{n}]", () => model.CheckIndex(config.Catalog));
            if (source is LastViewedSource && config.Seen.IsDropped && config.Seen.PauseDays is null && config.Seen.Repeatable.Count == 0)
                throw new InputException(
                    $"{config.At($"$.sources[{n}]")}: lastViewed proposes what the user had, which seen drops; set seen to keep it.");
        }
        if (config.Ranker is ModelRankerConfig) Fits("$.ranker", () => _ = config.Ranker.TrainerIn(config.Catalog));
        if (config.Ranker is CrossNetworkConfig network) Fits("$.ranker", network.Check);
        CheckCount(config, "$.sources", "sources", config.Sources.Count, MostSteps);
        CheckCount(config, "$.rerank", "stages", config.Rerank.Count, MostSteps);
        int ruleCount = config.Rerank.OfType<RulesReranker>().Sum(stage => stage.Rules?.Count ?? 0);
        CheckCount(config, "$.rerank", "rules", ruleCount, RuleSet.MostRules);
        for (int n = 0; n < config.Rerank.Count; n++)
        {
            var stage = config.Rerank[n];
            Name(stage.StepName, $"$.rerank[{n}]");
            Within($"$.rerank[{n}]", stage);
            if (stage is not RulesReranker { Rules: { } rules }) continue;
            var ruleNames = new HashSet<string>(StringComparer.Ordinal);
            for (int rule = 0; rule < rules.Count; rule++)
            {
                string path = $"$.rerank[{n}].rules[{rule}]";
                if (!ruleNames.Add(rules[rule].Name))
                    throw new InputException($"{config.At(path)}: there are two rules '{rules[rule].Name}'; give each its own name.");
                Fits(path, () => rules[rule].ToRule());
            }
        }
        for (int n = 0; n < (config.Budget?.Shed.Count ?? 0); n++)
        {
            string name = config.Budget!.Shed[n];
            if (name == PipelineConfig.SeenStep)
                throw new InputException(
                    $"{config.At($"$.budget.shed[{n}]")}: seen cannot be shed, as it keeps the user from seeing the same items again.");
            if (!config.Steps.Contains(name))
            {
                string steps = string.Join(", ", config.Steps.Where(step => step != PipelineConfig.SeenStep));
                throw new InputException($"{config.At($"$.budget.shed[{n}]")}: there is no step '{name}'; there are {steps}.");
            }
        }
        if (config.Budget is { } budget && config.Sources.All(source => budget.Shed.Contains(source.StepName)))
            throw new InputException($"{config.At("$.budget.shed")}: one source at least must not be shed, or there is nothing to answer.");
    }

    private static void CheckCount(PipelineConfig config, string path, string things, int count, int most)
    {
        if (count > most) throw new InputException($"{config.At(path)}: there are {count} {things}; write at most {most}.");
    }

    // of models that are not trained yet only the names count
    private static Dictionary<string, Matrix> EmbeddingsToCome(PipelineConfig config, Interactions data) => config.Sources
        .Where(source => source.TrainerIn(config.Catalog) is { } trainer && trainer.Summary.Capabilities.HasFlag(Capabilities.Embeds))
        .ToDictionary(source => source.StepName, _ => new Matrix(data.Items.Count, 1));

    /// <summary>Checks each trainer that the pipeline names, and says where it is named.</summary>
    public static void CheckTrainers(PipelineConfig config, Action<ITrainer> check)
    {
        void At(string path, ITrainer? trainer) => config.At(path, () =>
        {
            if (trainer is not null) check(trainer);
            return true;
        });
        for (int n = 0; n < config.Sources.Count; n++) At($"$.sources[{n}]", config.Sources[n].TrainerIn(config.Catalog));
        At("$.ranker", config.Ranker?.TrainerIn(config.Catalog));
    }

    /// <summary>See <see cref="PipelineConfig.CheckFor"/>.</summary>
    public static IReadOnlyList<string> CheckFor(PipelineConfig config, Interactions data)
    {
        var untrained = new TrainedPipeline(config, [], new Dictionary<string, IndexWithManifest>());
        var embeddings = EmbeddingsToCome(config, data);
        var inputs = Columns.InputsFor(config, data, embeddings);
        var warnings = new List<string>();
        for (int n = 0; n < config.Sources.Count; n++)
            if (config.Sources[n] is var source && source.TrainerIn(config.Catalog) is null)
                config.At($"$.sources[{n}]", () => source.Bind(untrained, data));
        CheckTrainers(config, trainer => ModelSpec.CheckFor(trainer, data));
        if (config.Ranker is LearnedRankerConfig { Features: { } features })
            config.At("$.ranker.features", () => new FeatureSet(features, data, config.SourceNames, embeddings));
        if (config.Ranker is FileRankerConfig inFile)
        {
            var known = FeatureSet.NamesFor(data, config.SourceNames, embeddings);
            config.At("$.ranker", () => new FeatureSet(inFile.Read(config.Catalog, known).Features, data, config.SourceNames, embeddings));
        }
        for (int n = 0; n < config.Rerank.Count; n++)
        {
            var stage = config.Rerank[n];
            var bound = config.At($"$.rerank[{n}]", () => stage.Bind(inputs));
            if (bound is RuleSet rules) warnings.AddRange(rules.Warnings);
        }
        return warnings;
    }
}
