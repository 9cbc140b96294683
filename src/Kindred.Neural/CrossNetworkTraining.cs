using Kindred.Configuration;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Ranking;
using static TorchSharp.torch;

namespace Kindred.Neural;

/// <summary>
/// Trains a <see cref="CrossNetwork"/> by AdamW on the listwise softmax: Z. Cao et al., "Learning to Rank: From Pairwise Approach to
/// Listwise Approach", ICML 2007, top one. How many epochs are enough is found out on users kept apart; then all of them teach so many
/// epochs.
/// </summary>
/// <remarks>loss of a list = −Σ over what was taken of ln softmax(score) / how much was taken. Same seed, same bits at any number of
/// threads.</remarks>
internal static class CrossNetworkTraining
{
    private const int K = 10; // of the NDCG that is measured

    /// <summary>So many epochs do not learn few lists by heart.</summary>
    private const int EpochsOfFew = 10;

    private const int Patience = 5;

    /// <summary>With fewer than 200 lists nobody is kept apart, and 10 epochs are learned at most.</summary>
    /// <exception cref="InputException">An option cannot be used, or there is nothing to learn from.</exception>
    /// <exception cref="OperationCanceledException">Looked at before each step.</exception>
    public static CrossNetwork Train(CrossNetworkConfig options, RankingExamples examples, TrainingContext context)
    {
        options.Check();
        if (examples.KeepingApart(context.Seed) is not var (training, measured))
            return Learn(options with { Epochs = Math.Min(options.Epochs, EpochsOfFew) }, examples, null, context).Network;
        int best = Learn(options, training, measured, context).BestEpoch;
        return Learn(options with { Epochs = best }, examples, null, context).Network;
    }

    /// <param name="measured">Others, to stop by; null: nothing is measured, and the last epoch is the best.</param>
    private static (CrossNetwork Network, int BestEpoch) Learn(
        CrossNetworkConfig options, RankingExamples examples, RankingExamples? measured, TrainingContext context)
    {
        var rng = new Rng((ulong)context.Seed).Fork("cross network");
        var encoding = RowEncoding.Of(examples);
        using var scope = NewDisposeScope();
        using var task = new CrossNetworkTrainingTask(
            options, examples, encoding, CrossNetworkTrainingTask.Create(options, encoding, rng, Devices.Find(context.Device)));
        using var adam = new AdamW(task.Parameters);
        var epochs = new TrainingEpochs(
            new()
            {
                Epochs = options.Epochs,
                BatchSize = options.BatchSize,
                LearningRate = (float)options.LearningRate,
                Regularization = (float)options.Regularization,
                Dropout = (float)options.Dropout,
            },
            task, context, rng);
        var scores = new double[measured?.Labels.Length ?? 0];
        var (best, bestEpoch) = (double.NegativeInfinity, options.Epochs);
        for (int epoch = 1; epoch <= options.Epochs; epoch++)
        {
            double loss = epochs.Run(epoch, adam).Loss;
            Validation? validation = null;
            if (measured is not null)
            {
                task.Network().Score(measured.Rows, scores);
                double value = GroupedNdcg.Of(measured.Labels, measured.Groups, scores, K);
                if (value > best) (best, bestEpoch) = (value, epoch);
                validation = new($"NDCG@{K}", value, bestEpoch);
            }
            context.Progress?.Report(new(epoch, options.Epochs, "epoch", loss, validation));
            if (measured is not null && epoch - bestEpoch >= Patience) break;
        }
        return (task.Network(), bestEpoch);
    }
}
