using Kindred.Data;

namespace Kindred.Models;

/// <summary>Learns a model. A trainer <i>is</i> its hyper-parameters: an immutable record.</summary>
public interface ITrainer
{
    /// <exception cref="InputException">A hyper-parameter is out of range, or the data cannot train this model.</exception>
    /// <exception cref="OperationCanceledException">Cancelled through the context.</exception>
    IModel Train(Interactions interactions, TrainingContext context);
}

/// <summary>What a training run may use: its seed, its workers, its way to report and to stop.</summary>
public sealed record TrainingContext
{
    public int Seed { get; init; }

    /// <summary>Threads. Changes the time, never the result.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    public IProgress<TrainingProgress>? Progress { get; init; }

    public CancellationToken Cancellation { get; init; }
}

/// <summary>Where a training run stands.</summary>
/// <param name="Done">Steps finished, of <paramref name="Total"/>.</param>
/// <param name="Step">What a step is, singular: "epoch", "item".</param>
/// <param name="Loss">The value being minimized, where there is one.</param>
public readonly record struct TrainingProgress(int Done, int Total, string Step, double? Loss = null);
