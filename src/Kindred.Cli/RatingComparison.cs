using Kindred.Cli.Output;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Evaluation.Metrics.Ratings;
using Kindred.Models;
using Kindred.Splitting;

namespace Kindred.Cli;

/// <summary>Models measured by how well they predict values, not by how well they rank.</summary>
internal static class RatingComparison
{
    private static readonly IPointMetric[] Metrics = [new Rmse(), new Mae()];

    /// <returns>True: the metric is one of predicted values.</returns>
    public static bool Measure(string metric) => Metrics.Any(m => m.Definition.Name.Equals(metric, StringComparison.OrdinalIgnoreCase));

    /// <param name="specs">None: the baseline alone.</param>
    /// <exception cref="InputException">A model ranks only.</exception>
    public static void Compare(IReadOnlyList<ModelSpec> specs, string metric, string title, Holdout holdout, CommandContext session)
    {
        var options = new PredictionOptions
        {
            Metrics = Metrics,
            Seed = session.Seed,
            Workers = session.Workers,
            Cancellation = session.Cancellation,
        };
        PredictionReport[] reports = [.. (specs.Count > 0 ? specs : [ModelSpec.Parse("bias")]).Select(spec =>
            session.Train(spec, holdout.Train).Model is IRatingModel model
                ? session.Activity.Run($"Measuring {spec.Name}", _ => PredictionEvaluator.Evaluate(spec.Name, model, holdout, options))
                : throw new InputException($"{spec.Name} ranks items, it does not predict values; measure it by ndcg@10, or measure bias by {metric}."))];
        PredictionReport[] ranked = [.. reports.OrderBy(report => report.Of(metric).Mean)];

        session.Print(new Heading(title));
        foreach (var block in ComparisonView.Protocol(holdout)) session.Print(block);
        session.Print(new Heading($"Leaderboard by {ranked[0].Of(metric).Metric}, lower is better"));
        session.Print(new Grid(
            [new("model"), .. Metrics.Select(m => new Column($"{m.Definition.Name} [95 %]"))],
            [.. ranked.Select(report => new[] { report.Name }.Concat(report.Estimates.Select(Format.Interval)).ToArray())]));
        session.Print(new BulletList(
        [
            $"{Format.Many(ranked[0].Events, "event")} predicted, all count alike; {Format.Count(ranked[0].ColdUserEvents)} of users without history, "
            + $"{Format.Count(ranked[0].ColdItemEvents)} on items without training event; predictions are moved into {ranked[0].Lowest} to {ranked[0].Highest}.",
            $"In brackets: 95 % intervals from {Format.Count(ranked[0].Resamples)} bootstrap resamples of the users, seed {ranked[0].Seed}.",
        ]));
        session.Print(new JsonResult(ranked));
    }
}
