using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Neighbours;

namespace Kindred;

/// <summary>
/// Item-based nearest neighbours.
/// M. Deshpande, G. Karypis, "Item-Based Top-N Recommendation Algorithms", TOIS 2004, §4; shrinkage as in Y. Koren, "Factorization Meets the
/// Neighborhood", KDD 2008, §2.2.
/// </summary>
/// <remarks>
///   s(i, j): see <see cref="Neighbours.Similarity"/>; with the default, the cosine of the weights of item i, each user's divided by
///   |items of the user|^(ActivityPenalty / 2)
///   score(u, i) = Σ over j in the history of u that have i among their Neighbours best: weight(u, j)·recency(u, j)·s(j, i)
///   recency(u, j) = 2^(−later events / HistoryHalfLife)·2^(−age / HistoryHalfLifeDays)
/// Items that no neighbour reaches cannot be scored. With a half-life and Jaccard, lift or co-occurrence it is SAR ("Smart Adaptive
/// Recommendations", Microsoft Recommenders), whose affinities are a common factor larger or smaller. Cost of training: half of
/// Σ over users of |items of the user|² multiply-adds; memory: 40 bytes an event, items·Neighbours·8 bytes. Scoring: |history|·Neighbours.
/// </remarks>
public sealed record ItemKnn : IIncrementalTrainer
{
    public Similarity Similarity { get; init; }

    /// <summary>How many similar items are kept for each item.</summary>
    public int Neighbours { get; init; } = 100;

    /// <summary>λ, added to the denominator: similarities that few users support shrink towards zero. In its units: of a cosine, (weight)²; else users.</summary>
    public float Shrinkage { get; init; } = 3;

    /// <summary>0: every user speaks with the same weight about every pair; 1: a user with many items says proportionally less about each pair.</summary>
    public float ActivityPenalty { get; init; } = 0.75f;

    /// <summary>Pairs that fewer users share have no similarity.</summary>
    public int MinimumOverlap { get; init; } = 1;

    /// <summary>Neighbours less similar than that are not kept.</summary>
    public float MinimumSimilarity { get; init; }

    /// <summary>α of Tversky's index: how much it counts that users of the item in the history do not have the other; 1 and 1: Jaccard.</summary>
    public float TverskyAlpha { get; init; } = 0.5f;

    /// <summary>β of Tversky's index: how much it counts that users of the other item do not have that of the history.</summary>
    public float TverskyBeta { get; init; } = 0.5f;

    /// <summary>α of the conditional probability: 0: as it is; 1: in proportion less for a popular item.</summary>
    public float ConditionalExponent { get; init; } = 0.5f;

    /// <summary>k of BM25: the weight at which an event counts half as much as it can.</summary>
    public float Bm25Saturation { get; init; } = 1.2f;

    /// <summary>b of BM25: 0: popular items are not held down; 1: in proportion.</summary>
    public float Bm25Length { get; init; } = 0.75f;

    /// <summary>Later events after which one of the history counts half; 0: the place does not matter.</summary>
    public double HistoryHalfLife { get; init; }

    /// <summary>Days, before the newest event of the history, after which one counts half; 0, or without times: the time does not matter.</summary>
    public double HistoryHalfLifeDays { get; init; }

    internal static TrainerSummary Summary { get; } = new(
        "items that the same users touched, by one of 11 similarities", "items that users share", "sum over users of (items of the user)²",
        Capabilities.Personal | Capabilities.Explains | Capabilities.Incremental);

    internal static SearchSpace Space { get; } =
        SearchSpace.Of<ItemKnn>(null, ("neighbours", "10..1000:log"), ("shrinkage", "0.1..1000:log"), ("activityPenalty", "0..1.5"));

    internal Recency Recency => new(HistoryHalfLife, HistoryHalfLifeDays);

    private NeighbourOptions Shared => new(Similarity, Neighbours, Shrinkage, ActivityPenalty)
    {
        TverskyAlpha = TverskyAlpha,
        TverskyBeta = TverskyBeta,
        ConditionalExponent = ConditionalExponent,
        Bm25Saturation = Bm25Saturation,
        Bm25Length = Bm25Length,
        MinimumOverlap = MinimumOverlap,
        MinimumSimilarity = MinimumSimilarity,
    };

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        Check();
        return new ItemKnnModel(
            interactions.Items, this, TableBuild.Of(SumsOf(interactions, context), Shared, context), TableUpdate.Identify(interactions.ByUser));
    }

    /// <summary>
    /// The rows of the table that the new events touch, computed anew: the same table as <see cref="Train"/> makes, to the last bit. Where they
    /// touch more than a quarter of the rows, or all, as with similarities that depend on totals (TF-IDF, BM25, log-likelihood, lift), it is
    /// trained from the start.
    /// </summary>
    public IModel ContinueFrom(IModel model, Interactions interactions, TrainingContext context)
    {
        Check();
        if (model is not ItemKnnModel old)
            throw new InputException("Training can only go on from a model of item-knn, and this one is of another kind; train it anew.");
        if (old.Options with { HistoryHalfLife = HistoryHalfLife, HistoryHalfLifeDays = HistoryHalfLifeDays } != this)
            throw new InputException("The model to go on from was trained with other options; train it anew.");
        if (!interactions.Items.BeginsWith(old.Items) || interactions.Users.Count < old.Users.Length)
            throw new InputException(
                $"The ids must begin with the {old.Users.Length} users and {old.Items.Count} items of the model to go on from, in the same order; add those that came later behind them.");
        int[] changed = TableUpdate.ChangedItems(old.Users.Span, interactions.ByUser);
        if (SimilarityMeasure.DependsOnTotals(Similarity) || !TableUpdate.IsWorthwhile(changed.Length, interactions.Items.Count))
            return Train(interactions, context);
        var sums = SumsOf(interactions, context);
        var table = new TableUpdate(sums, Shared, old.Table, changed).Run(context) ?? TableBuild.Of(sums, Shared, context);
        return new ItemKnnModel(interactions.Items, this, table, TableUpdate.Identify(interactions.ByUser));
    }

    internal static IModel Load(Storage.TensorFile file, Vocabulary items) => ItemKnnModel.Load(file, items);

    private NeighbourSums SumsOf(Interactions interactions, TrainingContext context) =>
        new(Shared, interactions.ByUser, interactions.ByItem, context);

    private void Check()
    {
        Shared.Check(nameof(ActivityPenalty));
        Recency.Check();
    }
}
