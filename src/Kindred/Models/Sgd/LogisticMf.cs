using System.ComponentModel.DataAnnotations;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Sampling;
using Kindred.Models.Sgd;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred;

/// <summary>
/// Factors whose inner product is the log-odds that a user touches an item.
/// C. Johnson, "Logistic Matrix Factorization for Implicit Feedback Data", NIPS workshop on Distributed Machine Learning and Matrix
/// Computations 2014, eq. 2–4.
/// </summary>
/// <remarks>
///   X [users, d], Y [items, d]; s = x(u)·y(i), the last two dimensions of which are the user's and the item's bias; σ the logistic
/// function
///   minimize  Σ observed α·weight·−ln σ(s) + Σ unobserved −ln σ(−s) + λ/2·(|x(u)|² + |y(i)|²)
///   x ← x + rate·(g·y(i) − λ·x), y(i) ← y(i) + rate·(g·x − λ·y(i)), g = α·w·σ(−s) where observed, −σ(s) where not
/// Deviations: NegativeCount unobserved items are drawn for each observed one, instead of summing over all; they count alike, so that the
/// scores are log-odds up to a constant. The paper's (1 + α·weight) for an observed pair is α·weight: one of it is its unobserved share.
/// Adagrad has one rate for each row, and the penalty is on drawn rows alone.
/// Cost of an epoch: interactions · (1 + NegativeCount) steps of about 8·d flops. Memory: (users + items)·d floats.
/// </remarks>
public sealed record LogisticMf : SgdTrainer
{
    /// <summary>Unobserved items drawn for each observed one.</summary>
    [Range(1, int.MaxValue)]
    public int NegativeCount { get; init; } = 5;

    /// <summary>α: how much more an observed pair counts than one that is not.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float ConfidenceScale { get; init; } = 1;

    public override TrainerSummary Summary => new(
        "logistic-mf", "factors whose score is the log-odds of a touch", "events", "interactions · negatives · d",
        Capabilities.Personal | Capabilities.Embeds | Capabilities.FoldsItemsIn | Capabilities.Incremental | Capabilities.Epochs);

    internal static SearchSpace Space { get; } = SearchSpace.Of<LogisticMf>("dimensions",
        ("dimensions", "16|32|64|128"), ("epochs", "5..60:log"), ("learningRate", "0.01..0.5:log"), ("regularization", "0.0005..0.1:log"),
        ("negativeCount", "2..32:log"), ("negativeExponent", "0..1"));

    internal override BiasColumns Biases => new(Dimensions - 1, Dimensions - 2);

    internal override StratifiedSchedule.Learn CreateLearner(FactorTable rows, ReadOnlyMemory<int> popularity) => (block, rng) =>
        Learn(block, rows, rng);

    private (double Loss, long Steps) Learn(PairBlock block, FactorTable rows, Rng rng)
    {
        double loss = 0;
        foreach (ref readonly var pair in block.Pairs)
        {
            float confidence = ConfidenceScale * pair.Weight;
            var (missing, logLoss) = Logistic.Of(rows.Score(pair.User, pair.Item));
            loss += confidence * logLoss;
            rows.StepPoint(pair.User, pair.Item, confidence * missing);
            for (int n = 0; n < NegativeCount; n++)
            {
                if (!block.TryDraw(pair, rng, out int other)) continue;
                (missing, logLoss) = Logistic.Of(-rows.Score(pair.User, other));
                loss += logLoss;
                rows.StepPoint(pair.User, other, -missing);
            }
        }
        return (loss, block.Pairs.Length);
    }
}
