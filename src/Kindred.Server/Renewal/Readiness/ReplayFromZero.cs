using Kindred.Configuration;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Server.Renewal.Gate;
using Kindred.Splitting;

namespace Kindred.Server.Renewal.Readiness;

/// <summary>A moment at which a shop renewed what it serves.</summary>
/// <param name="Events">Known by then.</param>
/// <param name="Time">Of the first event after them.</param>
/// <param name="Users">Who had an event until the next step, and were measured.</param>
/// <param name="Value">NDCG@10 of what was served, on those events; null: nobody could be measured.</param>
/// <param name="Gain">Over popularity; null likewise.</param>
internal sealed record ZeroStep(int Events, DateTimeOffset Time, RenewalPlan Plan, int Users, double? Value, PairedComparison? Gain);

/// <summary>
/// Events of the past, replayed in time as if a shop began with nothing: at each step <see cref="Stages"/> chooses from the events so far
/// what to serve and the <see cref="PromotionGate"/> judges it, as a living server does by itself, and what is served then is measured on
/// the events until the next step.
/// </summary>
internal sealed class ReplayFromZero(PipelineTrainer pipelines, TrainerCatalog trainers, TrainingContext context)
{
    /// <summary>Events at which the shop renews.</summary>
    private static readonly int[] Ends =
        [100, 300, 1_000, 3_000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000, 300_000, 1_000_000, 3_000_000];

    /// <summary>The last step has at least this share of the events to be measured on.</summary>
    private const double LeastRest = .05;

    /// <exception cref="InputException">The events are too few.</exception>
    public static void CheckEnough(int events)
    {
        if (Ends[0] > (1 - LeastRest) * events)
            throw new InputException(
                $"There are {events} events; to replay a shop takes at least {Math.Ceiling(Ends[0] / (1 - LeastRest))}.");
    }

    /// <exception cref="InputException">The events have no times, or are too few.</exception>
    public IEnumerable<ZeroStep> Run(Interactions all)
    {
        long[] times = TimeAxis.Sorted(all.Histories);
        CheckEnough(times.Length);
        int[] ends = [.. Ends.Where(end => end <= (1 - LeastRest) * times.Length)];
        RenewalPlan? current = null;
        for (int n = 0; n < ends.Length; n++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            long from = times[ends[n]], until = n + 1 < ends.Length ? times[ends[n + 1]] : long.MaxValue;
            var train = Between(all, long.MinValue, from);
            if (train.Histories.Count == 0 || from == until) continue;
            current = Renew(train, current);
            yield return Measure(current, train, Between(all, from, until), from);
        }
    }

    /// <returns>What is served from now on.</returns>
    private RenewalPlan Renew(Interactions train, RenewalPlan? current)
    {
        var split = SplitOf(train);
        var chosen = Stages.Choose(train, split, current, context, _ => { });
        var gate = new PromotionGate(new RenewalSettings(), pipelines, context, trainers);
        var (verdict, reason) = PromotionGate.VerdictOf([.. gate.Measure(chosen, split?.Final, current, null)]);
        if (current is null || verdict is not (Outcome.Failed or Outcome.NeedsPerson)) return chosen;
        string what = verdict == Outcome.Failed ? "failed the gate" : "waits for a person";
        return current with { Why = $"{chosen.Name}, which the back-test chose, {what}, so {current.Name} stays. {reason}" };
    }

    private ZeroStep Measure(RenewalPlan plan, Interactions train, Interactions next, long from)
    {
        var time = DateTimeOffset.FromUnixTimeSeconds(from);
        var holdout = Holdout.Of(train, next, "The events so far, and those until the next step.");
        if (holdout.TestUsers == 0) return new(train.Histories.Count, time, plan, 0, null, null);
        EvaluationReport Report(RenewalPlan measured)
        {
            var fallback = measured.Fallback.Train(train, context).Model;
            var model = measured.Model == measured.Fallback ? fallback : measured.Model!.Train(train, context).Model;
            return Evaluator.Evaluate(measured.Name, model.AsPipeline(fallback: fallback), holdout, new()
            {
                Metrics = [OfflineChecks.Metric],
                CatalogMetrics = [],
                Workers = context.Workers,
                Seed = context.Seed,
                Cancellation = context.Cancellation,
            });
        }
        var served = Report(plan);
        var gain = Significance.Compare(
            served, Report(new(ModelSpec.Popularity, ModelSpec.Popularity)), OfflineChecks.Metric.Name, context.Workers,
            context.Cancellation);
        return new(train.Histories.Count, time, plan, gain.Users, served.Of(OfflineChecks.Metric.Name).Mean, gain);
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
}
