using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Splitting;

namespace Kindred.Comparison;

/// <summary>
/// The same question asked at several moments: does a model stay better, or was it one lucky month? Rolling-origin evaluation:
/// L. Tashman, "Out-of-Sample Tests of Forecasting Accuracy", International Journal of Forecasting 2000.
/// </summary>
/// <param name="Cuts">One sentence for each cut, oldest first.</param>
/// <param name="Rows">Best mean first.</param>
public sealed record Backtest(string Metric, string Baseline, IReadOnlyList<string> Cuts, IReadOnlyList<BacktestRow> Rows)
{
    /// <summary>Compares the same models on each holdout.</summary>
    /// <param name="holdouts">Oldest first.</param>
    /// <param name="models">None: those that suit the oldest training part.</param>
    /// <returns>With the comparison of each cut.</returns>
    public static (Backtest Backtest, IReadOnlyList<ModelComparison> Cuts) Run(
        IReadOnlyList<Holdout> holdouts, IReadOnlyList<ModelSpec> models, ComparisonOptions options,
        CancellationToken cancellationToken = default)
    {
        if (models.Count == 0) models = Shortlist.For(holdouts[0].Train).Entries;
        ModelComparison[] cuts = [.. holdouts.Select(holdout => ModelComparison.On(holdout, models, options, cancellationToken))];
        return (For([.. cuts.Select(cut => cut.Leaderboard)]), cuts);
    }

    /// <param name="boards">One for each cut, oldest first: the same models, metric and baseline.</param>
    internal static Backtest For(IReadOnlyList<Leaderboard> boards)
    {
        var first = boards[0];
        double ValueOf(Leaderboard board, string name) => board.Standings.First(s => s.Report.Name == name).Report.Of(first.Metric).Mean;
        var rows = first.Standings.Select(s => s.Report.Name).Select(name =>
        {
            double[] values = [.. boards.Select(board => ValueOf(board, name))];
            double mean = values.Average();
            double spread = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / Math.Max(1, values.Length - 1));
            var against = boards.Select(board => board.Standings.First(s => s.Report.Name == name).AgainstBaseline).ToArray();
            return new BacktestRow(
                name, values, mean, spread, against.Count(c => c is { IsBetter: true }), against.Count(c => c is { IsWorse: true }));
        });
        var better = first.Standings[0].Report.Definitions.First(d => d.Name == first.Metric).Better;
        return new(first.Metric, first.Baseline, [.. boards.Select(board => board.Standings[0].Report.Protocol)],
            [.. rows.OrderBy(row => better == MetricDirection.Lower ? row.Mean : -row.Mean)]);
    }
}

/// <summary>One model over all cuts.</summary>
/// <param name="Values">[cuts], the metric at each.</param>
/// <param name="Mean">Each cut counts the same.</param>
/// <param name="Spread">Standard deviation over the cuts; 0 for a single one.</param>
/// <param name="TimesBetter">Cuts in which it was significantly better than the baseline.</param>
/// <param name="TimesWorse">Cuts in which it was significantly worse.</param>
public sealed record BacktestRow(string Name, IReadOnlyList<double> Values, double Mean, double Spread, int TimesBetter, int TimesWorse);
