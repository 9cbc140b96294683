using System.ComponentModel.DataAnnotations;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Sampling;
using Kindred.Models.Sgd;
using Kindred.Storage;

namespace Kindred;

/// <summary>
/// Factors that tell an observed item from many others at once, by a softmax over a sample of the catalogue.
/// J. Wu, X. Wang, X. Gao, J. Chen, H. Fu, T. Qiu, "On the Effectiveness of Sampled Softmax Loss for Item Recommendation", TOIS 2024;
/// the correction for how items are sampled: Y. Bengio, J.-S. Senécal, "Adaptive Importance Sampling to Accelerate Training of a Neural
/// Probabilistic Language Model", TNN 2008, and X. Yi et al., "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item
/// Recommendations", RecSys 2019, eq. 3.
/// </summary>
/// <remarks>
///   X [users, d], Y [items, d]; s(u, j) = x·y(j) / T, of rows of length 1 with Cosine; C: items sampled for a batch, m(j) times each
///   minimize  Σ weight·−ln( e^s(u, i) / (e^s(u, i) + Σ j in C, not among u's items: m(j)·e^s(u, j)) ) + λ/2·(|x(u)|² + |y(i)|²)
/// With LogQCorrection s(u, j) is lowered by ln q(j), q the probability of drawing j, on both sides of the fraction.
/// A batch is BatchSize pairs of one block; C is NegativeCount draws and, with InBatchNegatives, the positives of the batch. All pairs
/// of a batch share C, so that scores and gradients are products of matrices: 6·BatchSize·(NegativeCount + BatchSize)·d flops. Their
/// gradients are taken at the same point and applied in order, users, then items. Blocks without a common row are learned from at once,
/// see <see cref="StratifiedSchedule"/>. Deviation: own items of the user are never their negatives, wherever they come from.
/// </remarks>
public sealed record SampledSoftmax : SgdTrainer
{
    public SampledSoftmax() => (Epochs, Regularization) = (15, 0.0001f);

    /// <summary>Observed pairs that share their negatives.</summary>
    [Range(1, int.MaxValue)]
    public int BatchSize { get; init; } = 256;

    /// <summary>Items drawn for each batch; 0: the positives of the batch alone, with InBatchNegatives.</summary>
    [Range(0, int.MaxValue)]
    public int NegativeCount { get; init; } = 512;

    /// <summary>The positives of the batch are negatives of the others, so that popular items are so more often.</summary>
    public bool InBatchNegatives { get; init; }

    /// <summary>Corrects for how often items are drawn, so that sampling popular ones more often does not punish them.</summary>
    public bool LogQCorrection { get; init; } = true;

    /// <summary>T: the smaller, the more the hardest negatives count.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float Temperature { get; init; } = 0.15f;

    /// <summary>Scores are cosines of embeddings instead of inner products: a popular item cannot win by its length.</summary>
    public bool Cosine { get; init; } = true;

    public override TrainerSummary Summary => new(
        "sampled-softmax", "factors that tell an item from many others at once", "events", "interactions · negatives of a batch · d",
        Capabilities.Personal | Capabilities.Embeds | Capabilities.FoldsItemsIn | Capabilities.Incremental | Capabilities.Epochs);

    internal static SearchSpace Space { get; } = SearchSpace.Of<SampledSoftmax>("dimensions",
        ("dimensions", "16|32|64|128"), ("epochs", "5..60:log"), ("learningRate", "0.01..0.5:log"), ("temperature", "0.05..0.5:log"),
        ("negativeExponent", "0..1"), ("inBatchNegatives", "false|true"));

    internal override bool HasUnitLength => Cosine;

    internal override float ScoreUnit => Temperature;

    internal override int LeastPartItems => Math.Max(base.LeastPartItems, 2 * NegativeCount);

    internal override StratifiedSchedule.Learn CreateLearner(FactorTable rows, ReadOnlyMemory<int> popularity) =>
        new SoftmaxBatch(this, rows, popularity).Learn;

    internal override void Check()
    {
        base.Check();
        if (NegativeCount == 0 && !InBatchNegatives)
            throw new InputException("negativeCount must be at least 1 without inBatchNegatives, was 0.");
    }
}
