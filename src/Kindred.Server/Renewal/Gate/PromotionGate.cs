using Kindred.Configuration;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Pipelines;
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
    /// <param name="answers">What was answered since the training part of the split ended; null: nothing of it was random.</param>
    /// <param name="step">Told what is being done.</param>
    public IReadOnlyList<GateCheck> Judge(
        Snapshot candidate, RenewalPlan plan, Split? split, Snapshot? current, LoggedAnswers? answers, Action<string> step)
    {
        step("Checking the snapshot");
        List<GateCheck> checks = [.. IntegrityChecks.Run(candidate, current, settings, context.Cancellation)];
        step("Measuring on the last events");
        var present = current is null ? null : RenewalPlan.Of(current, trainers);
        checks.AddRange(Measure(plan, split?.Final, present, answers));
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
        int passed = checks.Count(check => check.Outcome == Outcome.Passed);
        string all = passed == checks.Count ? $"All {passed} checks passed."
            : $"{passed} checks passed, and {checks.Count - passed} cannot be answered.";
        return worst == Outcome.Passed ? (worst, all)
            : (worst, string.Join(" ", bad.Select(check => $"{char.ToUpperInvariant(check.Name[0])}{check.Name[1..]}: {check.Reason}")));
    }

    /// <summary>The checks that need no snapshot: what users of the last events would have got.</summary>
    public IEnumerable<GateCheck> Measure(RenewalPlan plan, Holdout? holdout, RenewalPlan? current, LoggedAnswers? answers)
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
        var pipeline = plan.TrainToMeasure(holdout.Train, pipelines, context);
        var mine = Report("the candidate", pipeline, holdout);
        if (!isSame && current is not null)
        {
            var theirs = Report("the current configuration", current, holdout);
            yield return OfflineChecks.NotInferior(
                Difference(mine, theirs), theirs.Of(OfflineChecks.Metric.Name).Mean, settings.Margin);
        }
        var popularity = new RenewalPlan(ModelSpec.Popularity, ModelSpec.Popularity);
        yield return OfflineChecks.AbovePopularity(
            plan.IsPersonal ? Difference(mine, Report("popularity", popularity, holdout)) : null);
        if (!isSame && current is not null) yield return FromAnswers(holdout.Train, pipeline, answers);
    }

    /// <summary>Trained on what was known before: what came of an answer must not be known to who is judged by it.</summary>
    private GateCheck FromAnswers(Interactions known, Pipeline pipeline, LoggedAnswers? answers)
    {
        if (answers is not { Random: > 0 })
            return OffPolicyCheck.NotAnswered("No place of an answer was filled at random; a stage that explores, such as epsilonGreedy, "
                + "in the pipeline would let the log answer.");
        try
        {
            return OffPolicyCheck.Of(
                answers.Judge(OtherPolicy.Of("the candidate", known, pipeline), context.Cancellation), settings.Margin);
        }
        catch (InputException e)
        {
            return OffPolicyCheck.NotAnswered(e.Message);
        }
    }

    private PairedComparison Difference(EvaluationReport report, EvaluationReport baseline) =>
        Significance.Compare(report, baseline, OfflineChecks.Metric.Name, context.Workers, context.Cancellation);

    private EvaluationReport Report(string name, RenewalPlan plan, Holdout holdout) =>
        Report(name, plan.TrainToMeasure(holdout.Train, pipelines, context), holdout);

    private EvaluationReport Report(string name, Pipeline pipeline, Holdout holdout) => Evaluator.Evaluate(
        name, pipeline, holdout,
        new() { Metrics = [OfflineChecks.Metric], Workers = context.Workers, Seed = context.Seed, Cancellation = context.Cancellation });
}
