using System.ComponentModel.DataAnnotations;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Sampling;
using Kindred.Models.Sgd;
using Kindred.Numerics;
using Kindred.Numerics.Sgd;
using Kindred.Storage;

namespace Kindred;

/// <summary>
/// Factors that rank an observed item above an unobserved one.
/// S. Rendle, C. Freudenthaler, Z. Gantner, L. Schmidt-Thieme, "BPR: Bayesian Personalized Ranking from Implicit Feedback", UAI 2009, §4–5.
/// </summary>
/// <remarks>
///   X [users, d], Y [items, d]; m = x(u)·(y(i) − y(j)), i observed, j drawn among the unobserved; σ the logistic function
///   minimize  Σ weight·−ln σ(m) + λ/2·(|x(u)|² + |y(i)|² + |y(j)|²)
///   x ← x + rate·(w·σ(−m)·(y(i) − y(j)) − λ·x),  y(i) ← y(i) + rate·(w·σ(−m)·x − λ·y(i)),  y(j) ← y(j) − rate·(w·σ(−m)·x + λ·y(j))
/// Drawing the best-scoring of several candidates for j is the dynamic negative sampling of W. Zhang, T. Chen, J. Wang, Y. Yu, "Optimizing
/// Top-N Collaborative Filtering via Dynamic Negative Item Sampling", SIGIR 2013. Unlike the paper, an epoch visits every observed pair
/// once, in the order of <see cref="StratifiedSchedule"/>, and one λ serves all.
/// Cost of an epoch: interactions · NegativeCount steps of about 12·d flops. Memory: (users + items)·d floats.
/// </remarks>
public sealed record Bpr : SgdTrainer, IDataDefaults
{
    public Bpr() => (AdaptiveRate, LearningRate, Regularization) = (false, null, null);

    /// <summary>Steps for each observed pair in an epoch, each with another negative.</summary>
    [Range(1, int.MaxValue)]
    public int NegativeCount { get; init; } = 1;

    /// <summary>A negative is the best-scoring one of so many draws; 1, as in the paper: any, which is quicker and clearly worse.</summary>
    [Range(1, int.MaxValue)]
    public int NegativeCandidates { get; init; } = 16;

    /// <summary>The last dimension is the item's bias.</summary>
    public bool ItemBias { get; init; }

    public override TrainerSummary Summary => new(
        "bpr", "factors that rank what was touched above what was not", "events", "interactions · negatives · d",
        Capabilities.Personal | Capabilities.Embeds | Capabilities.FoldsItemsIn | Capabilities.Incremental | Capabilities.Epochs);

    internal static SearchSpace Space { get; } = SearchSpace.Of<Bpr>("dimensions",
        ("dimensions", "16|32|64|128"), ("epochs", "10..100:log"), ("learningRate", "0.01..0.5:log"), ("regularization", "0.0005..0.1:log"),
        ("negativeCandidates", "1..64:log"), ("itemBias", "false|true"));

    // Where users have few pairs, few steps are made, and what they learn holds for few.
    ITrainer IDataDefaults.For(DataShape data) => this with
    {
        LearningRate = LearningRate ?? DataShape.Rounded(4 / data.PairsPerUser, .04, .3),
        Regularization = Regularization ?? DataShape.Rounded(1 / data.PairsPerUser, .03, .1),
    };

    internal override BiasColumns Biases => ItemBias ? new(Dimensions - 1, -1) : BiasColumns.None;

    internal override StratifiedSchedule.Learn CreateLearner(FactorTable rows, ReadOnlyMemory<int> popularity) => (block, rng) =>
        Learn(block, rows, rng);

    private (double Loss, long Steps) Learn(PairBlock block, FactorTable rows, Rng rng)
    {
        double loss = 0;
        long steps = 0;
        foreach (ref readonly var pair in block.Pairs)
        {
            for (int n = 0; n < NegativeCount; n++)
            {
                if (!TryDraw(block, pair, rows, rng, out int other)) continue;
                var dots = rows.Compare(pair.User, pair.Item, other);
                var (missing, logLoss) = Logistic.Of(dots.Margin);
                loss += pair.Weight * logLoss;
                rows.StepPair(pair.User, pair.Item, other, pair.Weight * missing, dots);
                steps++;
            }
        }
        return (loss, steps);
    }

    private bool TryDraw(PairBlock block, in ObservedPair pair, FactorTable rows, Rng rng, out int hardest)
    {
        if (!block.TryDraw(pair, rng, out hardest)) return false;
        if (NegativeCandidates == 1) return true;
        float best = rows.Score(pair.User, hardest);
        for (int n = 1; n < NegativeCandidates; n++)
        {
            if (!block.TryDraw(pair, rng, out int item)) continue;
            float score = rows.Score(pair.User, item);
            if (score > best) (hardest, best) = (item, score);
        }
        return true;
    }
}
