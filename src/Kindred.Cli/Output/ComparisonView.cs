using Kindred.Comparison;
using Kindred.Evaluation;
using Kindred.Splitting;

namespace Kindred.Cli.Output;

/// <summary>A comparison for people: the numbers, how each model compares with the baseline, and last which one to use.</summary>
internal static class ComparisonView
{
    /// <summary>What was measured, before the numbers.</summary>
    public static IEnumerable<Block> Protocol(Holdout holdout) => Protocol(holdout.Protocol, holdout.Warnings);

    /// <summary>What was measured.</summary>
    public static IEnumerable<Block> Protocol(EvaluationReport report) => Protocol(report.Protocol, report.Warnings);

    private static IEnumerable<Block> Protocol(string protocol, IReadOnlyList<string> warnings)
    {
        yield return new Paragraph(protocol);
        if (warnings.Count > 0) yield return new BulletList([.. warnings.Select(warning => $"Warning: {warning}")]);
    }

    /// <summary>The main metric of each model, best first.</summary>
    public static IEnumerable<Block> Leaderboard(ModelComparison comparison)
    {
        var (metric, k) = (comparison.Leaderboard.Metric, comparison.Options.K);
        var baseline = comparison.Baseline.Report;
        bool hasBoth = baseline.Counts is { ColdUsers: > 0, WarmUsers: > 0 };
        List<Column> columns = [new("model"), new($"{metric} [95 % CI]")];
        if (hasBoth) columns.AddRange([new(SegmentTitle("warm")), new(SegmentTitle("cold"))]);
        columns.AddRange([new($"coverage@{k}", IsNumber: true), new("training", IsNumber: true)]);
        yield return new Grid(columns, [.. comparison.Models.Select(RowFor)]);

        string SegmentTitle(string name) => $"{name}: {Format.Many(baseline.Segments.First(s => s.Name == name).Users, "user")}";
        string[] RowFor(ComparedModel model) =>
        [
            model.Name, Format.Interval(model.Report.Of(metric)),
            .. hasBoth
                ? model.Report.Segments.Where(s => s.Grouping == "history")
                    .Select(s => Format.Interval(s.Estimates.First(e => e.Metric == metric)))
                : [],
            model.Report.Catalog.FirstOrDefault(c => c.Metric == $"Coverage@{k}") is { } coverage ? Format.Percent(coverage.Value) : "",
            Format.Duration(model.Trained.Time),
        ];
    }

    /// <summary>The main metric at several lengths of the lists, on a terminal.</summary>
    public static IEnumerable<Block> Curve(ModelComparison comparison)
    {
        if (comparison.Leaderboard.Metric.Split('@') is not [var name, _]) yield break;
        (double X, double Y)[] PointsOf(EvaluationReport report) =>
        [
            .. from estimate in report.Segments[0].Estimates
               let sides = estimate.Metric.Split('@')
               where sides.Length == 2 && sides[0] == name && int.TryParse(sides[1], out _)
               let point = (X: double.Parse(sides[1]), Y: estimate.Mean)
               where !double.IsNaN(point.Y)
               orderby point.X
               select point,
        ];
        yield return new LinePlot($"{name}@K by the length of the list", "K, logarithmic",
            [.. comparison.Models.Select(model => new PlotLine(model.Name, PointsOf(model.Report)))], Format.Metric)
        { IsLogarithmicAcross = true };
    }

    /// <summary>How each model compares with the baseline; that of the winner is part of the advice, which comes last.</summary>
    /// <param name="withWinner">True: no advice follows here, so the winner's verdict stands among the others.</param>
    public static IEnumerable<Block> Verdicts(ModelComparison comparison, bool withWinner = false)
    {
        string[] verdicts =
        [
            .. comparison.Models.Where(model => withWinner || model.Name != comparison.Winner.Name).Select(model => model.Verdict)
            .OfType<string>(),
        ];
        if (verdicts.Length > 0) yield return new BulletList(verdicts);
        if (!withWinner) yield return new Paragraph(comparison.Advice);
    }

    /// <summary>Every metric of every model, without the cut-offs that only curves need.</summary>
    public static IEnumerable<Block> AllMetrics(ModelComparison comparison)
    {
        var models = comparison.Models;
        var first = models[0].Report;
        yield return new Grid(
            [new("metric"), .. models.Select(model => new Column(model.Name))],
            [.. first.Segments[0].Estimates.Where(e => IsShown(e.Metric, comparison.Options))
                .Select(e => new[] { e.Metric }.Concat(models.Select(m => Format.Interval(m.Report.Of(e.Metric)))).ToArray()),
             .. first.Catalog.Select(
                 (c, n) => new[] { c.Metric }.Concat(models.Select(m => Format.Metric(m.Report.Catalog[n].Value))).ToArray())]);
    }

