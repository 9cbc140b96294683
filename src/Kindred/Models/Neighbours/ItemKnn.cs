using System.ComponentModel.DataAnnotations;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Neighbours;

namespace Kindred;

/// <summary>
/// Item-based nearest neighbours.
/// M. Deshpande, G. Karypis, "Item-Based Top-N Recommendation Algorithms", TOIS 2004, §4; shrinkage as in Y. Koren, "Factorization Meets
/// the Neighborhood", KDD 2008, §2.2.
/// </summary>
/// <remarks>
///   s(i, j): see <see cref="Models.Neighbours.Similarity"/>; with the default, the cosine of the weights of item i, each user's divided by
///   |items of the user|^(ActivityPenalty / 2)
///   score(u, i) = Σ over j in the history of u that have i among their Neighbours best: weight(u, j)·recency(u, j)·s(j, i)
///   recency(u, j) = 2^(−later events / HistoryHalfLife)·2^(−age / HistoryHalfLifeDays)
/// Items that no neighbour reaches cannot be scored. With a half-life and Jaccard, lift or co-occurrence it is SAR ("Smart Adaptive
/// Recommendations", Microsoft Recommenders), whose affinities are a common factor larger or smaller. Cost of training: half of
/// Σ over users of |items of the user|² multiply-adds; memory: 40 bytes an event, items·Neighbours·8 bytes. Scoring: |history|·Neighbours.
/// </remarks>
public sealed record ItemKnn : NeighbourTrainer, IIncrementalTrainer, IDataDefaults
{
    /// <summary>
    /// 0: every user speaks with the same weight about every pair; 1: a user with many items says proportionally less about each pair.
    /// </summary>
    [Range(0, 2)]
    public float ActivityPenalty { get; init; } = 0.75f;

    /// <summary>Later events after which one of the history counts half; 0: the place does not matter.</summary>
    [Range(0, double.MaxValue)]
    public double HistoryHalfLife { get; init; }

    /// <summary>
    /// Days, before the newest event of the history, after which one counts half; 0, or without times: the time does not matter.
    /// </summary>
    [Range(0, double.MaxValue)]
    public double HistoryHalfLifeDays { get; init; }

    public override TrainerSummary Summary => new(
        "item-knn", "items that the same users touched, by one of 11 similarities", "items that users share",
        "sum over users of (items of the user)²",
        Capabilities.Personal | Capabilities.Explains | Capabilities.Incremental);

    internal static SearchSpace Space { get; } =
        SearchSpace.Of<ItemKnn>(null, ("neighbours", "10..1000:log"), ("shrinkage", "0.1..1000:log"), ("activityPenalty", "0..1.5"));

    internal override float FrequencyPenalty => ActivityPenalty;

    internal Recency Recency => new(HistoryHalfLife, HistoryHalfLifeDays);

    // What users with few events have in common says less: where they have 100 each, a pair counts in full from one user on.
    private const double FullSupport = 100;

    public override IModel Train(Interactions interactions, TrainingContext context)
    {
        Check();
        return Shrinkage is null ? For(DataShape.Of(interactions)).Learn(interactions, context) : Learn(interactions, context);
    }

    ITrainer IDataDefaults.For(DataShape data) => For(data);

    internal ItemKnn For(DataShape data) => For(data.Events, data.Users);

    internal ItemKnn For(long events, long users) => this with
    {
        Shrinkage = Shrinkage ?? DataShape.Rounded(FullSupport * users / Math.Max(1, events), .3, 50),
    };

    /// <summary>
    /// The rows of the table that the new events touch, computed anew: the same table as <see cref="Train"/> makes, to the last bit. Where
    /// they touch more than a quarter of the rows, or all, as with similarities that depend on totals (TF-IDF, BM25, log-likelihood, lift),
    /// it is trained from the start. What is not given and follows from the data is as in the model.
    /// </summary>
    public IModel ContinueFrom(IModel model, Interactions interactions, TrainingContext context)
    {
        Check();
        if (model is not ItemKnnModel old)
            throw new InputException(
                "item-knn can continue only from a model of item-knn, and this one is of another kind; train a new model.");
        var options = this with { Shrinkage = Shrinkage ?? old.Options.Shrinkage };
        if (old.Options with { HistoryHalfLife = HistoryHalfLife, HistoryHalfLifeDays = HistoryHalfLifeDays } != options)
            throw new InputException("The model to continue from was trained with other options; train a new model.");
        if (!interactions.Items.BeginsWith(old.Items) || interactions.Users.Count < old.Users.Length)
            throw new InputException(
                $"The ids must begin with the {old.Users.Length} users and {old.Items.Count} items of the model to continue from, in " +
                $"the same order; add those that came later behind them.");
        int[] changed = TableUpdate.ChangedItems(old.Users.Span, interactions.ByUser);
        if (SimilarityMeasure.DependsOnTotals(Similarity) || !TableUpdate.IsWorthwhile(changed.Length, interactions.Items.Count))
            return options.Learn(interactions, context);
        var sums = options.SumsOf(interactions, context);
        var table = new TableUpdate(sums, options, old.Table, changed).Run(context) ?? TableBuild.Of(sums, options, context);
        return new ItemKnnModel(interactions.Items, options, table, TableUpdate.Identify(interactions.ByUser));
    }

    private ItemKnnModel Learn(Interactions interactions, TrainingContext context) => new(
        interactions.Items, this, TableBuild.Of(SumsOf(interactions, context), this, context), TableUpdate.Identify(interactions.ByUser));

    private NeighbourSums SumsOf(Interactions interactions, TrainingContext context) =>
        new(this, interactions.ByUser, interactions.ByItem, context);
}
