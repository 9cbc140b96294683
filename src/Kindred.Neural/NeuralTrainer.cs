using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Neural;

/// <summary>What the trainers have in common that learn by automatic differentiation: the options of <see cref="TrainingEpochs"/>.</summary>
public abstract record NeuralTrainer : IResumableTrainer
{
    public int Epochs { get; init; } = 30;

    /// <summary>Examples behind each step.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>The highest; it is reached after <see cref="WarmUpEpochs"/>.</summary>
    public float LearningRate { get; init; } = 0.001f;

    /// <summary>Epochs, or parts of one, in which the learning rate grows from 0.</summary>
    public float WarmUpEpochs { get; init; } = 1;

    /// <summary>The learning rate of the last step over the highest; between them it falls along a cosine. 1: it stays.</summary>
    public float FinalLearningRate { get; init; } = 1;

    /// <summary>λ: weight decay.</summary>
    public float Regularization { get; init; }

    /// <summary>Gradients longer than this are shortened to it; 0: never.</summary>
    public float GradientLimit { get; init; } = 5;

    /// <summary>The share of values that are set to zero while learning.</summary>
    public float Dropout { get; init; } = 0.2f;

    internal TrainingSchedule Schedule => new(Epochs, BatchSize, LearningRate)
    {
        WarmUpEpochs = WarmUpEpochs,
        FinalLearningRate = FinalLearningRate,
        Regularization = Regularization,
        GradientLimit = GradientLimit,
        Dropout = Dropout,
    };

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        Check();
        context.Cancellation.ThrowIfCancellationRequested();
        var rng = new Rng((ulong)context.Seed).Fork(TrainerCatalog.NameOf(this));
        using var learner = CreateLearner(interactions, context, rng);
        return new TrainingLoop(this, learner, context, rng).Run(interactions);
    }

    /// <param name="rng">For the first values of the parameters.</param>
    private protected abstract ModelTrainingTask CreateLearner(Interactions interactions, TrainingContext context, Rng rng);

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
    }
}
