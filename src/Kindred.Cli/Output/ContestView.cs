using Kindred.Evaluation;

namespace Kindred.Cli.Output;

/// <summary>A contest for people: who won, whether that is more than noise, and what the numbers rest on.</summary>
internal static class ContestView
{
    /// <summary>What was measured, before the numbers.</summary>
    public static IEnumerable<Block> Protocol(Splitting.Holdout holdout)
    {
        yield return new Paragraph(holdout.Protocol);
        if (holdout.Warnings.Count > 0) yield return new Points([.. holdout.Warnings.Select(warning => $"Warning: {warning}")]);
    }

    public static IEnumerable<Block> Leaderboard(Contest contest)
    {
        var (metric, k) = (contest.Leaderboard.Metric, contest.Rules.Deciding.K);
        bool hasColdUsers = contest.Entrants[0].Report.Counts.ColdUsers > 0, hasWarmUsers = contest.Entrants[0].Report.Counts.WarmUsers > 0;
        List<Column> columns = [new("model"), new($"{metric} [95 %]")];
        if (hasColdUsers && hasWarmUsers) columns.AddRange([new(SegmentTitle("warm")), new(SegmentTitle("cold"))]);
        columns.AddRange([new($"coverage@{k}", IsNumber: true), new("training", IsNumber: true)]);
        yield return new Grid(columns, [.. contest.Ranked.Select(RowOf)]);
        yield return new Points(
            [.. contest.Leaderboard.Standings.Where(s => s.AgainstBaseline is not null).Select(s => s.AgainstBaseline!.Verdict)]);
        yield return new Paragraph(contest.Leaderboard.Advice);

        string SegmentTitle(string name) =>
            $"{name}: {Format.Many(contest.Entrants[0].Report.Segments.First(s => s.Name == name).Users, "user")}";
        string[] RowOf(Entrant entrant)
        {
            List<string> row = [entrant.Name, Format.Interval(entrant.Report.Of(metric))];
            if (hasColdUsers && hasWarmUsers)
                row.AddRange(
                    entrant.Report.Segments.Where(segment => segment.Grouping == "history").Select(segment => Format.Interval(segment.Estimates.First(e => e.Metric == metric))));
            row.AddRange([Format.Percent(entrant.Report.Catalog.First(c => c.Metric == $"Coverage@{k}").Value), Format.Duration(entrant.Training.Time)]);
            return [.. row];
        }
    }

    /// <summary>Every metric of every model.</summary>
    public static IEnumerable<Block> AllMetrics(Contest contest)
    {
        var ranked = contest.Ranked.ToArray();
        yield return new Grid(
            [new("metric"), .. ranked.Select(entrant => new Column(entrant.Name))],
            [.. contest.Rules.Metrics.OrderBy(m => m.K)
                .Select(m => new[] { m.Name }.Concat(ranked.Select(e => Format.Interval(e.Report.Of(m.Name)))).ToArray()),
             .. ranked[0].Report.Catalog.Select(
                 (c, n) => new[] { c.Metric }.Concat(ranked.Select(e => Format.Metric(e.Report.Catalog[n].Value))).ToArray())]);
    }

    /// <summary>What the numbers mean and rest on.</summary>
    public static IEnumerable<Block> SmallPrint(Contest contest)
    {
        var report = contest.Entrants[0].Report;
        var counts = report.Counts;
        yield return new Grid([new("metric"), new("definition", Wraps: true)],
            [.. report.Definitions.Where(d => d.Name.EndsWith($"@{contest.Rules.Deciding.K}", StringComparison.Ordinal))
                .Select(d => new[] { d.Name, d.Formula })]);
        string fallback = contest.Rules.Fallback is { } model
            ? $"Measured as served: where a model has nothing to say, such as about cold users, {model.Name} fills its list up."
            : "Each model alone: users it has nothing to say about count as zero.";
        yield return new Points(
        [
            $"Every list is ranked out of all {Format.Many(counts.Items, "item")}, without those the user had; no sampled negatives.",
            $"Trained on {Format.Many(counts.TrainEvents, "event")}; measured on {Format.Many(counts.TestEvents, "event")} "
            + $"of {Format.Many(counts.WarmUsers, "warm user")} (with training events) and {Format.Many(counts.ColdUsers, "cold user")}; "
            + $"{Format.Many(counts.RepeatsLeftOut, "repeat")} left out.",
            fallback,
            $"In brackets: 95 % intervals from {Format.Count(report.Resamples)} bootstrap resamples of the users, seed {report.Seed}; "
            + "models are compared user by user.",
        ]);
    }
}
