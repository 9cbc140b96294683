using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Partitions;
using Kindred.Pipelines;
using Kindred.Retrieval;

namespace Kindred.Comparison;

/// <summary>Measures models on one partition after the other, in any order and process: each comes to the same sums.</summary>
/// <param name="models">Trained on the training part of all partitions.</param>
/// <param name="fallback">Fills lists up; null: each model alone.</param>
internal sealed class PartitionMeasuring(
    PartitionedSplit split, ComparisonOptions options, ItemCounts counts, IReadOnlyList<(string Name, IModel Model)> models,
    IModel? fallback, CancellationToken cancellation)
{
    private readonly PartitionEvaluator _evaluator = counts.EvaluatorFor(options, split.Data, cancellation);

    private readonly (string, Pipeline)[] _pipelines = [.. models.Select(model =>
        (model.Name, model.Model.AsPipeline(fallback: fallback, allowRepeats: split.Plan.AllowsRepeats)))];

    public PartitionSums Of(int partition)
    {
        using var part = split.Read(partition);
        return _evaluator.Measure(_pipelines, part.Holdout);
    }
}
