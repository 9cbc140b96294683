using Kindred.Models;

namespace Kindred;

/// <summary>A trainer alone: <c>new ItemKnn().Train(data)</c>.</summary>
public static class TrainerExtensions
{
    /// <summary>Learns a model, with seed 0 and all processors.</summary>
    /// <exception cref="InputException">A hyper-parameter is out of range, or the data cannot train this model.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IModel Train(this ITrainer trainer, Interactions data, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(data);
        return trainer.Train(data, new TrainingContext { Cancellation = cancellationToken });
    }
}
