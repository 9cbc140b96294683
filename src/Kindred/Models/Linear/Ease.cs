using System.ComponentModel.DataAnnotations;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Linear;
using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Numerics.Sparse;
using Kindred.Storage;

namespace Kindred;

/// <summary>
/// A shallow autoencoder: every item's column of the interactions as a ridge regression on all other items, in closed form.
/// H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019, eq. 8.
/// </summary>
/// <remarks>
///   minimize ‖X − XB‖² + λ·‖B‖² with B(i, i) = 0:  P = (XᵀX + λI)⁻¹,  B(i, j) = −P(i, j) / P(j, j)
///   score(u, j) = Σ over i in the history of u: x(u, i)·B(i, j)
/// X [users, items] holds ones, or the events' weights. Differs from the paper where WeightsKept is not 0: of each row of B, which says
/// what an item of a history speaks for, the WeightsKept largest by size are kept.
/// Cost: Σ over users of |items of the user|², items³ flops; memory: 2·items² bytes, see <see cref="SymmetricInverse"/>, and where all
/// weights are kept 4·items² for the model.
/// With Candidates each item is regressed on so many items alone, those most similar to it by cosine: the same loss with the other
/// weights held at 0. H. Steck, "Markov Random Fields for Collaborative Filtering", NeurIPS 2019, §3.2, with one subset of items for each
/// item (r = 0) and a fixed number of candidates in place of a threshold. Cost: items·Candidates³/3 multiply-adds; memory: the pairs of
/// items that share a user, 8 bytes each.
/// </remarks>
public sealed record Ease : ITrainer
{
    /// <summary>λ, in units of weight²; with ones: in users. Larger catalogues of rarer items want less.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float Regularization { get; init; } = 200;

    /// <summary>True: an interaction counts with the weight of its events, in training and in scoring; false: it counts as 1.</summary>
    public bool EventWeights { get; init; }

    /// <summary>For how many other items each item of a history speaks, at most: the largest weights by size; 0: all, exactly.</summary>
    [Range(0, int.MaxValue)]
    public int WeightsKept { get; init; } = 500;

    /// <summary>How many items each item is regressed on, where all of them are too many to invert a matrix of; 0: all.</summary>
    [Range(0, int.MaxValue)]
    public int Candidates { get; init; }

    public TrainerSummary Summary => new(
        "ease", "each item regressed on all others, in closed form", "events; items² must fit the memory", "items³ flops",
        Capabilities.Personal | Capabilities.Explains);

    internal static SearchSpace Space { get; } = SearchSpace.Of<Ease>(null, ("regularization", "3..3000:log"));

    private const int BlockItems = 16;

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        OptionCheck.Check(this);
        var byItem = ItemWeights.Observed(interactions.ByItem, EventWeights);
        int items = interactions.Items.Count;
        if (items > 0 && Candidates == 0 && WeightsKept == 0)
            return new DenseItemWeights(interactions.Items, EventWeights, Exact(byItem, context));
        if (items > 0 && Candidates == 0) return ItemWeights.OfSources(interactions.Items, EventWeights, Largest(byItem, context));
        return ItemWeights.OfTargets(interactions.Items, EventWeights, Regress(byItem, context), WeightsKept == 0 ? items : WeightsKept);
    }

    internal static IModel Load(TensorFile file, Vocabulary items) =>
        DenseItemWeights.IsIn(file) ? DenseItemWeights.Load(file, items) : ItemWeights.Load(file, items);

    /// <exception cref="InputException">The matrix of so many items does not fit, or not with the model.</exception>
    /// <param name="available">Bytes.</param>
    /// <param name="besides">Bytes that are needed at the same time.</param>
    internal static void CheckMemory(int items, bool keepsAll, long available, long besides = 0, string? advice = null)
    {
        const double GiB = 1L << 30;
        if (keepsAll && items > DenseItemWeights.MostItems)
        {
            throw new InputException(
                $"All weights of {items} items are more than one array can hold, which are those of {DenseItemWeights.MostItems}; "
                + "set WeightsKept to 2000.");
        }
        long needed = TiledSymmetric.BytesOf(items) + SymmetricInverse.ScratchBytesOf(items)
            + (keepsAll ? DenseItemWeights.BytesOf(items) : 0) + besides;
        if (needed <= available) return;
        throw new InputException(
            $"A matrix of {items} x {items} items needs {needed / GiB:F1} GiB of memory, and there are {available / GiB:F1}; "
            + (advice ?? (keepsAll ? "set WeightsKept to 2000, which needs a third of it, or " : "")
                + "set Candidates to 500 to regress each item on the most similar ones alone, leave out rare items, or use slim or "
                + "item-knn."));
    }

    // [items, items]: B
    private Matrix Exact(SparseMatrix byItem, TrainingContext context)
    {
        CheckMemory(byItem.Rows, keepsAll: true, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        var weights = new Matrix(byItem.Rows, byItem.Rows);
        Invert(byItem, context, (source, row) => row.CopyTo(weights.Row(source)));
        return weights;
    }

    // [items]: the largest of each row of B
    private WeightRow[] Largest(SparseMatrix byItem, TrainingContext context)
    {
        CheckMemory(byItem.Rows, keepsAll: false, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        var weights = new WeightRow[byItem.Rows];
        Invert(byItem, context, (source, row) => weights[source] = WeightRow.Largest([], row, WeightsKept));
        return weights;
    }

    // every row of P at once; keep is told each row of B, from any worker
    private void Invert(SparseMatrix byItem, TrainingContext context, Action<int, ReadOnlySpan<float>> keep)
    {
        using var negative = ItemInverse.NegativeOf(byItem, Regularization, context);
        float[] scales = [.. Enumerable.Range(0, byItem.Rows).Select(item => -1 / negative.At(item, item))];
        ItemInverse.ForEachRow(negative, context, (source, row) =>
        {
            for (int target = 0; target < row.Length; target++) row[target] *= scales[target];
            row[source] = 0;
            keep(source, row);
        });
    }

    // [items]: a column of B from one small system for each item
    private WeightRow[] Regress(SparseMatrix byItem, TrainingContext context)
    {
        var weights = new WeightRow[byItem.Rows];
        var gram = SparseProduct.Of(byItem, context.Workers, context.Cancellation) ?? throw Slim.TooManyPairs(weights.Length);
        var norms = CandidateItems.NormsOf(gram);
        int count = Math.Min(Candidates, Math.Max(1, weights.Length - 1)), done = 0;
        Blocks.ForEach(weights.Length, BlockItems, context.Workers, () => new Regression(gram, norms, count), (_, first, end, regression) =>
        {
            for (int item = first; item < end; item++) weights[item] = regression.Solve(item, Regularization);
            context.ReportBlock(ref done, end - first, weights.Length, "item");
        }, context.Cancellation);
        return weights;
    }

    /// <summary>Ridge regression of one item on its candidates. Scratch memory of one thread.</summary>
    private sealed class Regression(SparseMatrix gram, float[] norms, int count)
    {
        private readonly CandidateItems _candidates = new(gram, norms, count);
        private readonly NormalEquations _equations = new(count);
        private readonly float[] _solution = new float[count];

        public WeightRow Solve(int item, float regularization)
        {
            var chosen = _candidates.Choose(item);
            _equations.Start(_candidates.Among, regularization); // where there are fewer, the rest are equations of their own: λ·x = 0
            _equations.AddToRightSide(1, _candidates.With);
            _equations.Solve(_solution);
            return WeightRow.Largest(chosen, _solution.AsSpan(0, chosen.Length), chosen.Length);
        }
    }
}
