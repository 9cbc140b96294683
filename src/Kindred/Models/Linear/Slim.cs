using System.ComponentModel.DataAnnotations;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Linear;
using Kindred.Numerics;
using Kindred.Numerics.Sparse;
using Kindred.Storage;

namespace Kindred;

/// <summary>
/// Sparse linear method: every item's column of the interactions as an elastic-net regression on other items.
/// X. Ning, G. Karypis, "SLIM: Sparse Linear Methods for Top-N Recommender Systems", ICDM 2011, eq. 3 and 4, by coordinate descent with
/// covariance updates: J. Friedman, T. Hastie, R. Tibshirani, "Regularization Paths for Generalized Linear Models via Coordinate Descent",
/// Journal of Statistical Software 2010, §2.2.
/// </summary>
/// <remarks>
///   minimize for each item j: ½·‖x(j) − X·w‖² + ½·β·‖w‖² + λ·‖w‖₁ with w(j) = 0, w ≥ 0
///   G = XᵀX, r = G(·, j) − G·w:  w(k) ← max(0, r(k) + G(k, k)·w(k) − λ) / (G(k, k) + β),  r ← r − G(·, k)·(change of w(k))
///   score(u, j) = Σ over k in the history of u: x(u, k)·w(k)
/// X [users, items] holds ones, or the events' weights. Only the Candidates items most similar to j by cosine may get a weight, which the
/// paper calls fsSLIM; with as many candidates as items it is SLIM. Items are independent of each other. Cost: Σ over users of |items of
/// the user|²; for each item the pairs of its candidates that share a user, and Candidates for each change of a weight; memory: 8 bytes for
/// each pair of items that share a user.
/// </remarks>
public sealed record Slim : ITrainer
{
    /// <summary>β, in units of weight²; with ones: in users.</summary>
    [Range(0, double.MaxValue)]
    public float Regularization { get; init; } = 30;

    /// <summary>λ: what an item has to bring beyond the others to get a weight at all. In units of weight²; with ones: in users.</summary>
    [Range(0, double.MaxValue)]
    public float SparsityPenalty { get; init; } = 1;

    /// <summary>False: items may also speak against each other.</summary>
    public bool NonNegative { get; init; } = true;

    /// <summary>How many items may get a weight, those most similar by cosine.</summary>
    [Range(1, int.MaxValue)]
    public int Candidates { get; init; } = 200;

    /// <summary>True: an interaction counts with the weight of its events, in training and in scoring; false: it counts as 1.</summary>
    public bool EventWeights { get; init; }

    /// <summary>Passes over an item's candidates, at most.</summary>
    [Range(1, int.MaxValue)]
    public int Sweeps { get; init; } = 100;

    /// <summary>An item is done when a pass changed no weight w(k) by more than this times |x(j)| / |x(k)|.</summary>
    [Range(0, 1, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public float Tolerance { get; init; } = 0.01f;

    public TrainerSummary Summary => new(
        "slim", "each item regressed on a few others, sparse and positive", "items that users share",
        "sum over users of (items of the user)², items · candidates²",
        Capabilities.Personal | Capabilities.Explains);

    internal static SearchSpace Space { get; } = SearchSpace.Of<Slim>(
        null, ("regularization", "1..1000:log"), ("sparsityPenalty", "0.03..10:log"));

    private const int BlockItems = 16;

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        OptionCheck.Check(this);
        var byItem = ItemWeights.Observed(interactions.ByItem, EventWeights);
        int items = interactions.Items.Count, done = 0;
        var gram = SparseProduct.Of(byItem, context.Workers, context.Cancellation) ?? throw TooManyPairs(items);
        var norms = CandidateItems.NormsOf(gram);
        var weights = new WeightRow[items];
        int count = Math.Min(Candidates, Math.Max(1, items - 1));
        Blocks.ForEach(items, BlockItems, context.Workers, () => new Descent(this, gram, norms, count), (_, first, end, descent) =>
        {
            for (int item = first; item < end; item++) weights[item] = descent.Solve(item);
            context.ReportBlock(ref done, end - first, items, "item");
        }, context.Cancellation);
        return ItemWeights.OfTargets(interactions.Items, EventWeights, weights, items);
    }

    internal static IModel Load(TensorFile file, Vocabulary items) => ItemWeights.Load(file, items);

    internal static InputException TooManyPairs(int items) => new(
        $"Of {items} items more than {Array.MaxLength} pairs share a user, which is more than can be kept; leave out rare items or the " +
        $"users with the most items.");

    /// <summary>Coordinate descent for one item at a time. Scratch memory of one thread.</summary>
    private sealed class Descent(Slim options, SparseMatrix gram, float[] norms, int count)
    {
        private readonly CandidateItems _candidates = new(gram, norms, count);
        private readonly float[] _gradient = new float[count], _weights = new float[count];

        public WeightRow Solve(int item)
        {
            var candidates = _candidates.Choose(item);
            var weights = _weights.AsSpan(0, candidates.Length);
            weights.Clear();
            _candidates.With.CopyTo(_gradient);
            for (int sweep = 0; sweep < options.Sweeps; sweep++)
                if (Sweep(candidates, weights) <= options.Tolerance * norms[item]) break;
            return WeightRow.Largest(candidates, weights, weights.Length);
        }

        /// <returns>The largest change of a weight, times its item's norm.</returns>
        private float Sweep(ReadOnlySpan<int> candidates, Span<float> weights)
        {
            float largest = 0;
            var gradients = _gradient.AsSpan(0, weights.Length);
            for (int n = 0; n < weights.Length; n++)
            {
                float old = weights[n], gradient = gradients[n];
                if (old == 0 && (options.NonNegative ? gradient : Math.Abs(gradient)) <= options.SparsityPenalty) continue;
                var row = _candidates.Among.Row(n)[..weights.Length];
                float target = gradient + (row[n] * old);
                float shrunk = Math.Max(0, Math.Abs(target) - options.SparsityPenalty) / (row[n] + options.Regularization);
                weights[n] = target > 0 ? shrunk : options.NonNegative ? 0 : -shrunk;
                if (weights[n] == old) continue;
                Kernels.AddScaled(old - weights[n], row, gradients);
                largest = Math.Max(largest, Math.Abs(weights[n] - old) * norms[candidates[n]]);
            }
            return largest;
        }
    }
}
