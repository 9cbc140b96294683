using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Neural;

/// <summary>A trainer that learns by automatic differentiation: what these trainers share. Each adds its own options and its task.</summary>
public abstract record NeuralTrainer : TrainingSchedule, IResumableTrainer
{
    private protected NeuralTrainer() { }

    /// <summary>d, the length of an embedding.</summary>
    public int Dimensions { get; init; } = 64;

    public abstract TrainerSummary Summary { get; }

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        Check();
        context.Cancellation.ThrowIfCancellationRequested();
        var rng = new Rng((ulong)context.Seed).Fork(Summary.Name);
        using var task = CreateTask(interactions, context, rng);
        return new TrainingLoop(this, task, context, rng).Run(interactions);
    }

    /// <param name="rng">For the first values of the parameters.</param>
    private protected abstract ModelTrainingTask CreateTask(Interactions interactions, TrainingContext context, Rng rng);

    /// <exception cref="InputException">An option is out of range.</exception>
    private protected virtual void Check()
    {
        if (Epochs < 1) throw new InputException($"Epochs must be >= 1, was {Epochs}.");
        if (BatchSize < 1) throw new InputException($"BatchSize must be >= 1, was {BatchSize}.");
        if (!(LearningRate > 0 && float.IsFinite(LearningRate))) throw new InputException($"LearningRate must be > 0, was {LearningRate}.");
        if (!(WarmUpEpochs >= 0 && float.IsFinite(WarmUpEpochs))) throw new InputException($"WarmUpEpochs must be >= 0, was {WarmUpEpochs}.");
        if (!(FinalLearningRate is >= 0 and <= 1)) throw new InputException($"FinalLearningRate must be in 0..1, was {FinalLearningRate}.");
        if (!(Regularization >= 0 && float.IsFinite(Regularization))) throw new InputException($"Regularization must be >= 0, was {Regularization}.");
        if (!(GradientLimit >= 0 && float.IsFinite(GradientLimit))) throw new InputException($"GradientLimit must be >= 0, was {GradientLimit}.");
        if (!(Dropout is >= 0 and < 1)) throw new InputException($"Dropout must be in 0..1 and below 1, was {Dropout}.");
        if (Dimensions < 1) throw new InputException($"Dimensions must be >= 1, was {Dimensions}.");
    }
}
