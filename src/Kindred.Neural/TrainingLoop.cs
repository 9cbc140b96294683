using System.Diagnostics;
using Kindred.Models;
using Kindred.Numerics;
using static TorchSharp.torch;

namespace Kindred.Neural;

/// <summary>Makes a model by <see cref="TrainingEpochs"/>, with reports, and with checkpoints of their state.</summary>
internal sealed class TrainingLoop(NeuralTrainer options, ModelTrainingTask learner, TrainingContext context, Rng rng)
{
    public IModel Run(Interactions interactions)
    {
        using var scope = NewDisposeScope();
        using var adam = new AdamW(learner.Parameters);
        var epochs = new TrainingEpochs(options.Schedule, learner, context, rng);
        var checkpoint = context.Checkpoint is { } folder ? new Checkpoint(folder, options, context.Seed, interactions) : null;
        int done = checkpoint?.Restore(learner.Parameters, adam) ?? 0;
        for (int epoch = done + 1; epoch <= options.Epochs; epoch++)
        {
            long start = Stopwatch.GetTimestamp();
            var (loss, tokens) = epochs.Run(epoch, adam);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            context.Progress?.Report(new(epoch, options.Epochs, "epoch", loss) { TokensPerSecond = tokens / seconds });
            bool goesOn = context.EpochFinished?.Invoke(new(epoch, learner.Model)) != false;
            checkpoint?.Write(epoch, learner.Parameters, adam);
            if (!goesOn) break;
        }
        return learner.Model();
    }
}
