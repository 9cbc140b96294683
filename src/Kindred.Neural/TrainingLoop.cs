using System.Diagnostics;
using Kindred.Models;
using Kindred.Numerics;
using static TorchSharp.torch;

namespace Kindred.Neural;

/// <summary>Makes a model by <see cref="TrainingEpochs"/>, with reports, and with checkpoints of their state.</summary>
internal sealed class TrainingLoop(NeuralTrainer options, ModelTrainingTask task, TrainingContext context, Rng rng)
{
    public IModel Run(Interactions interactions)
    {
        using var scope = NewDisposeScope();
        using var adam = new AdamW(task.Parameters);
        var epochs = new TrainingEpochs(options, task, context, rng);
        var checkpoint = context.Checkpoint is { } folder ? new Checkpoint(folder, options, context.Seed, interactions) : null;
        int done = checkpoint?.Restore(task.Parameters, adam) ?? 0;
        for (int epoch = done + 1; epoch <= options.Epochs; epoch++)
        {
            long start = Stopwatch.GetTimestamp();
            var (loss, tokens) = epochs.Run(epoch, adam);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            context.Progress?.Report(new(epoch, options.Epochs, "epoch", loss) { TokensPerSecond = tokens / seconds });
            bool continues = context.EpochFinished?.Invoke(new(epoch, task.Model)) != false;
            checkpoint?.Write(epoch, task.Parameters, adam);
            if (!continues) break;
        }
        return task.Model();
    }
}
