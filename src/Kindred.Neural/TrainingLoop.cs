using System.Diagnostics;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Kindred.Neural;

/// <summary>Epochs of mini-batches, for every <see cref="Learner"/> alike: gradients, their limit, the step, reports, checkpoints.</summary>
/// <remarks>
/// A batch is prepared while the one before is computed. Its shards are computed on the context's workers, each by one thread of Torch, and
/// their gradients added up in the order of the shards: the same bits at any number of workers. All chance comes from generators forked by
/// epoch and batch, so the state of a run is its parameters, Adam's two moments and the number of the epoch: what a checkpoint keeps.
/// Memory: four times the parameters, one time more for each shard of a batch, and what a shard computes for each worker.
/// </remarks>
internal sealed class TrainingLoop(NeuralTrainer options, Learner learner, TrainingContext context, Rng rng)
{
    private readonly int _steps = Math.Max(1, Blocks.Count(learner.Examples, options.BatchSize));

    public IModel Run(Interactions interactions)
    {
        set_num_threads(1);
        using var scope = NewDisposeScope();
        using var adam = new AdamW(learner.Parameters);
        var checkpoint = context.Checkpoint is { } folder ? new Checkpoint(folder, options, context.Seed, interactions) : null;
        int done = checkpoint?.Restore(learner.Parameters, adam) ?? 0;
        for (int epoch = done + 1; epoch <= options.Epochs; epoch++)
        {
            long start = Stopwatch.GetTimestamp();
            var (loss, tokens) = RunEpoch(epoch, adam);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            context.Progress?.Report(new(epoch, options.Epochs, "epoch", loss) { TokensPerSecond = tokens / seconds });
            bool goesOn = context.EpochFinished?.Invoke(new(epoch, learner.Model)) != false;
            checkpoint?.Write(epoch, learner.Parameters, adam);
            if (!goesOn) break;
        }
        return learner.Model();
    }

    /// <returns>The mean loss of a target, and the positions that were computed.</returns>
    private (double Loss, long Tokens) RunEpoch(int epoch, AdamW adam)
    {
        int[] order = [.. Enumerable.Range(0, learner.Examples)];
        rng.Fork("order", epoch).Shuffle<int>(order);
        double loss = 0;
        long targets = 0, tokens = 0;
        var next = PrepareLater(0);
        for (int first = 0; first < order.Length; first += options.BatchSize)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var shards = next.GetAwaiter().GetResult();
            next = PrepareLater(first + options.BatchSize);
            int batch = first / options.BatchSize, count = shards.Sum(shard => shard.Targets);
            if (count == 0) continue;
            loss += Step(shards, count, epoch, batch, adam);
            targets += count;
            tokens += shards.Sum(shard => (long)shard.Tokens);
        }
        return (loss / Math.Max(1, targets), tokens);

        Task<IReadOnlyList<Shard>> PrepareLater(int from) => from >= order.Length
            ? Task.FromResult<IReadOnlyList<Shard>>([])
            : Task.Run(() => learner.Prepare(
                order.AsSpan(from, Math.Min(options.BatchSize, order.Length - from)), rng.Fork("batch", epoch, from / options.BatchSize)));
    }

    /// <returns>The loss summed over the targets.</returns>
    private double Step(IReadOnlyList<Shard> shards, int targets, int epoch, int batch, AdamW adam)
    {
        var gradients = new IList<Tensor>[shards.Count];
        double[] losses = new double[shards.Count];
        Blocks.ForEach(shards.Count, 1, context.Workers, (n, _) =>
        {
            using var scope = NewDisposeScope();
            using var dropout = new Dropout(options.Dropout, rng.Fork("dropout", ((long)epoch << 32) + batch, n), learner.Parameters.Device);
            var loss = learner.Loss(shards[n], dropout);
            losses[n] = loss.item<float>();
            gradients[n] = autograd.grad([loss.Times(1.0 / targets)], [.. learner.Parameters.Tensors], allow_unused: true);
            foreach (var gradient in gradients[n]) gradient?.DetachFromDisposeScope();
        }, context.Cancellation);

        using (no_grad())
        {
            var sums = gradients[0];
            foreach (var others in gradients.Skip(1))
                for (int p = 0; p < sums.Count; p++)
                {
                    sums[p].Add(others[p]);
                    others[p].Dispose();
                }
            Shorten(sums);
            adam.Step([.. sums], ((long)(epoch - 1) * _steps) + batch + 1, options.RateAt(((epoch - 1L) * _steps) + batch + 1, _steps), options.Regularization);
            foreach (var sum in sums) sum.Dispose();
        }
        return losses.Sum();
    }

    // all gradients together are a vector no longer than the limit
    private void Shorten(IList<Tensor> gradients)
    {
        if (options.GradientLimit == 0) return;
        double squares = 0;
        foreach (var gradient in gradients)
        {
            using var norm = gradient.norm();
            squares += Math.Pow(norm.item<float>(), 2);
        }
        double length = Math.Sqrt(squares);
        if (length > options.GradientLimit)
            foreach (var gradient in gradients) gradient.Scale(options.GradientLimit / length);
    }
}
