using Kindred.Models;
using Kindred.Numerics;
using TorchSharp;

namespace Kindred.Neural;

/// <summary>What <see cref="TrainingEpochs"/> trains: parameters, batches and their loss. Each model has its own.</summary>
internal abstract class TrainingTask(ParameterSet parameters) : IDisposable
{
    public ParameterSet Parameters => parameters;

    /// <summary>What an epoch passes once, in an order of its own.</summary>
    public abstract int Examples { get; }

    /// <summary>Called before the first batch of an epoch is prepared.</summary>
    public virtual void BeginEpoch() { }

    /// <summary>
    /// Called off the training thread: gathers a batch and draws its negatives, and cuts it into shards that are computed at once.
    /// </summary>
    /// <param name="examples">[batch], 0 … <see cref="Examples"/> − 1.</param>
    public abstract IReadOnlyList<Shard> Prepare(ReadOnlySpan<int> examples, Rng rng);

    /// <returns>The loss summed over the shard's targets, a scalar. Called from several threads.</returns>
    public abstract torch.Tensor Loss(Shard shard, Dropout dropout);

    public void Dispose() => parameters.Dispose();
}

/// <summary>What <see cref="TrainingLoop"/> trains.</summary>
internal abstract class ModelTrainingTask(ParameterSet parameters) : TrainingTask(parameters)
{
    /// <returns>The model as it is now.</returns>
    public abstract IModel Model();
}

/// <summary>A part of a batch: cut by data and never by thread, so that gradients add up in the same order whoever computed them.</summary>
/// <param name="Targets">What the loss is averaged over.</param>
/// <param name="Tokens">Positions that are computed, for the report of speed.</param>
internal abstract record Shard(int Targets, int Tokens);
