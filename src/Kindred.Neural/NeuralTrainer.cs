using System.ComponentModel.DataAnnotations;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Neural;

/// <summary>
/// A trainer that learns by automatic differentiation: what these trainers share. Each adds its own options and its task.
/// </summary>
public abstract record NeuralTrainer : TrainingSchedule, IResumableTrainer
{
    private protected NeuralTrainer() { }

    /// <summary>d, the length of an embedding.</summary>
    [Range(1, int.MaxValue)]
    public int Dimensions { get; init; } = 64;

    public abstract TrainerSummary Summary { get; }

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        Check();
        context.Cancellation.ThrowIfCancellationRequested();
        interactions = interactions.Liked;
        var rng = new Rng((ulong)context.Seed).Fork(Summary.Name);
        using var task = CreateTask(interactions, context, rng);
        return new TrainingLoop(this, task, context, rng).Run(interactions);
    }

    /// <param name="rng">For the first values of the parameters.</param>
    private protected abstract ModelTrainingTask CreateTask(Interactions interactions, TrainingContext context, Rng rng);

    /// <param name="squares">Matrices of d times d numbers.</param>
    /// <exception cref="InputException">The parameters, their gradients and Adam's moments do not fit the memory.</exception>
    private protected static void CheckSize(int dimensions, int rows, int squares) =>
        TableSize.Check(dimensions, rows, 4L * rows, 4 * squares);

    /// <exception cref="InputException">An option is out of range.</exception>
    private protected virtual void Check() => OptionCheck.Check(this);
}
