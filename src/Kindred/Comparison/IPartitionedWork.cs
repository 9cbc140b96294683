using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Partitions;

namespace Kindred.Comparison;

/// <summary>Who trains models on the training part of partitions, and measures them partition by partition.</summary>
internal interface IPartitionedWork
{
    TrainedModel Train(ModelSpec spec);

    /// <param name="fallback">Fills lists up; null: each model alone.</param>
    /// <returns>The sums of all partitions, added in their order.</returns>
    PartitionSums Measure(IReadOnlyList<(string Name, TrainedModel Trained)> models, TrainedModel? fallback, ItemCounts counts);
}

/// <summary>This process does; memory holds one partition at a time, beside what training needs.</summary>
internal sealed class WorkHere(PartitionedSplit split, ComparisonOptions options, CancellationToken cancellation) : IPartitionedWork
{
    public TrainedModel Train(ModelSpec spec) => options.Show($"Training {spec.Name}", progress => PartitionedTraining.Train(
        spec.Trainer, split.Training, options.ForTraining(cancellation) with { Progress = progress }));

    public PartitionSums Measure(
        IReadOnlyList<(string Name, TrainedModel Trained)> models, TrainedModel? fallback, ItemCounts counts)
    {
        var measuring = new PartitionMeasuring(
            split, options, counts, [.. models.Select(model => (model.Name, model.Trained.Model))], fallback?.Model, cancellation);
        return options.Show("Measuring", progress => PartitionSums.Of(split.Training.Count, partition =>
        {
            var sums = measuring.Of(partition);
            progress?.Report(new(partition + 1, split.Training.Count, "partition"));
            return sums;
        }));
    }
}
