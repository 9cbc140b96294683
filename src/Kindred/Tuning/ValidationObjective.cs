using System.IO.Hashing;
using System.Runtime.InteropServices;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Splitting;

namespace Kindred.Tuning;

/// <summary>
/// The objective of a search on data: train on the training part, measure on the validation part. The test part stays unread.
/// </summary>
internal static class ValidationObjective
{
    /// <param name="fallback">Fills lists up where the model has nothing to say, as when served; null: the model alone.</param>
    /// <param name="context">Seed and threads of every training.</param>
    public static TuningObjective Of(Holdout holdout, IMetric metric, IModel? fallback, TrainingContext context)
    {
        // the interval is not looked at
        var options = new EvaluationOptions { Metrics = [metric], Resamples = 1, Workers = context.Workers };
        int sign = metric.Definition.Better == MetricDirection.Lower ? -1 : 1; // a search looks for the highest value
        return (trainer, trial, cancellation) =>
        {
            var model = trainer.Train(holdout.Train, context with { Cancellation = cancellation });
            var pipeline = model.AsPipeline(fallback: fallback, allowRepeats: holdout.AllowsRepeats);
            return sign * Evaluator.Evaluate($"trial {trial}", pipeline, holdout,
                options with { Cancellation = cancellation }).Of(metric.Name).Mean;
        };
    }

    /// <returns>What the objective depends on beside the trainer: the <see cref="TuningOptions.Subject"/> of such a search.</returns>
    /// <param name="fallback">How the fallback is called; null: there is none.</param>
    public static IReadOnlyDictionary<string, string> SubjectOf(
        Holdout holdout, IMetric metric, string? fallback, TrainingContext context) =>
        new Dictionary<string, string>
        {
            ["protocol"] = holdout.Protocol,
            ["data"] = FingerprintOf(holdout),
            ["metric"] = metric.Name,
            ["fallback"] = fallback ?? "none",
            ["trainingSeed"] = context.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };

    /// <returns>Identifies both parts: equal events, equal fingerprint.</returns>
    private static string FingerprintOf(Holdout holdout)
    {
        var hash = new XxHash128();
        foreach (Histories histories in (Histories[])[holdout.Train.Histories, holdout.Test.Histories])
        {
            hash.Append(MemoryMarshal.AsBytes(histories.Starts.Span));
            hash.Append(MemoryMarshal.AsBytes(histories.Items.Span));
            hash.Append(MemoryMarshal.AsBytes(histories.Times.Span));
            hash.Append(MemoryMarshal.AsBytes(histories.Weights.Span));
        }
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}
