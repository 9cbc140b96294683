using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Evaluation.Metrics.Ratings;
using Kindred.Models;
using Kindred.Splitting;

namespace Kindred.Comparison;

/// <summary>Models compared by how well they predict ratings, not by how well they rank.</summary>
internal static class RatingComparison
{
    /// <summary>What is measured: RMSE and MAE, lower is better.</summary>
    public static IReadOnlyList<IPointMetric> Metrics { get; } = [new Rmse(), new Mae()];

    /// <returns>True for a metric of predicted ratings.</returns>
    public static bool IsMeasured(string metric) => Metrics.Any(m => m.Definition.Name.Equals(metric, StringComparison.OrdinalIgnoreCase));

    /// <param name="models">None: the baseline, bias, alone.</param>
    /// <param name="options">Of which the main metric orders the models.</param>
    /// <returns>Best first.</returns>
    /// <exception cref="InputException">A model does not predict ratings.</exception>
    public static IReadOnlyList<PredictionReport> On(
        Holdout holdout, IReadOnlyList<ModelSpec> models, ComparisonOptions options, CancellationToken cancellationToken = default)
    {
        var evaluation = new PredictionOptions
        {
            Metrics = Metrics,
            Seed = options.Seed,
            Workers = options.Workers,
            Cancellation = cancellationToken,
        };
        if (models.Count == 0) models = [ModelSpec.For(new Bias())];
        if (models.FirstOrDefault(spec => !spec.Capabilities.HasFlag(Capabilities.PredictsValues)) is { } ranking)
        {
            throw new InputException(
                $"{ranking.Name} ranks items, it does not predict ratings; compare it by ndcg@10, or compare bias " +
                $"by {options.MainMetric}.");
        }
        return
        [
            .. models.Select(spec =>
            {
                var model = (IRatingModel)options.Train(spec, holdout.Train, cancellationToken).Model;
                return options.Show($"Measuring {spec.Name}", _ => PredictionEvaluator.Evaluate(spec.Name, model, holdout, evaluation));
            }).OrderBy(report => report.Of(options.MainMetric).Mean),
        ];
    }
}
