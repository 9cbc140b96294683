using System.Text.Json.Serialization.Metadata;
using Kindred.Reranking;
using Kindred.Reranking.Debiasing;
using Kindred.Reranking.Diversity;
using Kindred.Reranking.Exploration;
using Kindred.Reranking.Limits;
using Kindred.Reranking.Rules;

namespace Kindred.Configuration;

/// <summary>What the stages behind the ranker are called in JSON. Here, so that their base need not name those that come from it.</summary>
internal static class RerankerKinds
{
    public static IReadOnlyList<(string Name, Type Type)> All { get; } =
    [
        ("rules", typeof(RulesReranker)),
        ("keep", typeof(Truncate)),
        ("mmr", typeof(MaximalMarginalRelevance)),
        ("dpp", typeof(DeterminantalDiversity)),
        ("calibrated", typeof(CalibratedReranker)),
        ("caps", typeof(AttributeCaps)),
        ("popularityPenalty", typeof(PopularityPenalty)),
        ("inversePropensity", typeof(InversePropensity)),
        ("epsilonGreedy", typeof(EpsilonGreedy)),
        ("softmax", typeof(SoftmaxSampling)),
        ("thompson", typeof(ThompsonSampling)),
    ];

    extension(Reranker reranker)
    {
        public string StepName => reranker.Name ?? ConfigJson.KindOf(reranker);
    }

    /// <summary>Tells the reader and writer of JSON.</summary>
    public static void AddTo(JsonTypeInfo type)
    {
        if (type.Type != typeof(Reranker)) return;
        type.PolymorphismOptions = new() { TypeDiscriminatorPropertyName = ConfigJson.Kind };
        foreach (var (name, derived) in All) type.PolymorphismOptions.DerivedTypes.Add(new(derived, name));
    }
}
