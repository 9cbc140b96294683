using System.ComponentModel.DataAnnotations;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Splitting;

namespace Kindred.Tuning;

/// <summary>
/// Measures an iterative trainer's model after each epoch on data it has not seen, and stops when it gets no better.
/// L. Prechelt, "Early Stopping — But When?", in Neural Networks: Tricks of the Trade, 1998.
/// </summary>
/// <param name="Holdout">Trained on its training part, measured on its other part: one to choose by, not one to report from.</param>
/// <param name="Patience">Epochs in a row that may be no better than the best so far; ≥ 1.</param>
internal sealed record EarlyStopping(Holdout Holdout, IMetric Metric, [property: Range(1, int.MaxValue)] int Patience = 3)
{
    /// <summary>Fills lists up where the model has nothing to say, as when served; null: the model alone.</summary>
    public IModel? Fallback { get; init; }

    /// <summary>Knows how the models of the trainer are read; asked only where a folder for checkpoints is named.</summary>
    public TrainerCatalog Trainers { get; init; } = TrainerCatalog.Default;
    /// <summary>Holds back the last tenth of the events, or a random tenth where they have no times; popularity fills lists up.</summary>
    /// <param name="metric">Such as <c>ndcg@10</c>.</param>
    /// <exception cref="InputException">The data cannot be split, or the metric cannot choose an epoch.</exception>
    public static EarlyStopping On(Interactions data, string metric, int patience, TrainingContext context)
    {
        var holdout = new TimeOrRandomSplit { ValidationFraction = 0, Seed = context.Seed }.Split(data).Final;
        var judging = MetricCatalog.ParseJudging(metric, new(holdout.Train) { Items = data.ItemAttributes });
        var popularity = new Popularity().Train(holdout.Train, context with { Progress = null, Checkpoint = null, EpochFinished = null });
        return new(holdout, judging, patience) { Fallback = popularity };
    }

    /// <summary>
    /// Trains; cancelling it keeps the best of the epochs that were finished. Progress is reported when an epoch is measured. Where the
    /// context names a folder for checkpoints, and the trainer writes them, what was measured is kept there as well, and the run can be
    /// gone on with.
    /// </summary>
    /// <exception cref="InputException">The trainer has no epochs, an option does not fit, or the folder keeps another run.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before the first epoch was finished.</exception>
    public StoppedTraining Train(ITrainer trainer, TrainingContext context)
    {
        OptionCheck.Check(this);
        var state = context.Checkpoint is { } folder && trainer is IResumableTrainer
            ? new EarlyStoppingState(folder, trainer, context.Seed, Metric.Name, Holdout.Train, Trainers) : null;
        List<LearningPoint> curve = [.. state?.Points() ?? []];
        int best = BestOf(curve);
        IModel? bestModel = null;
        bool wasCancelled = false;
        var latest = new Latest();
        try
        {
            if (curve.Count == 0 || curve.Count - best < Patience)
                trainer.Train(Holdout.Train, context with { Progress = latest, EpochFinished = Measure });
        }
        catch (OperationCanceledException) when (best > 0)
        {
            wasCancelled = true;
        }
        if (best == 0)
            throw new InputException(
                $"{trainer.Summary.Name} does not learn in epochs, so it cannot be stopped early; leave early stopping out.");
        return new(bestModel ?? state!.Model(best), best, curve, wasCancelled);

        bool Measure(FinishedEpoch epoch)
        {
            curve.RemoveRange(epoch.Number - 1, curve.Count - epoch.Number + 1); // measured before, but run again
            var model = epoch.Model();
            double value = MeasureOn(model, context);
            curve.Add(new(epoch.Number, latest.Value.Loss ?? double.NaN, value));
            best = BestOf(curve);
            if (best == epoch.Number) bestModel = model;
            state?.Write(curve, best, best == epoch.Number ? model : null);
            context.Progress?.Report(latest.Value with { Validation = new(Metric.Name, value, best) });
            return epoch.Number - best < Patience && context.EpochFinished?.Invoke(epoch) != false;
        }
    }

    // the first epoch that no other is better than; 0: there is none
    private int BestOf(List<LearningPoint> curve)
    {
        int sign = Metric.Definition.Better == MetricDirection.Lower ? -1 : 1;
        return curve.OrderByDescending(point => sign * point.Validation!.Value).FirstOrDefault()?.Step ?? 0;
    }

    /// <summary>Keeps what a trainer said of the epoch until that is measured.</summary>
    private sealed class Latest : IProgress<TrainingProgress>
    {
        public TrainingProgress Value { get; private set; }

        public void Report(TrainingProgress value) => Value = value;
    }

    private double MeasureOn(IModel model, TrainingContext context)
    {
        var options = new EvaluationOptions
        {
            Metrics = [Metric],
            Resamples = 1,
            Workers = context.Workers,
            Cancellation = context.Cancellation
        };
        var pipeline = model.AsPipeline(fallback: Fallback, allowRepeats: Holdout.AllowsRepeats);
        return Evaluator.Evaluate("epoch", pipeline, Holdout, options).Of(Metric.Name).Mean;
    }
}

/// <param name="Model">After the best epoch.</param>
/// <param name="BestEpoch">From 1: so many epochs are enough.</param>
/// <param name="Curve">One point for each epoch that was finished and measured.</param>
internal sealed record StoppedTraining(IModel Model, int BestEpoch, IReadOnlyList<LearningPoint> Curve, bool WasCancelled);
