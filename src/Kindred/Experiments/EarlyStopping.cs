using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Splitting;

namespace Kindred.Experiments;

/// <summary>
/// Measures an iterative trainer's model after each epoch on data it has not seen, and stops when it gets no better.
/// L. Prechelt, "Early Stopping — But When?", in Neural Networks: Tricks of the Trade, 1998.
/// </summary>
/// <param name="Holdout">Trained on its training part, measured on its other part: one to choose by, not one to report from.</param>
/// <param name="Patience">Epochs in a row that may be no better than the best so far; ≥ 1.</param>
public sealed record EarlyStopping(Holdout Holdout, IMetric Metric, int Patience = 3)
{
    /// <summary>Fills lists up where the model has nothing to say, as when served; null: the model alone.</summary>
    public IRecommender? Fallback { get; init; }

    /// <summary>Trains; cancelling it keeps the best of the epochs that were finished. Progress is reported when an epoch is measured.</summary>
    /// <exception cref="InputException">The trainer has no epochs, or an option does not fit.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before the first epoch was finished.</exception>
    public StoppedTraining Train(ITrainer trainer, TrainingContext context)
    {
        if (Patience < 1) throw new InputException($"Patience must be >= 1, was {Patience}.");
        var losses = new LearningCurve();
        var values = new List<double>();
        (int Epoch, double Value, IModel? Model) best = (0, double.NegativeInfinity, null);
        int sign = Metric.Definition.Better == Better.Lower ? -1 : 1;
        bool wasCancelled = false;
        var latest = new Latest();
        try
        {
            trainer.Train(Holdout.Train, context with
            {
                Progress = losses.PassingOnTo(latest),
                EpochFinished = epoch =>
                {
                    var model = epoch.Model();
                    values.Add(Measure(model, context));
                    if (best.Model is null || sign * values[^1] > sign * best.Value) best = (epoch.Number, values[^1], model);
                    context.Progress?.Report(latest.Value with { Validation = new(Metric.Name, values[^1], best.Epoch) });
                    return epoch.Number - best.Epoch < Patience && context.EpochFinished?.Invoke(epoch) != false;
                },
            });
        }
        catch (OperationCanceledException) when (best.Model is not null)
        {
            wasCancelled = true;
        }
        if (best.Model is null)
            throw new InputException($"{TrainerCatalog.NameOf(trainer)} does not learn in epochs, so it cannot be stopped early; leave early stopping out.");
        var curve = values.Select((value, n) => new LearningPoint(n + 1, losses.Points.ElementAtOrDefault(n)?.Loss ?? double.NaN, value));
        return new(best.Model, best.Epoch, [.. curve], wasCancelled);
    }

    /// <summary>Keeps what a trainer said of the epoch until that is measured.</summary>
    private sealed class Latest : IProgress<TrainingProgress>
    {
        public TrainingProgress Value { get; private set; }

        public void Report(TrainingProgress value) => Value = value;
    }

    private double Measure(IModel model, TrainingContext context)
    {
        var alone = model.AsRecommender();
        IRecommender recommender = Fallback is null ? alone : new WithFallback(alone, Fallback);
        var options = new EvaluationOptions { Metrics = [Metric], Resamples = 1, Workers = context.Workers, Cancellation = context.Cancellation };
        return Evaluator.Evaluate("epoch", recommender, Holdout, options).Of(Metric.Name).Mean;
    }
}

/// <param name="Model">After the best epoch.</param>
/// <param name="BestEpoch">From 1: so many epochs are enough.</param>
/// <param name="Curve">One point for each epoch that was finished and measured.</param>
public sealed record StoppedTraining(IModel Model, int BestEpoch, IReadOnlyList<LearningPoint> Curve, bool WasCancelled);
