using Kindred.Configuration;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Snapshots;
using Kindred.Splitting;

namespace Kindred.Server.Renewal.Gate;

/// <summary>
/// Decides whether a snapshot may be served. Each check has a verdict, an interval where it measures users, and a reason; all are kept.
/// </summary>
/// <param name="pipelines">Trains what is measured.</param>
internal sealed class PromotionGate(RenewalSettings settings, PipelineTrainer pipelines, TrainingContext context, TrainerCatalog trainers)
{
    /// <param name="candidate">Trained by <paramref name="plan"/> on all data.</param>
    /// <param name="split">Of the data; its test part is what is measured. Null: the data cannot be split by time.</param>
    /// <param name="current">What is served now; null: nothing is.</param>
    /// <param name="step">Told what is being done.</param>
    public IReadOnlyList<GateCheck> Judge(Snapshot candidate, RenewalPlan plan, Split? split, Snapshot? current, Action<string> step)
    {
        step("Checking the snapshot");
        List<GateCheck> checks = [.. IntegrityChecks.Run(candidate, current, settings, context.Cancellation)];
        step("Measuring on the last events");
        var present = current is null ? null : RenewalPlan.Of(current, trainers);
        checks.AddRange(Measure(plan, split?.Final, present));
        if (current is null) return checks;
        step("Comparing lists");
        bool isSame = present!.IsSameAs(plan);
        checks.AddRange(
            ListDifference.Between(candidate, current, context.Cancellation).Checks(isSame && plan.IsPersonal, settings.MostChangedFirst));
        return checks;
    }

    /// <summary>The worst of the checks, and why.</summary>
    public static (Outcome Verdict, string Reason) VerdictOf(IReadOnlyList<GateCheck> checks)
    {
        var worst = checks.Max(check => check.Outcome);
        var bad = checks.Where(check => check.Outcome == worst).ToArray();
        return worst == Outcome.Passed ? (worst, $"All {checks.Count} checks passed.")
            : (worst, string.Join(" ", bad.Select(check => $"{char.ToUpperInvariant(check.Name[0])}{check.Name[1..]}: {check.Reason}")));
    }

    private IEnumerable<GateCheck> Measure(RenewalPlan plan, Holdout? holdout, RenewalPlan? current)
    {
        bool isSame = current?.IsSameAs(plan) == true;
        if (isSame)
            yield return new("not worse than the current configuration", Outcome.Passed,
                "It is the current configuration, on more events.");
        if (isSame && !plan.IsPersonal || current is null && !plan.IsPersonal)
        {
            yield return OfflineChecks.AbovePopularity(null);
            yield break;
        }
        if (holdout is null || holdout.TestUsers == 0)
        {
            yield return new("measurement", Outcome.NeedsPerson, "The events cannot be split by time, so nothing can be measured.");
            yield break;
        }
        var mine = Report("the candidate", plan, holdout);
        if (!isSame && current is not null)
        {
            var theirs = Report("the current configuration", current, holdout);
            yield return OfflineChecks.NotInferior(
                Difference(mine, theirs), theirs.Of(OfflineChecks.Metric.Name).Mean, settings.Margin);
        }
        var popularity = new RenewalPlan(ModelSpec.Popularity, ModelSpec.Popularity);
        yield return OfflineChecks.AbovePopularity(
            plan.IsPersonal ? Difference(mine, Report("popularity", popularity, holdout)) : null);
    }

    private PairedComparison Difference(EvaluationReport report, EvaluationReport baseline) =>
        Significance.Compare(report, baseline, OfflineChecks.Metric.Name, context.Workers, context.Cancellation);

    private EvaluationReport Report(string name, RenewalPlan plan, Holdout holdout) => Evaluator.Evaluate(
        name, plan.TrainToMeasure(holdout.Train, pipelines, context), holdout,
        new() { Metrics = [OfflineChecks.Metric], Workers = context.Workers, Seed = context.Seed, Cancellation = context.Cancellation });
}
