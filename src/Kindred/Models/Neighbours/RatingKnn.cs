using System.ComponentModel.DataAnnotations;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Neighbours;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred;

/// <summary>What a rating is measured from before neighbours are averaged.</summary>
public enum RatingCenter
{
    /// <summary>0: their ratings as they are (Surprise's KNNBasic).</summary>
    None,

    /// <summary>The mean of each user, or of each item where neighbours are items (KNNWithMeans).</summary>
    Mean,

    /// <summary>μ + b(u) + b(i), as of <see cref="Bias"/> (KNNBaseline).</summary>
    Baseline,
}

/// <summary>
/// Predicts a rating from those of the nearest users, or of the nearest items.
/// Y. Koren, "Factor in the Neighbors: Scalable and Accurate Collaborative Filtering", TKDD 2010, §2.2, eq. 3; the variants and their
/// names: N. Hug, "Surprise: A Python library for recommender systems", JOSS 2020.
/// </summary>
/// <remarks>
///   c(u, i): see <see cref="RatingCenter"/>; s: see <see cref="RatingSimilarity"/>, over the ratings that both have
///   users: score(u, i) = c(u, i) + Σ s(u, v)·(r(v, i) − c(v, i)) / Σ s(u, v), over the Neighbours users v most similar who rated i, s > 0
///   items: score(u, i) = c(u, i) + Σ s(i, j)·(r(u, j) − c(u, j)) / Σ s(i, j), over the Neighbours items j most similar that u rated, s > 0
/// An item that no neighbour reaches has no score, where the paper falls back on c(u, i); it is then predicted as an unknown one. Of items
/// only TableNeighbours similarities are kept. Every user is asked by their history and is folded in; one who was trained on finds
/// themselves among their neighbours, which only concerns what they rated. Cost of training: Σ items |items of the users|² for items, none
/// for users; of a query: Σ over the history of |users of the item| for users, items·TableNeighbours at most for items. Memory: events, or
/// items·TableNeighbours.
/// </remarks>
public sealed record RatingKnn : ITrainer
{
    /// <summary>Neighbours are items that the user rated, instead of users who rated the item.</summary>
    public bool ItemBased { get; init; } = true;

    /// <summary>How many of them are averaged, at most.</summary>
    [Range(1, int.MaxValue)]
    public int Neighbours { get; init; } = 40;

    /// <summary>How alike two items, or two users, are by their ratings.</summary>
    public RatingSimilarity Similarity { get; init; } = RatingSimilarity.PearsonBaseline;

    /// <summary>What a rating is compared with before it is averaged.</summary>
    public RatingCenter Center { get; init; } = RatingCenter.Baseline;

    /// <summary>λ of the factor (n − 1) / (n − 1 + λ): similarities over few ratings shrink towards zero.</summary>
    [Range(0, double.MaxValue)]
    public float Shrinkage { get; init; } = 100;

    /// <summary>Fewer ratings in common say nothing.</summary>
    [Range(1, int.MaxValue)]
    public int MinimumOverlap { get; init; } = 1;

    /// <summary>Similarities that are kept of each item, where neighbours are items.</summary>
    [Range(1, int.MaxValue)]
    public int TableNeighbours { get; init; } = 1000;

    public TrainerSummary Summary => new(
        "rating-knn", "predicts a rating from those of similar items or users", "ratings", "sum over users of (items of the user)²",
        Capabilities.Personal | Capabilities.PredictsValues);

    internal static SearchSpace Space { get; } =
        SearchSpace.Of<RatingKnn>(null, ("itemBased", "true|false"), ("neighbours", "10..200:log"), ("shrinkage", "1..300:log"));

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        Check();
        RatingData.Require(interactions, Summary.Name);
        var ratings = interactions.Ratings;
        var baseline = (IRatingModel)new Bias().Train(interactions, context);
        var residuals = CenteredRatings.Of(ratings, baseline, RatingCenter.Baseline, ItemBased, context);
        var compared = Similarity == RatingSimilarity.PearsonBaseline ? residuals : ratings;
        var centered = Center == RatingCenter.Baseline ? residuals : CenteredRatings.Of(ratings, baseline, Center, ItemBased, context);
        var table = ItemBased ? TableOf(compared, context) : null;
        return new RatingKnnModel(interactions.Items, this, baseline, CenteredRatings.MeansOf(ratings), centered, compared, table);
    }

    internal static IModel Load(TensorFile file, Vocabulary items) => RatingKnnModel.Load(file, items);

    private SimilarityTable TableOf(SparseMatrix compared, TrainingContext context)
    {
        const int BlockItems = 16;
        var byItem = compared.Transpose();
        var rows = new ulong[byItem.Rows][];
        Blocks.ForEach(rows.Length, BlockItems, context.Workers, () => new PairSums[byItem.Rows], (_, first, end, sums) =>
        {
            for (int item = first; item < end; item++)
            {
                Array.Clear(sums);
                PairSums.AddAll(byItem.Row(item), compared, sums);
                sums[item] = default;
                var (nearest, similarities) = Nearest(sums, Math.Min(TableNeighbours, byItem.Rows));
                rows[item] = SimilarityTable.RowOf(nearest, similarities);
            }
        }, context.Cancellation);
        return SimilarityTable.From(rows.Length, item => rows[item]);
    }

    /// <returns>Those with a positive similarity, best first.</returns>
    internal (int[] Nearest, float[] Similarities) Nearest(ReadOnlySpan<PairSums> sums, int count)
    {
        int[] nearest = new int[count];
        var similarities = new float[count];
        var top = new TopK(nearest, similarities);
        for (int other = 0; other < sums.Length; other++)
        {
            if (sums[other].Count < MinimumOverlap) continue;
            float similarity = sums[other].Of(Similarity, Shrinkage);
            if (similarity > 0) top.Offer(other, similarity);
        }
        top.Sort();
        return (nearest[..top.Count], similarities[..top.Count]);
    }

    private void Check()
    {
        OptionCheck.Check(this);
        if (TableNeighbours < Neighbours)
            throw new InputException($"tableNeighbours must be at least neighbours = {Neighbours}, was {TableNeighbours}.");
    }
}
