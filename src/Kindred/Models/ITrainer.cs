using System.Diagnostics.CodeAnalysis;

namespace Kindred.Models;

/// <summary>Learns a model. A trainer <i>is</i> its hyper-parameters: an immutable record; see <see cref="TrainerOptions"/>.</summary>
[DynamicallyAccessedMembers(TrainerOptions.Kept)]
public interface ITrainer
{
    /// <summary>Its name, and what it is good for.</summary>
    TrainerSummary Summary { get; }

    /// <exception cref="InputException">A hyper-parameter is out of range, or the data cannot train this model.</exception>
    /// <exception cref="OperationCanceledException">Cancelled through the context.</exception>
    IModel Train(Interactions interactions, TrainingContext context);
}

/// <summary>A trainer that says before any training, of it and of others, that the data lack something.</summary>
internal interface IDemandingTrainer : ITrainer
{
    /// <exception cref="InputException">The data cannot train this model.</exception>
    void CheckFor(Interactions interactions);
}

/// <summary>A trainer that can continue from a model when events, users and items have come in, instead of beginning anew.</summary>
public interface IIncrementalTrainer : ITrainer
{
    /// <param name="model">Of the same trainer and of the same shape; not changed.</param>
    /// <param name="interactions">
    /// All events to learn from, the old ones among them. Old ids keep their place: the vocabularies begin with those of the model's
    /// training data.
    /// </param>
    /// <exception cref="InputException">The model is of another kind or shape, or its ids are not at the beginning of the
    /// vocabularies.</exception>
    IModel ContinueFrom(IModel model, Interactions interactions, TrainingContext context);
}

/// <summary>
/// A trainer that keeps its state after each epoch, where <see cref="TrainingContext.Checkpoint"/> says, and continues from it.
/// </summary>
public interface IResumableTrainer : ITrainer;

/// <summary>What a training run may use: its seed, its workers, its way to report and to stop.</summary>
public sealed record TrainingContext
{
    public int Seed { get; init; }

    /// <summary>Threads. Changes the time, never the result.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Where trainers compute that can choose: <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>
    /// The folder of an <see cref="IResumableTrainer"/>'s state; null: none is kept. A run that was killed at any moment continues from its
    /// last whole epoch and ends with the same model.
    /// </summary>
    public string? Checkpoint { get; init; }

    public IProgress<TrainingProgress>? Progress { get; init; }

    public CancellationToken Cancellation { get; init; }

    /// <summary>
    /// Called by iterative trainers after each epoch, in order; false: stop here, as if this had been the last one. Whoever listens can
    /// measure each model, stop when it gets no better, or keep it in case the run is cancelled.
    /// </summary>
    public Func<FinishedEpoch, bool>? EpochFinished { get; init; }

    /// <summary>Reports a block of steps that any worker finished, where a hundredth of all is full.</summary>
    /// <param name="done">Steps finished by all workers; the block's are added.</param>
    internal void ReportBlock(ref int done, int count, int total, string step)
    {
        int soFar = Interlocked.Add(ref done, count);
        if (soFar * 100L / total != (soFar - count) * 100L / total) Progress?.Report(new(soFar, total, step));
    }
}

/// <summary>An epoch of a training run.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Model">Makes the model as it is after this epoch; a later epoch does not change it. Only to be called while being
/// told.</param>
public readonly record struct FinishedEpoch(int Number, Func<IModel> Model);

/// <summary>Where a training run stands.</summary>
/// <param name="Done">Steps finished, of <paramref name="Total"/>.</param>
/// <param name="Step">What a step is, singular: "epoch", "item".</param>
/// <param name="Loss">The value being minimized, where there is one.</param>
/// <param name="Validation">What the model of this step is worth on data it has not seen, where that is measured.</param>
public readonly record struct TrainingProgress(int Done, int Total, string Step, double? Loss = null, Validation? Validation = null)
{
    /// <summary>What is being done, such as "Training item-knn", where several things are done one after the other; null: it is the only
    /// one.</summary>
    public string? Activity { get; init; }

    /// <summary>Positions of sequences, or rows, that the step computed in a second; null: not counted.</summary>
    public double? TokensPerSecond { get; init; }
}

/// <param name="Metric">Its name, such as "NDCG@10".</param>
/// <param name="BestStep">The step of the best value so far.</param>
public readonly record struct Validation(string Metric, double Value, int BestStep);
