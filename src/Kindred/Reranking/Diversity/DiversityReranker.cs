using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Kindred.Pipelines;

namespace Kindred.Reranking.Diversity;

/// <summary>A stage that compares items with each other, by labels or by embeddings.</summary>
internal abstract record DiversityReranker : Reranker
{
    [Description("Compare items by the labels of this column. Either this or embeddings.")]
    public string? Labels { get; set; }

    [Description("Compare items by their embeddings in the model of this source. Either this or labels.")]
    public string? Embeddings { get; set; }

    [Description("Number of places to fill."), Range(1, 10_000)]
    public int Count { get; set; } = 20;

    [Description("Weight of relevance. 1: keep the order; 0: only similarity counts."), Range(0.0, 1.0)]
    public float RelevanceShare { get; set; } = .7f;

    /// <summary>Binds it to a similarity of any kind.</summary>
    internal IStage Bind(IItemSimilarity similarity)
    {
        OptionCheck.Check(this);
        return BindTo(similarity);
    }

    private protected sealed override IStage BindTo(RerankingInputs inputs) => BindTo(SimilarityIn(inputs));

    private protected abstract IStage BindTo(IItemSimilarity similarity);

    private IItemSimilarity SimilarityIn(RerankingInputs inputs)
    {
        if (Labels is null == Embeddings is null) throw new InputException("Say how to compare items: set either labels or embeddings.");
        if (Labels is not null) return new LabelSimilarity(inputs.LabelsOfItems(Labels));
        return inputs.Embeddings.TryGetValue(Embeddings!, out var embeddings) ? new EmbeddingSimilarity(embeddings)
            : throw new InputException(inputs.Embeddings.Count == 0
                ? $"embeddings names '{Embeddings}', but no source has embeddings; add one of a model that embeds, or set labels."
                : $"embeddings names '{Embeddings}', which is no source with embeddings; there " +
                    $"are {string.Join(", ", inputs.Embeddings.Keys)}.");
    }
}
