using System.Globalization;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Comparison;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.Server.Renewal.Readiness;
using Kindred.Splitting;

namespace Kindred.Cli.Commands;

/// <summary>
/// `kindred demo --from-zero`: a shop that has nothing, replayed in time. After so many events the renewal of a living server chooses what
/// to serve, and what it chose is measured on the events that came next.
/// </summary>
internal static class FromZeroDemo
{
    private static readonly int[] Ends =
        [100, 300, 1_000, 3_000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000, 300_000, 1_000_000, 3_000_000];

    public static void Run(DataFolder data, CommandContext session)
    {
        var all = data.Interactions;
        if (!all.Histories.HasTimes || all.Histories.Oldest == all.Histories.Newest)
            throw new InputException($"{data.Manifest.Name} does not say when its events happened, so they cannot be replayed in time.");
        long[] times = TimeAxis.Sorted(all.Histories);
        var steps = new List<Step>();
        RenewalPlan? current = null;
        int[] ends = [.. Ends.Where(end => end < times.Length)];
        for (int n = 0; n < ends.Length; n++)
        {
            long from = times[ends[n]], until = n + 1 < ends.Length ? times[ends[n + 1]] : long.MaxValue;
            var train = Between(all, long.MinValue, from);
            if (train.Histories.Count == 0) continue;
            session.Cancellation.ThrowIfCancellationRequested();
            current = Stages.Choose(train, SplitOf(train), current, session.Training, _ => { });
            steps.Add(Measure(current, train, Between(all, from, until), from, session));
        }
        Print(steps, session);
    }

    private static Step Measure(RenewalPlan plan, Interactions train, Interactions next, long from, CommandContext session)
    {
        var holdout = Holdout.Of(train, next, "The events so far, and those until the next step.");
        var popularity = ModelSpec.Popularity.Train(train, session.Training).Model;
        var fallback = plan.Fallback.Train(train, session.Training).Model;
        var model = plan.Model == plan.Fallback ? fallback : plan.Model!.Train(train, session.Training).Model;
        EvaluationReport Report(string name, IModel measured) => Evaluator.Evaluate(name, measured.AsPipeline(fallback: fallback), holdout,
            new()
            {
                Metrics = [OfflineChecks.Metric], Workers = session.Workers, Seed = session.Seed, Cancellation = session.Cancellation,
            });
        var day = DateTimeOffset.FromUnixTimeSeconds(from);
        if (holdout.TestUsers == 0) return new(train.Histories.Count, day, plan, null);
        var found = Significance.Compare(
            Report(plan.Name, model), Report("popularity", popularity), OfflineChecks.Metric.Name, session.Workers, session.Cancellation);
        return new(train.Histories.Count, day, plan, found);
    }

    private static Interactions Between(Interactions data, long first, long next)
    {
        var times = data.Histories.Times.Span;
        bool[] keep = new bool[times.Length];
        for (int e = 0; e < keep.Length; e++) keep[e] = times[e] >= first && times[e] < next;
        return data.Where(keep);
    }

    private static Split? SplitOf(Interactions data)
    {
        try
        {
            return GateWindow.Split(data, days: new RenewalSettings().TestDays);
        }
        catch (InputException)
        {
            return null; // too few events, or all of one moment
        }
    }

    private static void Print(List<Step> steps, CommandContext session)
    {
        static string Points(double value) => (100 * value).ToString("+0.0;−0.0;0.0", CultureInfo.InvariantCulture);
        session.Print(new Heading("A shop that begins with nothing"));
        session.Print(new Paragraph(
            "Stage 0: without events the newest items are recommended. Then the shop renews what it serves, as a living server does by "
            + "itself, and each choice is measured on the events until the next one, in points of NDCG@10 over popularity."));
        session.Print(new Grid(
            [new("events", IsNumber: true), new("until"), new("stage", IsNumber: true), new("served"), new("users", IsNumber: true),
                new("over popularity", IsNumber: true), new("95 % CI", IsNumber: true)],
            [.. steps.Select(step => (string[])
                [
                    Format.Count(step.Events), step.Until.ToString("yyyy-MM", CultureInfo.InvariantCulture), $"{step.Plan.Stage}",
                    step.Plan.Name, $"{step.Gain?.Users ?? 0}", step.Gain is { } gain ? Points(gain.Difference) : "–",
                    step.Gain is { } found ? $"{Points(found.Low)} to {Points(found.High)}" : "–",
                ])]));
        for (int n = 0; n < steps.Count; n++)
            if (n == 0 || !steps[n].Plan.IsSameAs(steps[n - 1].Plan))
                session.Print(new Paragraph($"From {Format.Count(steps[n].Events)} events on, {steps[n].Plan.Name}: {steps[n].Plan.Why}"));
        session.Print(new JsonResult(new
        {
            steps = steps.Select(step => new
            {
                step.Events,
                step.Until,
                step.Plan.Stage,
                served = step.Plan.Name,
                step.Plan.Why,
                users = step.Gain?.Users,
                gain = step.Gain?.Difference,
                low = step.Gain?.Low,
                high = step.Gain?.High,
            }),
        }));
    }

    /// <param name="Gain">Over popularity; null: nobody came back whom it could be measured on.</param>
    private sealed record Step(int Events, DateTimeOffset Until, RenewalPlan Plan, PairedComparison? Gain);
}
