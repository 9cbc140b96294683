using System.Text.Json;
using System.Text.Json.Serialization;
using Kindred.Reranking.Debiasing;
using Kindred.Reranking.Diversity;
using Kindred.Reranking.Exploration;
using Kindred.Reranking.Limits;
using Kindred.Reranking.Rules;

namespace Kindred.Configuration;

/// <summary>
/// Generated contracts of pipelines: sources and rankers by their attributes, and the stages of <see cref="RerankerKinds"/>. Properties of what
/// they read have setters, as generated contracts would give an <c>init</c> property that is not in the file the zero of its type.
/// </summary>
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(PipelineConfig))]
[JsonSerializable(typeof(RuleConfig[]))]
[JsonSerializable(typeof(RulesReranker))]
[JsonSerializable(typeof(Truncate))]
[JsonSerializable(typeof(MaximalMarginalRelevance))]
[JsonSerializable(typeof(DeterminantalDiversity))]
[JsonSerializable(typeof(CalibratedReranker))]
[JsonSerializable(typeof(AttributeCaps))]
[JsonSerializable(typeof(PopularityPenalty))]
[JsonSerializable(typeof(InversePropensity))]
[JsonSerializable(typeof(EpsilonGreedy))]
[JsonSerializable(typeof(SoftmaxSampling))]
[JsonSerializable(typeof(ThompsonSampling))]
internal sealed partial class ConfigContracts : JsonSerializerContext;
