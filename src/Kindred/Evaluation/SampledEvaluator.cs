using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Splitting;

namespace Kindred.Evaluation;

/// <summary>
/// Ranks each user's relevant items among a few negatives instead of the whole catalogue, as some papers do. Only to reproduce their
/// numbers: sampled metrics can turn the order of two recommenders around, and all are far above the true ones.
/// W. Krichene, S. Rendle, "On Sampled Metrics for Item Recommendation", KDD 2020.
/// </summary>
/// <remarks>
/// Metrics carry "Sampled" in their names, the report a warning and its own protocol, so that nothing can be mistaken for, or compared
/// with, a ranking of the whole catalogue. An item that is not ranked is a miss. Cost: for a pipeline whole lists; for a model, which is
/// what papers ask, one score of all items for each user.
/// </remarks>
internal static class SampledEvaluator
{
    /// <param name="options">Metrics of the catalogue are not measured: of a sample they mean nothing.</param>
    /// <exception cref="InputException">There is nothing to measure, or users are held out from training.</exception>
    public static EvaluationReport Evaluate(
        string name, Pipeline pipeline, Holdout holdout, SampledNegatives negatives, EvaluationOptions? options = null) =>
        EvaluateAmong(name, Pipeline.Of(name, new ListAmong(pipeline, holdout, negatives)), holdout, negatives, options);

    /// <summary>The same of a model alone.</summary>
    public static EvaluationReport Evaluate(
        string name, IModel model, Holdout holdout, SampledNegatives negatives, EvaluationOptions? options = null) =>
        EvaluateAmong(name, Among(model, holdout, negatives), holdout, negatives, options);

    /// <returns>What ranks the relevant items among the negatives by a model's scores; equal ones go by ascending item.</returns>
    public static Pipeline Among(IModel model, Holdout holdout, SampledNegatives negatives) =>
        Pipeline.Of("model", new ScoresAmong(model, holdout, negatives));

    private static EvaluationReport EvaluateAmong(
        string name, Pipeline restricted, Holdout holdout, SampledNegatives negatives, EvaluationOptions? options)
    {
        var (sampled, sampling) = Labelled(holdout, negatives, options ?? new());
        return Evaluator.Evaluate(name, restricted, sampled, sampling);
    }

    /// <returns>The same part and metrics under names that cannot be mistaken.</returns>
    /// <exception cref="InputException">Users are held out from training.</exception>
    public static (Holdout Holdout, EvaluationOptions Options) Labelled(
        Holdout holdout, SampledNegatives negatives, EvaluationOptions options)
    {
        if (Enumerable.Range(0, holdout.Test.Users.Count)
            .Any(user => !holdout.Test.Histories.ItemsOf(user).IsEmpty && holdout.IsHeldOut(user)))
            throw new InputException(
                "Sampled negatives belong to users that the model learns from; this split holds users out from training.");
        var sampled = holdout with
        {
            Protocol = $"{holdout.Protocol} Relevant items are ranked among {negatives.Description} alone.",
            Warnings = [.. holdout.Warnings, WarningOf(negatives)],
        };
        return (sampled, options with
        {
            Metrics = [.. options.Metrics.Select(metric => new Sampled(metric, negatives.Description))],
            CatalogMetrics = [],
        });
    }

    private static string WarningOf(SampledNegatives negatives) =>
        $"Sampled metrics: relevant items were ranked among {negatives.Description}, not the whole catalogue; such numbers are too high " +
        $"and can " +
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

        public double Measure(in RankedList ranking) => metric.Measure(ranking);
    }

    private sealed class ListAmong(Pipeline pipeline, Holdout holdout, SampledNegatives negatives) : IRetriever
    {
        public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
        {
            var among = AmongFor(holdout, negatives, query);
            int count = 0;
            foreach (var candidate in pipeline.Recommend(query, holdout.Train.Items.Count))
            {
                if (count == items.Length) break;
                if (!among.Contains(candidate.Item)) continue;
                (items[count], scores[count]) = (candidate.Item, -count); // the order alone: scores of several sources need not fall
                count++;
            }
            return count;
        }
    }

    private sealed class ScoresAmong(IModel model, Holdout holdout, SampledNegatives negatives) : IRetriever
    {
        public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
        {
            float[] all = new float[holdout.Train.Items.Count];
            model.Score(query, all);
            var best = new TopK(items, scores);
            foreach (int item in AmongFor(holdout, negatives, query)) if (!float.IsNaN(all[item])) best.Offer(item, all[item]);
            best.Sort();
            return best.Count;
        }
    }

    private static HashSet<int> AmongFor(Holdout holdout, SampledNegatives negatives, in Query query)
    {
        var among = new HashSet<int>();
        foreach (int item in negatives.Of(query.User)) among.Add(item);
        foreach (int item in holdout.Test.ByUser.Row(query.User).Columns) among.Add(item);
        return among;
    }
}