    /// <summary>The main metric for each group of users and of pairs.</summary>
    public static IEnumerable<Block> Groups(ModelComparison comparison)
    {
        var models = comparison.Models;
        yield return new Grid(
            [new("group"), new("users", IsNumber: true), .. models.Select(model => new Column(model.Name))],
            [.. models[0].Report.Segments.Select((segment, n) => (Segment: segment, Place: n))
                .Where(s => s.Segment.Grouping.Length > 0 && s.Segment.Users > 0)
                .Select(s => new[] { $"{s.Segment.Grouping}: {s.Segment.Name}", Format.Count(s.Segment.Users) }
                    .Concat(models.Select(m => Format.Interval(m.Report.Segments[s.Place].Estimates[0]))).ToArray())]);
    }

    /// <summary>The main metric at several moments.</summary>
    public static IEnumerable<Block> Cuts(Backtest backtest)
    {
        yield return new Grid(
            [new("model"), .. backtest.Cuts.Select((_, n) => new Column($"cut {n + 1}", IsNumber: true)), new("mean", IsNumber: true),
                new("spread", IsNumber: true), new("better", IsNumber: true), new("worse", IsNumber: true)],
            [.. backtest.Rows.Select(row => new[] { row.Name }.Concat(row.Values.Select(Format.Metric))
                .Append(Format.Metric(row.Mean)).Append(Format.Metric(row.Spread))
                .Append($"{row.TimesBetter}").Append($"{row.TimesWorse}").ToArray())]);
        yield return new Paragraph(
            $"{backtest.Metric}. Spread: standard deviation over the cuts. Better, worse: cuts with a significant difference " +
            $"from {backtest.Baseline}.");
    }

    /// <summary>Models that predict ratings, best first.</summary>
    public static IEnumerable<Block> Ratings(IReadOnlyList<PredictionReport> reports, string metric, Holdout holdout)
    {
        var best = reports[0];
        foreach (var block in Protocol(holdout)) yield return block;
        yield return new BulletList(
        [
            $"{Format.Many(best.Events, "event")} predicted, each with the same weight; {Format.Count(best.ColdUserEvents)} of users " +
            $"without history, "
            + $"{Format.Count(best.ColdItemEvents)} on items without a training event. Predictions are clipped to {best.Lowest} " +
                $"to {best.Highest}.",
            IntervalNote(best.Resamples, best.Seed),
        ]);
        yield return new Heading($"Leaderboard by {best.Of(metric).Metric}, lower is better");
        yield return new Grid(
            [new("model"), .. RatingComparison.Metrics.Select(m => new Column($"{m.Definition.Name} [95 % CI]"))],
            [.. reports.Select(report => new[] { report.Name }.Concat(report.Estimates.Select(Format.Interval)).ToArray())]);
    }

    /// <summary>What the numbers mean and rest on; nothing unless asked for.</summary>
    public static IEnumerable<Block> Notes(ModelComparison comparison, bool explain)
    {
        if (!explain) yield break;
        var report = comparison.Baseline.Report;
        var (counts, options) = (report.Counts, comparison.Options);
        yield return new Heading("What the numbers mean");
        yield return new Grid([new("metric"), new("definition", Wraps: true)],
            [.. report.Definitions.Where(d => !d.Name.Contains('@') || d.Name.EndsWith($"@{options.K}", StringComparison.Ordinal))
                .Select(d => new[] { d.Name, d.Formula })]);
        yield return new BulletList(
        [
            options.SampledNegatives is { } sampled
                ? $"Ranked among {Format.Many(sampled, "random item")}: only to reproduce papers."
                : $"Each list is ranked from all {Format.Many(counts.Items, "item")}, "
                    + $"{(counts.AllowsRepeats ? "with" : "without")} items of the user's history.",
            $"Trained on {Format.Many(counts.TrainEvents, "event")}; measured on {Format.Many(counts.TestEvents, "event")} "
            + $"of {Format.Many(counts.WarmUsers, "warm user")} (with training events) and {Format.Many(counts.ColdUsers, "cold user")} " +
                $"(without); "
            + (counts.AllowsRepeats ? "Repeated items count."
                : $"{Format.Many(counts.RepeatsLeftOut, "repeated item")} excluded; --allow-repeats measures them."),
            options.Fallback is { } fallback
                ? $"Measured as served: where a model has too little to say, such as for cold users, {fallback.Name} fills up its list."
                : "Each model alone: users without a list count as zero.",
            IntervalNote(report.Resamples, report.Seed),
        ]);
    }

    private static string IntervalNote(int resamples, int seed) => resamples == 0
        ? "In brackets: 95 % confidence intervals over users, by Student's t."
        : $"In brackets: 95 % confidence intervals from {Format.Count(resamples)} bootstrap resamples of the users, seed {seed}.";

    private static bool IsShown(string metric, ComparisonOptions options) =>
        !metric.Contains('@') || options.CutOffs.Append(options.K).Any(k => metric.EndsWith($"@{k}", StringComparison.Ordinal));
}
