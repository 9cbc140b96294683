using Kindred.Models;
using Kindred.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Kindred.Neural;

/// <summary>Epochs of mini-batches, for every <see cref="TrainingTask"/> alike: gradients, their limit, the step.</summary>
/// <remarks>
/// A batch is prepared while the one before is computed. Its shards are computed on the context's workers, each by one thread of Torch, and
/// their gradients added up in the order of the shards: the same bits at any number of workers. All chance comes from generators forked by
/// epoch and batch, so the state of a run is its parameters, Adam's two moments and the number of the epoch.
/// Memory: four times the parameters, one time more for each shard of a batch, and what a shard computes for each worker.
/// </remarks>
internal sealed class TrainingEpochs(TrainingSchedule schedule, TrainingTask task, TrainingContext context, Rng rng)
{
    private readonly int _steps = Math.Max(1, Blocks.Count(task.Examples, schedule.BatchSize));

    /// <param name="epoch">From 1.</param>
    /// <returns>The mean loss of a target, and the positions that were computed.</returns>
    public (double Loss, long Tokens) Run(int epoch, AdamW adam)
    {
        set_num_threads(1);
        int[] order = [.. Enumerable.Range(0, task.Examples)];
        rng.Fork("order", epoch).Shuffle<int>(order);
        double loss = 0;
        long targets = 0, tokens = 0;
        task.BeginEpoch();
        var next = PrepareLater(0);
        for (int first = 0; first < order.Length; first += schedule.BatchSize)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var shards = next.GetAwaiter().GetResult();
            next = PrepareLater(first + schedule.BatchSize);
            int batch = first / schedule.BatchSize, count = shards.Sum(shard => shard.Targets);
            if (count == 0) continue;
            loss += Step(shards, count, epoch, batch, adam);
            targets += count;
            tokens += shards.Sum(shard => (long)shard.Tokens);
        }
        return (loss / Math.Max(1, targets), tokens);

        Task<IReadOnlyList<Shard>> PrepareLater(int from) => from >= order.Length
            ? Task.FromResult<IReadOnlyList<Shard>>([])
            : Task.Run(() => task.Prepare(
                order.AsSpan(from, Math.Min(schedule.BatchSize, order.Length - from)),
                rng.Fork("batch", epoch, from / schedule.BatchSize)));
    }

    /// <returns>The loss summed over the targets.</returns>
    private double Step(IReadOnlyList<Shard> shards, int targets, int epoch, int batch, AdamW adam)
    {
        var gradients = new IList<Tensor>[shards.Count];
        double[] losses = new double[shards.Count];
        Blocks.ForEach(shards.Count, 1, context.Workers, (n, _) =>
        {
            using var scope = NewDisposeScope();
            using var dropout = new Dropout(schedule.Dropout, rng.Fork("dropout", ((long)epoch << 32) + batch, n), task.Parameters.Device);
            var loss = task.Loss(shards[n], dropout);
            losses[n] = loss.item<float>();
            gradients[n] = autograd.grad([loss.Times(1.0 / targets)], [.. task.Parameters.Tensors], allow_unused: true);
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
            ClipGradients(sums);
            adam.Step([.. sums], ((long)(epoch - 1) * _steps) + batch + 1, schedule.RateAt(((epoch - 1L) * _steps) + batch + 1, _steps),
                schedule.Regularization);
            foreach (var sum in sums) sum.Dispose();
        }
        return losses.Sum();
    }

    // all gradients together are a vector no longer than the limit
    private void ClipGradients(IList<Tensor> gradients)
    {
        if (schedule.GradientLimit == 0) return;
        double squares = 0;
        foreach (var gradient in gradients)
        {
            using var norm = gradient.norm();
            squares += Math.Pow(norm.item<float>(), 2);
        }
        double length = Math.Sqrt(squares);
        if (length > schedule.GradientLimit)
            foreach (var gradient in gradients) gradient.Scale(schedule.GradientLimit / length);
    }
}
