using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Partitions;
using Kindred.Splitting;

namespace Kindred.Comparison;

/// <summary>
/// As <see cref="ModelComparison.On"/>, on partitions: models are trained on the training part of all of them, and measured one partition
/// after the other.
/// </summary>
internal static class PartitionedComparison
{
    /// <param name="models">None: those that can be trained on partitions.</param>
    /// <param name="work">Who trains and measures; null: this process.</param>
    /// <exception cref="InputException">A model cannot be trained, or a metric not be measured.</exception>
    public static ModelComparison Run(
        PartitionedFolder data, PartitionedSplit split, IReadOnlyList<ModelSpec> models, ComparisonOptions options,
        CancellationToken cancellation, IPartitionedWork? work = null)
    {
        if (models.Count == 0) models = Default;
        ModelSpec[] specs = [ModelSpec.Popularity, .. models.Where(model => model.Name != ModelSpec.Popularity.Name)];
        Check(specs, options);
        work ??= new WorkHere(split, options, cancellation);
        var counts = ItemCounts.Of(split.Training);
        var evaluator = counts.EvaluatorFor(options, data, cancellation);
        TrainedModel[] trained = [.. specs.Select(work.Train)];
        int known = Array.FindIndex(specs, spec => spec.Name == options.Fallback?.Name);
        var fallback = options.Fallback is null ? null : known >= 0 ? trained[known] : work.Train(options.Fallback);
        string[] names = [.. specs.Select(spec => spec.Name)];
        var sums = work.Measure([.. names.Zip(trained)], fallback, counts);
        var reports = evaluator.ReportsOf(
            names, sums, split.Protocol, WarningsOf(data, split, sums.Counts), split.Plan.AllowsRepeats);
        var leaderboard = Leaderboard.Of(reports, evaluator.Metric, specs[0].Name, (report, other) =>
        {
            int a = Array.IndexOf(reports, report), b = Array.IndexOf(reports, other);
            var moments = sums.Differences[Math.Max(a, b)][Math.Min(a, b)];
            return (a > b ? moments : moments with { Sum = -moments.Sum }).ToComparison(report, other, evaluator.Metric);
        });
        return ModelComparison.Of(options, data.WithoutUsers().Origin, specs, trained, leaderboard);
    }

    private static ModelSpec[] Default => [ModelSpec.For(new ItemKnn()), ModelSpec.For(new ImplicitAls())];

    private static void Check(IReadOnlyList<ModelSpec> specs, ComparisonOptions options)
    {
        if (specs.GroupBy(model => model.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InputException($"The model {twice.Key} is named twice; name each once.");
        foreach (var spec in specs) PartitionedTraining.CheckSupported(spec.Trainer);
        if (options.Fallback?.Trainer is not (null or Popularity))
            throw new InputException($"The fallback of partitions is popularity, with a half-life or without; {options.Fallback.Name} "
                + "learns from all events at once.");
        if (RatingComparison.IsMeasured(options.MainMetric))
            throw new InputException($"{options.MainMetric} is of models of ratings, none of which can be trained on partitions.");
        if (options.SampledNegatives is not null || options.NegativesFile is not null)
            throw new InputException("Sampled negatives cannot be used with partitions; leave --sampled-negatives and --negatives out.");
        if (options.Seeds > 1) throw new InputException("Partitions are trained with one seed; leave --seeds out.");
    }

    /// <summary>Leaks are looked for in the largest partition: users are in it at random.</summary>
    private static IReadOnlyList<string> WarningsOf(PartitionedFolder data, PartitionedSplit split, MeasuredCounts counts)
    {
        using var largest = split.Read(Enumerable.Range(0, data.Count).MaxBy(partition => data.Manifest.Events[partition]));
        string part = largest.Holdout.Part;
        string[] warnings = split.Plan.Warning is { } warning ? [warning] : [];
        return [.. warnings, .. Holdout.WarningsOf(part, counts.Events, counts.TestUsers, counts.ColdTestUsers,
            counts.ColdItemEvents, () => largest.Holdout.TestUsers == 0 ? [] : TimeLeaks.In(largest.Holdout, part))];
    }
}
