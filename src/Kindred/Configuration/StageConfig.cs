using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Reranking.Debiasing;
using Kindred.Reranking.Diversity;
using Kindred.Reranking.Exploration;
using Kindred.Reranking.Limits;
using Kindred.Reranking.Rules;

namespace Kindred.Configuration;

/// <summary>A stage behind the ranker. Options left out have the defaults of the stage.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = ConfigJson.Kind)]
[JsonDerivedType(typeof(RulesStage), "rules")]
[JsonDerivedType(typeof(KeepStage), "keep")]
[JsonDerivedType(typeof(MmrStage), "mmr")]
[JsonDerivedType(typeof(DppStage), "dpp")]
[JsonDerivedType(typeof(CalibratedStage), "calibrated")]
[JsonDerivedType(typeof(CapsStage), "caps")]
[JsonDerivedType(typeof(PopularityStage), "popularityPenalty")]
[JsonDerivedType(typeof(PropensityStage), "inversePropensity")]
[JsonDerivedType(typeof(EpsilonStage), "epsilonGreedy")]
[JsonDerivedType(typeof(SoftmaxStage), "softmax")]
[JsonDerivedType(typeof(ThompsonStage), "thompson")]
public abstract record StageConfig
{
    [Description("What it is called in explanations and budgets; left out: the kind.")]
    public string? Name { get; init; }

    [JsonIgnore]
    public string StepName => Name ?? ConfigJson.KindOf(this);

    /// <exception cref="InputException">The data do not have what it needs.</exception>
    internal abstract IStage Bind(TrainedPipeline trained, Interactions data);
}

[Description("What people decide: filters, boosts, pins and caps.")]
public sealed record RulesStage : StageConfig
{
    [Description("A file of rules, beside this one; read into the pipeline. Either this or rules.")]
    public string? File { get; init; }

    [Description("The rules themselves: objects with name, when, then, from, to.")]
    public IReadOnlyList<RuleConfig>? Rules { get; init; }

    internal RuleSet RulesFor(PipelineConfig config, Interactions data) =>
        RuleSet.Of([.. (Rules ?? []).Select(rule => rule.ToRule())], Columns.OfRules(data, config.Context));

    internal override IStage Bind(TrainedPipeline trained, Interactions data) => RulesFor(trained.Config, data);
}

[Description("When something holds for an item, do something with it.")]
public sealed record RuleConfig
{
    public required string Name { get; init; }

    [Description("A condition; left out: all items.")]
    public string When { get; init; } = "true";

    [Description("filter, boost x1.5, bury x0.5, pin at 3, or cap 2.")]
    public required string Then { get; init; }

    [Description("When it begins to hold, UTC, such as 2026-12-01.")]
    public string? From { get; init; }

    [Description("When it ends.")]
    public string? To { get; init; }

    internal Rule ToRule() => new(Name, When, RuleAction.Parse(Name, Then), Schedule.Parse(Name, From, To));
}

[Description("Goes on with the best candidates alone.")]
public sealed record KeepStage : StageConfig
{
    [Range(1, 100_000)]
    public required int Count { get; init; }

    internal override IStage Bind(TrainedPipeline trained, Interactions data) => new Truncate(Count);
}

/// <summary>A stage that looks at how alike items are: by one of the two.</summary>
public abstract record DiversityStage : StageConfig
{
    [Description("Items are alike that share labels of this column.")]
    public string? Labels { get; init; }

    [Description("Items are alike whose embeddings, in the model of this source, point the same way.")]
    public string? Embeddings { get; init; }

    [Description("How many places it fills."), Range(1, 10_000)]
    public int Count { get; init; } = 20;

    [Description("1 keeps the order, 0 looks at similarity alone."), Range(0.0, 1.0)]
    public float RelevanceShare { get; init; } = .7f;

    internal IItemSimilarity SimilarityFor(TrainedPipeline trained, Interactions data)
    {
        if (Labels is null == Embeddings is null) throw new InputException("Say how items are alike: either labels or embeddings.");
        return Labels is not null
            ? new LabelSimilarity(Columns.Labels(data.ItemAttributes, Labels, "items"))
            : new EmbeddingSimilarity(((IEmbeddingModel)trained.ModelOf(EmbeddingTrainerIn(trained.Config))).ItemEmbeddings);
    }

    /// <exception cref="InputException">The source is none, or has no embeddings.</exception>
    internal ITrainer EmbeddingTrainerIn(PipelineConfig config)
    {
        var source = config.Sources.FirstOrDefault(source => source.StepName == Embeddings)
            ?? throw new InputException($"embeddings names '{Embeddings}', which is no source; there are {string.Join(", ", config.Sources.Select(s => s.StepName))}.");
        return source.Trainer is { } trainer && TrainerCatalog.Find(TrainerCatalog.NameOf(trainer)).Summary.Capabilities.HasFlag(Capabilities.Embeds)
            ? trainer
            : throw new InputException($"The source '{Embeddings}' has no embeddings; name one of a model that embeds.");
    }
}

[Description("Maximal marginal relevance: next is what is relevant and unlike everything above it.")]
public sealed record MmrStage : DiversityStage
{
    internal override IStage Bind(TrainedPipeline trained, Interactions data) =>
        new MaximalMarginalRelevance(SimilarityFor(trained, data)) { Count = Count, RelevanceShare = RelevanceShare };
}

