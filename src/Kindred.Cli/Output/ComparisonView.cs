using Kindred.Comparison;
using Kindred.Evaluation;

namespace Kindred.Cli.Output;

/// <summary>A contest for people: who won, whether that is more than noise, and what the numbers rest on.</summary>
internal static class ComparisonView
{
    /// <summary>What was measured, before the numbers.</summary>
    public static IEnumerable<Block> Protocol(Splitting.Holdout holdout)
    {
        yield return new Paragraph(holdout.Protocol);
        if (holdout.Warnings.Count > 0) yield return new BulletList([.. holdout.Warnings.Select(warning => $"Warning: {warning}")]);
    }

    public static IEnumerable<Block> Leaderboard(ModelComparison contest)
    {
        var (metric, k) = (contest.Leaderboard.Metric, contest.Rules.K);
        bool hasColdUsers = contest.Entrants[0].Report.Counts.ColdUsers > 0, hasWarmUsers = contest.Entrants[0].Report.Counts.WarmUsers > 0;
        List<Column> columns = [new("model"), new($"{metric} [95 %]")];
        if (hasColdUsers && hasWarmUsers) columns.AddRange([new(SegmentTitle("warm")), new(SegmentTitle("cold"))]);
        columns.AddRange([new($"coverage@{k}", IsNumber: true), new("training", IsNumber: true)]);
        yield return new Grid(columns, [.. contest.Ranked.Select(RowOf)]);
        yield return new BulletList(
            [.. contest.Leaderboard.Standings.Where(s => s.AgainstBaseline is not null).Select(s => s.AgainstBaseline!.Verdict)]);
        yield return new Paragraph(contest.Leaderboard.Advice);

        string SegmentTitle(string name) =>
            $"{name}: {Format.Many(contest.Entrants[0].Report.Segments.First(s => s.Name == name).Users, "user")}";
        string CoverageOf(ComparedModel entrant) =>
            entrant.Report.Catalog.FirstOrDefault(c => c.Metric == $"Coverage@{k}") is { } coverage ? Format.Percent(coverage.Value) : "";
        string[] RowOf(ComparedModel entrant)
        {
            List<string> row = [entrant.Name, Format.Interval(entrant.Report.Of(metric))];
            if (hasColdUsers && hasWarmUsers)
                row.AddRange(
                    entrant.Report.Segments.Where(segment => segment.Grouping == "history").Select(segment => Format.Interval(segment.Estimates.First(e => e.Metric == metric))));
            row.AddRange([CoverageOf(entrant), Format.Duration(entrant.Training.Time)]);
            return [.. row];
        }
    }

    /// <summary>Every metric of every model, without the cut-offs that only curves need.</summary>
    public static IEnumerable<Block> AllMetrics(ModelComparison contest)
    {
        var ranked = contest.Ranked.ToArray();
        yield return new Grid(
            [new("metric"), .. ranked.Select(entrant => new Column(entrant.Name))],
            [.. ranked[0].Report.Segments[0].Estimates.Where(e => IsShown(e.Metric, contest.Rules))
                .Select(e => new[] { e.Metric }.Concat(ranked.Select(r => Format.Interval(r.Report.Of(e.Metric)))).ToArray()),
             .. ranked[0].Report.Catalog.Select(
                 (c, n) => new[] { c.Metric }.Concat(ranked.Select(e => Format.Metric(e.Report.Catalog[n].Value))).ToArray())]);
    }

    /// <summary>The deciding metric for each group of users and of pairs.</summary>
    public static IEnumerable<Block> Groups(ModelComparison contest)
    {
        var ranked = contest.Ranked.ToArray();
        yield return new Grid(
            [new("of"), new("group"), new("users", IsNumber: true), .. ranked.Select(entrant => new Column(entrant.Name))],
            [.. ranked[0].Report.Segments.Select((segment, n) => (Segment: segment, Place: n))
                .Where(s => s.Segment.Grouping.Length > 0 && s.Segment.Users > 0)
                .Select(s => new[] { s.Segment.Grouping, s.Segment.Name, Format.Count(s.Segment.Users) }
                    .Concat(ranked.Select(e => Format.Interval(e.Report.Segments[s.Place].Estimates[0]))).ToArray())]);
    }

    /// <summary>The deciding metric at several moments.</summary>
    public static IEnumerable<Block> Cuts(Backtest backtest)
    {
        yield return new BulletList(backtest.Cuts);
        yield return new Grid(
            [new("model"), .. backtest.Cuts.Select((_, n) => new Column($"cut {n + 1}", IsNumber: true)), new("mean", IsNumber: true),
                new("spread", IsNumber: true), new("better", IsNumber: true), new("worse", IsNumber: true)],
            [.. backtest.Rows.Select(row => new[] { row.Name }.Concat(row.Values.Select(Format.Metric))
                .Append(Format.Metric(row.Mean)).Append(Format.Metric(row.Spread))
                .Append($"{row.TimesBetter}").Append($"{row.TimesWorse}").ToArray())]);
        yield return new Paragraph(
            $"{backtest.Metric}; spread: standard deviation over the cuts; better, worse: cuts in which the model differs from {backtest.Baseline} by more than noise.");
    }

    private static bool IsShown(string metric, ComparisonOptions rules) =>
        !metric.Contains('@') || rules.CutOffs.Append(rules.K).Any(k => metric.EndsWith($"@{k}", StringComparison.Ordinal));

    /// <summary>What the numbers mean and rest on.</summary>
    public static IEnumerable<Block> SmallPrint(ModelComparison contest)
    {
        var report = contest.Entrants[0].Report;
        var counts = report.Counts;
        yield return new Grid([new("metric"), new("definition", Wraps: true)],
            [.. report.Definitions.Where(d => !d.Name.Contains('@') || d.Name.EndsWith($"@{contest.Rules.K}", StringComparison.Ordinal))
                .Select(d => new[] { d.Name, d.Formula })]);
        string fallback = contest.Rules.Fallback is { } model
            ? $"Measured as served: where a model has nothing to say, such as about cold users, {model.Name} fills its list up."
            : "Each model alone: users it has nothing to say about count as zero.";
        yield return new BulletList(
        [
            contest.Rules.SampledNegatives is { } sampled
                ? $"Ranked among {Format.Many(sampled, "sampled item")}: only to reproduce papers."
                : $"Every list is ranked out of all {Format.Many(counts.Items, "item")}, without those the user had; no sampled negatives.",
            $"Trained on {Format.Many(counts.TrainEvents, "event")}; measured on {Format.Many(counts.TestEvents, "event")} "
            + $"of {Format.Many(counts.WarmUsers, "warm user")} (with training events) and {Format.Many(counts.ColdUsers, "cold user")}; "
            + $"{Format.Many(counts.RepeatsLeftOut, "repeat")} left out.",
            fallback,
            $"In brackets: 95 % intervals from {Format.Count(report.Resamples)} bootstrap resamples of the users, seed {report.Seed}; "
            + "models are compared user by user.",
        ]);
    }
}
