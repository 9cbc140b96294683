using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Numerics;
using Kindred.Ranking;

namespace Kindred.Boosting;

/// <summary>Rows to learn a ranking from: candidates, in groups that were ranked together.</summary>
/// <param name="Features">[rows, features]; NaN: not known.</param>
/// <param name="Labels">[rows], grades ≥ 0: higher belongs first.</param>
/// <param name="GroupSizes">[groups], rows of each group, which follow each other.</param>
internal sealed record RankingData(Matrix Features, ReadOnlyMemory<float> Labels, ReadOnlyMemory<int> GroupSizes)
{
    /// <summary>[rows], how much a row counts; empty: all the same.</summary>
    public ReadOnlyMemory<float> Weights { get; init; }

    /// <summary>[features]; empty: <c>feature 0</c>, <c>feature 1</c>, …</summary>
    public IReadOnlyList<string> FeatureNames { get; init; } = [];

    /// <summary>Features whose values are numbers of categories, 0, 1, …, without an order.</summary>
    public IReadOnlyList<int> Categorical { get; init; } = [];

    /// <returns>Examples as what trees learn from.</returns>
    public static RankingData Of(RankingExamples examples) => new(examples.Rows, examples.Labels, examples.Groups)
    {
        FeatureNames = examples.Features,
        Categorical = examples.Categorical,
    };

    /// <returns><see cref="GroupedNdcg"/> at <paramref name="k"/>.</returns>
    /// <param name="scores">[rows]; of equal ones, the earlier row is ranked first.</param>
    public double Ndcg(ReadOnlySpan<double> scores, int k) => GroupedNdcg.Of(Labels.Span, GroupSizes.Span, scores, k);

    /// <exception cref="InputException">The parts do not fit each other, or no ranking can be learned from them.</exception>
    internal void Check()
    {
        int rows = Features.Rows, features = Features.Columns;
        if (rows == 0 || features == 0)
            throw new InputException($"There are {rows} rows of {features} features; training needs some of each.");
        if (Labels.Length != rows) throw new InputException($"There are {Labels.Length} labels for {rows} rows; give one for each.");
        if (!Weights.IsEmpty && Weights.Length != rows)
            throw new InputException($"There are {Weights.Length} weights for {rows} rows; give one for each.");
        foreach (float weight in Weights.Span)
            if (!(weight >= 0 && float.IsFinite(weight))) throw new InputException($"Weights must be >= 0, one was {weight}.");
        long grouped = 0;
        foreach (int size in GroupSizes.Span)
            grouped += size >= 1 ? size : throw new InputException($"Groups must have >= 1 rows, one has {size}.");
        if (grouped != rows)
            throw new InputException($"The groups have {grouped} rows together, but there are {rows}; they must be the same.");
        if (FeatureNames.Count != 0 && FeatureNames.Count != features)
            throw new InputException($"There are {FeatureNames.Count} names for {features} features; give one for each, or none.");
        foreach (int feature in Categorical)
            if (feature < 0 || feature >= features)
                throw new InputException($"Categorical names feature {feature}, but there are {features}, from 0.");
    }
}
