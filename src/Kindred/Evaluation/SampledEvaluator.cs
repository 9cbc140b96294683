using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Splitting;

namespace Kindred.Evaluation;

/// <summary>
/// Ranks each user's relevant items among a few negatives instead of the whole catalogue, as some papers do. Only to reproduce their
/// numbers: sampled metrics can turn the order of two recommenders around, and all are far above the true ones.
/// W. Krichene, S. Rendle, "On Sampled Metrics for Item Recommendation", KDD 2020.
/// </summary>
/// <remarks>
/// Metrics carry "Sampled" in their names, the report a warning and its own protocol, so that nothing can be mistaken for, or compared with,
/// a ranking of the whole catalogue. It asks a model, as papers do, not the pipeline that would be served. Equal scores go by ascending item;
/// an item without a score is a miss. Cost: one score of all items for each user.
/// </remarks>
public static class SampledEvaluator
{
    /// <param name="options">Metrics of the catalogue are not measured: of a sample they mean nothing.</param>
    /// <exception cref="InputException">There is nothing to measure, or users are held out from training.</exception>
    public static Report Evaluate(
        string name, IModel model, Holdout holdout, SampledNegatives negatives, EvaluationOptions? options = null)
    {
        options ??= new();
        if (Enumerable.Range(0, holdout.Test.Users.Count).Any(user => !holdout.Test.Histories.ItemsOf(user).IsEmpty && holdout.IsHeldOut(user)))
            throw new InputException("Sampled negatives belong to users that the model learns from; this split holds users out from training.");
        var sampled = holdout with
        {
            Protocol = $"{holdout.Protocol} Relevant items are ranked among {negatives.Description} alone.",
            Warnings = [.. holdout.Warnings, WarningOf(negatives)],
        };
        return Evaluator.Evaluate(name, new Restricted(model, holdout, negatives), sampled, options with
        {
            Metrics = [.. options.Metrics.Select(metric => new Sampled(metric, negatives.Description))],
            CatalogMetrics = [],
        });
    }

    private static string WarningOf(SampledNegatives negatives) =>
        $"Sampled metrics: relevant items were ranked among {negatives.Description}, not the whole catalogue; such numbers are too high and can " +
        "turn the order of two models around (Krichene & Rendle, KDD 2020), so use them only to reproduce papers.";

    private sealed class Sampled(IMetric metric, string negatives) : IMetric
    {
        public int K => metric.K;

        public MetricDefinition Definition
        {
            get
            {
                var (name, formula, better) = metric.Definition;
                int at = name.IndexOf('@');
                string sampled = at < 0 ? $"{name}Sampled" : $"{name[..at]}Sampled{name[at..]}";
                return new(sampled, $"Among the user's relevant items and {negatives} alone: {formula}", better);
            }
        }

        public double Measure(in Ranking ranking) => metric.Measure(ranking);
    }

    private sealed class Restricted(IModel model, Holdout holdout, SampledNegatives negatives) : IRecommender
    {
        public IReadOnlyList<Candidate> Recommend(in Query query, int count)
        {
            float[] scores = new float[holdout.Train.Items.Count];
            model.Score(query, scores);
            var candidates = new Candidates();
            foreach (int item in negatives.Of(query.User)) candidates.Add(new(item, scores[item], "sample"));
            foreach (int item in holdout.Test.ByUser.Row(query.User).Columns) candidates.Add(new(item, scores[item], "sample"));
            candidates.RemoveWhere(candidate => float.IsNaN(candidate.Score));
            candidates.Sort();
            candidates.Truncate(count);
            return candidates.List;
        }
    }
}
