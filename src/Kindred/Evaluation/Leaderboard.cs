using Kindred.Evaluation.Metrics;

namespace Kindred.Evaluation;

/// <summary>One line of a leaderboard.</summary>
/// <param name="AgainstBaseline">Null for the baseline itself.</param>
public sealed record Standing(EvaluationReport Report, PairedComparison? AgainstBaseline);

/// <summary>Recommenders measured on one holdout, and which to use: the baseline, unless another one is significantly better.</summary>
/// <param name="Metric">The main metric.</param>
/// <param name="Standings">Best first; equal ones in the order given.</param>
/// <param name="Advice">Which to use, and why, in a sentence or two.</param>
public sealed record Leaderboard(string Metric, string Baseline, IReadOnlyList<Standing> Standings, string Winner, string Advice)
{
    /// <param name="reports">Names differ; one is the baseline.</param>
    /// <param name="workers">Threads. Changes the time, never the result.</param>
    /// <exception cref="InputException">The baseline is missing, or the metric was not measured.</exception>
    public static Leaderboard Of(
        IReadOnlyList<EvaluationReport> reports, string metric, string baseline, int workers, CancellationToken cancellation) =>
        Of(reports, metric, baseline, (report, other) => Significance.Compare(report, other, metric, workers, cancellation));

    /// <param name="compare">A report with another one, by the metric.</param>
    internal static Leaderboard Of(
        IReadOnlyList<EvaluationReport> reports, string metric, string baseline,
        Func<EvaluationReport, EvaluationReport, PairedComparison> compare)
    {
        if (reports.GroupBy(r => r.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"Two reports are called {twice.Key}.", nameof(reports));
        var simple = reports.FirstOrDefault(r => r.Name == baseline)
            ?? throw new InputException(
                $"There is no {baseline} to compare with; there are {string.Join(", ", reports.Select(r => r.Name))}.");
        metric = simple.Of(metric).Metric;

        var better = simple.Definitions.First(d => d.Name == metric).Better;
        EvaluationReport[] others = [.. reports.Where(r => r != simple)];
        var comparisons = Significance.Corrected(
            [.. others.Select(r => compare(r, simple))]);
        Standing[] standings = [.. reports
            .OrderBy(r => better == MetricDirection.Lower ? r.Of(metric).Mean : -r.Of(metric).Mean)
            .Select(r => new Standing(r, r == simple ? null : comparisons[Array.IndexOf(others, r)]))];
        Standing[] above = [.. standings.Where(s => s.AgainstBaseline is { IsBetter: true })];
        if (above.Length == 0)
        {
            string reason = comparisons is [] ? "No other model was measured"
                : comparisons.MaxBy(c => c.Users) is { IsUndecided: true } most ? $"Whether another model is better is {most.WhyUndecided}"
                : "No other model is significantly better";
            return new(metric, baseline, standings, baseline, $"Use {baseline}. {reason}.");
        }

        var best = above[0].Report;
        string[] equals = [.. above.Skip(1)
            .Where(s => !compare(best, s.Report).IsBetter)
            .Select(s => s.Report.Name)];
        string also = equals.Length == 0 ? ""
            : $" {string.Join(" and ", equals)} {(equals.Length == 1 ? "is" : "are")} not significantly worse.";
        return new(metric, baseline, standings, best.Name, $"Use {best.Name}. It {above[0].AgainstBaseline!.Gains}.{also}");
    }
}
