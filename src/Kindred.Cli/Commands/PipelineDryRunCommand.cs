using System.CommandLine;
using System.Diagnostics;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Configuration;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Splitting;

namespace Kindred.Cli.Commands;

/// <summary>`kindred pipeline dry-run`: what would change for real users if a pipeline were published.</summary>
internal static class PipelineDryRunCommand
{
    public static CliCommand Create()
    {
        var file = new Argument<string>("pipeline") { Description = "A file that describes the new pipeline." };
        var against = new Option<string>("--against")
        {
            Description = "What is served now: a snapshot, a folder of snapshots, or a pipeline's file.",
            HelpName = "path",
            Required = true,
        };
        var users = new Option<int>("--users")
        {
            Description = "Maximum number of users to query.",
            DefaultValueFactory = _ => 1000,
            HelpName = "count",
        };
        var k = new Option<int>("--k") { Description = "Length of the lists.", DefaultValueFactory = _ => 10, HelpName = "count" };
        var verb = new CliCommand("dry-run", "Show what would change for real users: lists, coverage, times, and the estimated metric.",
            "kindred pipeline dry-run pipeline.json data/films --against snapshots",
            "kindred pipeline dry-run new.json data/films --against old.json --users 5000") { file, against, users, k };
        var split = new SplitOptions(verb);
        var source = new SourceOptions(verb, SourceOptions.RawOrImported);
        return verb.Runs((parse, session) =>
        {
            int most = parse.GetValue(users), length = parse.GetValue(k);
            if (most < 1) throw new InputException($"--users must be at least 1, was {most}.");
            if (length < 1) throw new InputException($"--k must be at least 1, was {length}.");
            var before = PipelineSource.Read(parse.GetRequiredValue(against), session.Trainers);
            var after = PipelineConfig.Read(parse.GetRequiredValue(file), session.Trainers);
            using var parts = split.Open(parse, session, source, needsValidation: false);
            var holdout = parts.Split.Final;
            foreach (var config in new[] { before, after }) config.CheckFor(holdout.Train);
            Ran Run(string name, PipelineConfig config) => Ran.Of(
                name, PipelineTraining.TrainerFor(session).Train(config, holdout.Train, session.Training), holdout, most, length, session);
            Print(PipelineDiff.Between(before, after), Run("now", before), Run("new", after), holdout, length, session);
        });
    }

    private static void Print(IReadOnlyList<ConfigChange> changes, Ran now, Ran then, Holdout holdout, int k, CommandContext session)
    {
        double overlap = now.Lists.Zip(then.Lists, (a, b) =>
            a.Count == 0 && b.Count == 0 ? 1 : a.Intersect(b).Count() / (double)Math.Max(a.Count, b.Count)).Average();
        int firstChanged = now.Lists.Zip(then.Lists, (a, b) => !a.Take(1).SequenceEqual(b.Take(1))).Count(changed => changed);
        var metric = Significance.Compare(then.Report, now.Report, $"NDCG@{k}", session.Workers, session.Cancellation);
        session.Print(new Paragraph(holdout.Protocol));
        session.Print(changes.Count == 0 ? new Paragraph("The pipelines do the same.") : PipelineCommand.ToGrid(changes));
        session.Print(new Grid([new(""), new("now", IsNumber: true), new("new", IsNumber: true)],
        [
            [$"NDCG@{k}", Format.Interval(now.Report.Of($"NDCG@{k}")), Format.Interval(then.Report.Of($"NDCG@{k}"))],
            ["items in any list", Format.Count(now.Coverage), Format.Count(then.Coverage)],
            ["users with a full list", Format.Percent(now.Full), Format.Percent(then.Full)],
            ["p50 of a request", Milliseconds(now.Times, .5), Milliseconds(then.Times, .5)],
            ["p99 of a request", Milliseconds(now.Times, .99), Milliseconds(then.Times, .99)],
            ["answers that had to do without something", Format.Percent(now.Reduced), Format.Percent(then.Reduced)],
        ]));
        session.Print(new BulletList(
        [
            $"Of {Format.Many(now.Lists.Count, "user")}, lists share {Format.Percent(overlap)} of their " +
            $"items; {Format.Many(firstChanged, "user")} would see another first item.",
            metric.Verdict,
        ]));
        session.Print(new JsonResult(new
        {
            users = now.Lists.Count,
            changes,
            overlap,
            firstChanged,
            now = now.ToJson(k),
            then = then.ToJson(k),
            difference = metric,
        }));
    }

    private static string Milliseconds(double[] sorted, double share) => $"{sorted[(int)(share * (sorted.Length - 1))]:0.00} ms";

    /// <summary>What one pipeline answered.</summary>
    /// <param name="Times">Milliseconds of each request, ascending; one after the other.</param>
    private sealed record Ran(
        EvaluationReport Report, IReadOnlyList<IReadOnlyList<string>> Lists, int Coverage, double Full, double Reduced, double[] Times)
    {
        private const int WarmUps = 30;

        public static Ran Of(string name, TrainedPipeline trained, Holdout holdout, int most, int k, CommandContext session)
        {
            // lists are measured without the clock, times with it
            var unhurried = trained.WithoutClock().Bind(holdout.Train);
            using var timed = Recommender.From(holdout.Known, trained.Bind(holdout.Train));
            using var listed = Recommender.From(holdout.Known, unhurried);
            var report = session.Activity.Run($"Measuring {name}", _ => Evaluator.Evaluate(
                name, unhurried, holdout, new()
                {
                    Metrics = [new Ndcg(k)],
                    Workers = session.Workers,
                    Cancellation = session.Cancellation,
                }));
            int count = Math.Min(most, holdout.Known.Users.Count);
            var (lists, times) = (new List<IReadOnlyList<string>>(), new List<double>());
            int reduced = 0;
            for (int n = -WarmUps; n < count; n++)
            {
                session.Cancellation.ThrowIfCancellationRequested();
                // spread over all users
                string user = holdout.Known.Users.Id((int)((long)Math.Max(0, n) * holdout.Known.Users.Count / count));
                long start = Stopwatch.GetTimestamp();
                var answer = timed.Recommend(user, k);
                if (n < 0) continue;
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                lists.Add([.. listed.Recommend(user, k).Items.Select(item => item.ItemId)]);
                if (answer.SkippedSteps.Count > 0) reduced++;
            }
            int covered = lists.SelectMany(list => list).Distinct().Count();
            double full = lists.Count(list => list.Count == k) / (double)count;
            return new(report, lists, covered, full, reduced / (double)count, [.. times.Order()]);
        }

        public object ToJson(int k) => new
        {
            ndcg = Report.Of($"NDCG@{k}"),
            Coverage,
            Full,
            Reduced,
            p50Milliseconds = Times[(int)(.5 * (Times.Length - 1))],
            p99Milliseconds = Times[(int)(.99 * (Times.Length - 1))],
        };
    }
}
