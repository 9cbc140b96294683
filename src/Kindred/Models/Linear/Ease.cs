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
/// X [users, items] holds ones, or the events' weights. Differs from the paper: of each column of B the WeightsKept largest by size are kept.
/// Cost: Σ over users of |items of the user|², items³ flops; memory: 2·items² bytes, see <see cref="SymmetricInverse"/>.
/// With Candidates each item is regressed on so many items alone, those most similar to it by cosine: the same loss with the other
/// weights held at 0. H. Steck, "Markov Random Fields for Collaborative Filtering", NeurIPS 2019, §3.2, with one subset of items for each
/// item (r = 0) and a fixed number of candidates in place of a threshold. Cost: items·Candidates³/3 multiply-adds; memory: the pairs of
/// items that share a user, 8 bytes each.
/// </remarks>
public sealed record Ease : ITrainer
{
    /// <summary>λ, in units of weight²; with ones: in users. Larger catalogues of rarer items want less.</summary>
    public float Regularization { get; init; } = 100;

    /// <summary>True: an interaction counts with the weight of its events, in training and in scoring; false: it counts as 1.</summary>
    public bool EventWeights { get; init; }

    /// <summary>How many weights each item is scored by, at most: those of the largest size.</summary>
    public int WeightsKept { get; init; } = 500;

    /// <summary>How many items each item is regressed on, where all of them are too many to invert a matrix of; 0: all.</summary>
    public int Candidates { get; init; }

    public TrainerSummary Summary => new(
        "ease", "each item regressed on all others, in closed form", "events; items² must fit the memory", "items³ flops",
        Capabilities.Personal | Capabilities.Explains);

    internal static SearchSpace Space { get; } = SearchSpace.Of<Ease>(null, ("regularization", "3..3000:log"));

    private const int BlockItems = 16;

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        if (!(Regularization > 0 && float.IsFinite(Regularization))) throw new InputException($"Regularization must be > 0, was {Regularization}.");
        if (WeightsKept < 1) throw new InputException($"WeightsKept must be >= 1, was {WeightsKept}.");
        if (Candidates < 0) throw new InputException($"Candidates must be >= 0, was {Candidates}.");
        SparseMatrix byUser = ItemWeights.Observed(interactions.ByUser, EventWeights), byItem = ItemWeights.Observed(interactions.ByItem, EventWeights);
        var weights = new WeightRow[interactions.Items.Count];
        if (weights.Length > 0 && Candidates == 0) Invert(byUser, byItem, weights, context);
        else if (weights.Length > 0) Regress(byUser, byItem, weights, context);
        return ItemWeights.Of(interactions.Items, EventWeights, weights);
    }

    internal static IModel Load(TensorFile file, Vocabulary items) => ItemWeights.Load(file, items);

    /// <exception cref="InputException">The matrix of so many items does not fit.</exception>
    /// <param name="available">Bytes.</param>
    internal static void CheckMemory(int items, long available)
    {
        const double GiB = 1L << 30;
        long needed = TiledSymmetric.BytesOf(items) + SymmetricInverse.ScratchBytesOf(items);
        if (needed <= available) return;
        throw new InputException(
            $"A matrix of {items} x {items} items needs {needed / GiB:F1} GiB of memory, and there are {available / GiB:F1}; set Candidates to 500 to regress each item on the most similar ones alone, leave out rare items, or use slim or item-knn.");
    }

    // every row of P at once
    private void Invert(SparseMatrix byUser, SparseMatrix byItem, WeightRow[] weights, TrainingContext context)
    {
        int items = weights.Length;
        CheckMemory(items, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        using var matrix = new TiledSymmetric(items);
        SparseProduct.AddTo(matrix, byItem, context.Workers, context.Cancellation);
        matrix.AddToDiagonal(Regularization);
        if (!SymmetricInverse.TryNegate(matrix, context.Workers, done => context.Progress?.Report(new(done, matrix.TileRows, "block")), context.Cancellation))
            throw new InputException($"The items' regressions have no unique solution in single precision; use a larger Regularization than {Regularization}.");

        Blocks.ForEach(items, TiledSymmetric.Edge, context.Workers, () => new Matrix(TiledSymmetric.Edge, items), (tileRow, first, end, rows) =>
        {
            matrix.CopyTileRow(tileRow, rows);
            for (int item = first; item < end; item++)
            {
                var row = rows.Row(item - first);
                float scale = -1 / row[item];
                row[item] = 0;
                foreach (ref float value in row) value *= scale;
                weights[item] = WeightRow.Largest([], row, WeightsKept);
            }
        }, context.Cancellation);
    }

    // one small system for each item
    private void Regress(SparseMatrix byUser, SparseMatrix byItem, WeightRow[] weights, TrainingContext context)
    {
        var gram = SparseProduct.Of(byItem, context.Workers, context.Cancellation) ?? throw Slim.TooManyPairs(weights.Length);
        var norms = CandidateItems.NormsOf(gram);
        int count = Math.Min(Candidates, Math.Max(1, weights.Length - 1)), done = 0;
        Blocks.ForEach(weights.Length, BlockItems, context.Workers, () => new Regression(gram, norms, count), (_, first, end, regression) =>
        {
            for (int item = first; item < end; item++) weights[item] = regression.Solve(item, Regularization, WeightsKept);
            context.ReportBlock(ref done, end - first, weights.Length, "item");
        }, context.Cancellation);
    }

    /// <summary>Ridge regression of one item on its candidates. Scratch memory of one thread.</summary>
    private sealed class Regression(SparseMatrix gram, float[] norms, int count)
    {
        private readonly CandidateItems _candidates = new(gram, norms, count);
        private readonly NormalEquations _equations = new(count);
        private readonly float[] _solution = new float[count];

        public WeightRow Solve(int item, float regularization, int kept)
        {
            var chosen = _candidates.Choose(item);
            _equations.Start(_candidates.Among, regularization); // where there are fewer, the rest are equations of their own: λ·x = 0
            _equations.AddToRightSide(1, _candidates.With);
            _equations.Solve(_solution);
            return WeightRow.Largest(chosen, _solution.AsSpan(0, chosen.Length), kept);
        }
    }
}
