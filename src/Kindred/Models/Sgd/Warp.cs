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
/// Factors that correct an observed item by how deep in the list it seems to be.
/// J. Weston, S. Bengio, N. Usunier, "WSABIE: Scaling Up To Large Vocabulary Image Annotation", IJCAI 2011, §4: the WARP loss.
/// </summary>
/// <remarks>
///   X [users, d], Y [items, d]; for an observed (u, i): draw unobserved items j until x·y(j) > x·y(i) − 1, at most NegativeCount times
///   N draws were needed: the rank of i is about ⌊(items − 1) / N⌋, and L(rank) = Σ n = 1…rank: 1/n
///   step along the gradient of weight·L(rank)·(1 − x·y(i) + x·y(j)) + λ/2·(|x|² + |y(i)|² + |y(j)|²)
/// Deviations: the paper bounds the length of each row, here λ holds it; L is divided by L(items), so that a step is at most 1 for any
/// number of items; an epoch visits every observed pair once, in the order of <see cref="StratifiedSchedule"/>.
/// Cost of an epoch: interactions · (draws + 1) inner products; draws grow as the model gets better. Memory: (users + items)·d floats.
/// </remarks>
public sealed record Warp : SgdTrainer, IDataDefaults
{
    public Warp() => (Epochs, LearningRate, Regularization) = (20, 0.1f, null);

    /// <summary>Draws, at most, for an item that is ranked too high; none found: the pair is learned.</summary>
    [Range(1, int.MaxValue)]
    public int NegativeCount { get; init; } = 64;

    /// <summary>The last dimension is the item's bias.</summary>
    public bool ItemBias { get; init; }

    public override TrainerSummary Summary => new(
        "warp", "factors that correct an item by how deep in the list it is", "events", "interactions · draws · d",
        Capabilities.Personal | Capabilities.Embeds | Capabilities.FoldsItemsIn | Capabilities.Incremental | Capabilities.Epochs);

    internal static SearchSpace Space { get; } = SearchSpace.Of<Warp>("dimensions",
        ("dimensions", "16|32|64|128"), ("epochs", "5..60:log"), ("learningRate", "0.01..0.5:log"), ("regularization", "0.003..0.5:log"),
        ("negativeCount", "8..256:log"), ("itemBias", "false|true"));

    ITrainer IDataDefaults.For(DataShape data) => this with
    {
        Regularization = Regularization ?? DataShape.Rounded(.8 / Math.Sqrt(data.PairsPerUser), .1, .4),
    };

    internal override BiasColumns Biases => ItemBias ? new(Dimensions - 1, -1) : BiasColumns.None;

    internal override StratifiedSchedule.Learn CreateLearner(FactorTable rows, ReadOnlyMemory<int> popularity)
    {
        double[] losses = RankLosses(rows.Y.Rows);
        return (block, rng) => Learn(block, rows, losses, rng);
    }

    private (double Loss, long Steps) Learn(PairBlock block, FactorTable rows, double[] losses, Rng rng)
    {
        double loss = 0;
        int others = (block.Negatives.Items.Length * block.Parts) - 1;
        foreach (ref readonly var pair in block.Pairs)
        {
            for (int draws = 1; draws <= NegativeCount; draws++)
            {
                if (!block.TryDraw(pair, rng, out int other)) break;
                var dots = rows.Compare(pair.User, pair.Item, other);
                if (dots.Margin >= 1) continue;
                float share = pair.Weight * (float)losses[Math.Clamp(others / draws, 1, losses.Length - 1)];
                loss += share * (1 - dots.Margin);
                rows.StepPair(pair.User, pair.Item, other, share, dots);
                break;
            }
        }
        return (loss, block.Pairs.Length);
    }

    // [items + 1]: L(rank) / L(items)
    private static double[] RankLosses(int items)
    {
        var losses = new double[Math.Max(2, items + 1)];
        for (int rank = 1; rank < losses.Length; rank++) losses[rank] = losses[rank - 1] + (1.0 / rank);
        double last = losses[^1];
        foreach (ref double loss in losses.AsSpan()) loss /= last;
        return losses;
    }
}