[Description("A determinantal point process: variety of the list as a whole.")]
public sealed record DppStage : DiversityStage
{
    internal override IStage Bind(TrainedPipeline trained, Interactions data) =>
        new DeterminantalDiversity(SimilarityFor(trained, data)) { Count = Count, RelevanceShare = RelevanceShare };
}

[Description("The labels of the user's history in proportion.")]
public sealed record CalibratedStage : StageConfig
{
    [Description("A column of labels of the items.")]
    public required string Labels { get; init; }

    [Description("How many places it fills."), Range(1, 10_000)]
    public int Count { get; init; } = 20;

    [Description("0 keeps the order, 1 looks at proportions alone."), Range(0.0, 1.0)]
    public float CalibrationShare { get; init; } = .5f;

    internal override IStage Bind(TrainedPipeline trained, Interactions data) =>
        new CalibratedReranker(Columns.Labels(data.ItemAttributes, Labels, "items")) { Count = Count, CalibrationShare = CalibrationShare };
}

[Description("At most, at least, and how far apart items of a label stand.")]
public sealed record CapsStage : StageConfig
{
    [Description("The length of the list that the limits are about."), Range(1, 10_000)]
    public int Count { get; init; } = 20;

    public required IReadOnlyList<LimitConfig> Limits { get; init; }

    internal override IStage Bind(TrainedPipeline trained, Interactions data) => new AttributeCaps(Count,
    [
        .. Limits.Select(limit => new AttributeLimits(limit.Labels, Columns.Labels(data.ItemAttributes, limit.Labels, "items"))
        {
            Most = limit.Most, MostOf = limit.MostOf, LeastOf = limit.LeastOf, Gap = limit.Gap,
        }),
    ]);
}

[Description("What a list may have of the labels of a column.")]
public sealed record LimitConfig
{
    [Description("A column of labels of the items.")]
    public required string Labels { get; init; }

    [Description("Items of any one label at most."), Range(0, 10_000)]
    public int? Most { get; init; }

    [Description("The same for single labels.")]
    public IReadOnlyDictionary<string, int> MostOf { get; init; } = new Dictionary<string, int>();

    [Description("Items of a label at least.")]
    public IReadOnlyDictionary<string, int> LeastOf { get; init; } = new Dictionary<string, int>();

    [Description("Other items between two that share a label."), Range(0, 10_000)]
    public int Gap { get; init; }
}

[Description("Takes a share of the score for popularity.")]
public sealed record PopularityStage : StageConfig
{
    [Range(0.0, 10.0)]
    public float Strength { get; init; } = .2f;

    internal override IStage Bind(TrainedPipeline trained, Interactions data) => new PopularityPenalty(data) { Strength = Strength };
}

[Description("Divides scores by the chance that the item had to be seen.")]
public sealed record PropensityStage : StageConfig
{
    [Range(0.0, 2.0)]
    public float Power { get; init; } = .25f;

    [Range(1e-6, 1.0)]
    public float Floor { get; init; } = .01f;

    internal override IStage Bind(TrainedPipeline trained, Interactions data) => new InversePropensity(data) { Power = Power, Floor = Floor };
}

/// <summary>A stage that draws the first places by lot.</summary>
public abstract record ExplorationStage : StageConfig
{
    [Description("How many places are drawn."), Range(1, 10_000)]
    public int Count { get; init; } = 10;

    [Description("How many candidates, of the best, are drawn among."), Range(1, 10_000)]
    public int Among { get; init; } = 50;

    public int Seed { get; init; }
}

[Description("The best, but with some chance any other.")]
public sealed record EpsilonStage : ExplorationStage
{
    [Description("The chance of another."), Range(0.0, 1.0)]
    public float Share { get; init; } = .1f;

    internal override IStage Bind(TrainedPipeline trained, Interactions data) => new EpsilonGreedy { Count = Count, Among = Among, Seed = Seed, Share = Share };
}

[Description("The better ones more often.")]
public sealed record SoftmaxStage : ExplorationStage
{
    [Range(.01, 100.0)]
    public float Temperature { get; init; } = .1f;

    internal override IStage Bind(TrainedPipeline trained, Interactions data) =>
        new SoftmaxSampling { Count = Count, Among = Among, Seed = Seed, Temperature = Temperature };
}

[Description("The best of one draw of what the click rates may be.")]
public sealed record ThompsonStage : ExplorationStage
{
    [Description("How often items were clicked and shown, by item id: {\"42\": [3, 100]}; of the others nothing is known.")]
    public required IReadOnlyDictionary<string, IReadOnlyList<long>> Clicks { get; init; }

    [Description("Shows at the mean rate that an item is believed to have had before."), Range(.001, 1e6)]
    public float PriorShows { get; init; } = 20;

    [Description("How often rates are drawn to know the propensities."), Range(1, 100_000)]
    public int Draws { get; init; } = 100;

    internal override IStage Bind(TrainedPipeline trained, Interactions data)
    {
        var (clicks, shows) = (new long[data.Items.Count], new long[data.Items.Count]);
        foreach (var (id, counts) in Clicks)
        {
            if (counts.Count != 2) throw new InputException($"The clicks of item '{id}' must be [clicks, shows].");
            if (data.Items.TryGetIndex(id, out int item)) (clicks[item], shows[item]) = (counts[0], counts[1]);
        }
        return new ThompsonSampling(new ClickRates(clicks, shows)) { Count = Count, Among = Among, Seed = Seed, PriorShows = PriorShows, Draws = Draws };
    }
}
