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
public sealed record Bpr : ISgdTrainer, IIncrementalTrainer
{
    /// <summary>d, the length of an embedding.</summary>
    public int Dimensions { get; init; } = 64;

    public int Epochs { get; init; } = 30;

    public float LearningRate { get; init; } = 0.1f;

    /// <summary>The learning rate of an epoch over that of the epoch before.</summary>
    public float LearningRateDecay { get; init; } = 0.97f;

    /// <summary>λ</summary>
    public float Regularization { get; init; } = 0.01f;

    /// <summary>Steps for each observed pair in an epoch, each with another negative.</summary>
    public int NegativeCount { get; init; } = 1;

    /// <summary>A negative is the best-scoring one of so many draws; 1, as in the paper: any, which is quicker and clearly worse.</summary>
    public int NegativeCandidates { get; init; } = 16;

    /// <summary>β: negatives are drawn in proportion to popularity^β; 0: uniformly.</summary>
    public float NegativeExponent { get; init; }

    /// <summary>Draws only items that existed at the time of the positive: had an event by then. Needs times.</summary>
    public bool ExistingNegatives { get; init; }

    /// <summary>γ: a positive weighs popularity^−γ as much, against the popularity that made it visible; 0: not at all.</summary>
    public float PropensityExponent { get; init; }

    /// <summary>The last dimension is the item's bias.</summary>
    public bool ItemBias { get; init; }

    /// <summary>Adagrad, one rate for each row, instead of plain gradients.</summary>
    public bool AdaptiveRate { get; init; }

    internal static TrainerSummary Summary { get; } = new(
        "factors that rank what was touched above what was not", "events", "interactions · negatives · d",
        Capabilities.Personal | Capabilities.Embeds | Capabilities.FoldsItemsIn | Capabilities.Incremental | Capabilities.Epochs);

    internal static SearchSpace Space { get; } = SearchSpace.Of<Bpr>("dimensions",
        ("dimensions", "16|32|64|128"), ("epochs", "10..100:log"), ("learningRate", "0.01..0.5:log"), ("regularization", "0.0005..0.1:log"),
        ("negativeCandidates", "1..64:log"), ("itemBias", "false|true"));

    SgdOptions ISgdTrainer.Shared => new("bpr", Dimensions, Epochs)
    {
        LearningRate = LearningRate,
        LearningRateDecay = LearningRateDecay,
        Regularization = Regularization,
        Adaptive = AdaptiveRate,
        NegativeCount = NegativeCount,
        NegativeExponent = NegativeExponent,
        ExistingNegatives = ExistingNegatives,
        PropensityExponent = PropensityExponent,
        ItemBias = ItemBias,
    };

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        Check();
        return SgdTraining.Train(this, interactions, context);
    }

    public IModel ContinueFrom(IModel model, Interactions interactions, TrainingContext context)
    {
        Check();
        return SgdTraining.ContinueFrom(this, model, interactions, context);
    }

    internal static IModel Load(TensorFile file, Vocabulary items) => SgdModel.Load("bpr", file, items);

    private void Check()
    {
        if (NegativeCandidates < 1) throw new InputException($"NegativeCandidates must be >= 1, was {NegativeCandidates}.");
    }

    StratifiedSchedule.Learn ISgdTrainer.CreateLearner(FactorTable rows, ReadOnlyMemory<int> popularity) => (block, rng) => Learn(block, rows, rng);

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
