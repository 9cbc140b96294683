using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Partitions;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Splitting;

namespace Kindred.Comparison;

/// <summary>
/// As <see cref="ModelComparison.On"/>, on partitions: models are trained on the training part of all of them, and measured one partition
/// after the other.
/// </summary>
internal static class PartitionedComparison
{
    /// <param name="models">None: those that can be trained on partitions.</param>
    /// <exception cref="InputException">A model cannot be trained, or a metric not be measured.</exception>
    public static ModelComparison Run(
        PartitionedFolder data, PartitionedSplit split, IReadOnlyList<ModelSpec> models, ComparisonOptions options,
        CancellationToken cancellation)
    {
        if (models.Count == 0) models = Default;
        ModelSpec[] specs = [ModelSpec.Popularity, .. models.Where(model => model.Name != ModelSpec.Popularity.Name)];
        Check(specs, options);
        var (audience, events) = Counts(split.Training);
        var nobody = data.WithoutUsers();
        var (evaluation, itemGroupings) = options.ForPartitions(audience, events, nobody, cancellation);
        var evaluator = new PartitionEvaluator(evaluation, events, itemGroupings);
        var context = options.ForTraining(cancellation);
        TrainedModel Train(ModelSpec spec) => options.Show($"Training {spec.Name}", progress =>
            PartitionedTraining.Train(spec.Trainer, split.Training, context with { Progress = progress }));
        TrainedModel[] trained = [.. specs.Select(Train)];
        int known = Array.FindIndex(specs, spec => spec.Name == options.Fallback?.Name);
        var fallback = options.Fallback is null ? null : (known >= 0 ? trained[known] : Train(options.Fallback)).Model;
        (string, Pipeline)[] pipelines = [.. specs.Select((spec, n) =>
            (spec.Name, trained[n].Model.AsPipeline(fallback: fallback, allowRepeats: split.AllowsRepeats)))];
        var sums = options.Show("Measuring", progress => Measure(data, split, evaluator, pipelines, progress));
        var reports = evaluator.ReportsOf(
            [.. specs.Select(spec => spec.Name)], sums, split.Protocol, WarningsOf(data, split, sums.Counts), split.AllowsRepeats);
        string metric = evaluation.Metrics[0].Name;
        var leaderboard = Leaderboard.Of(reports, metric, specs[0].Name, (report, other) =>
        {
            int a = Array.IndexOf(reports, report), b = Array.IndexOf(reports, other);
            var moments = sums.Differences[Math.Max(a, b)][Math.Min(a, b)];
            return (a > b ? moments : moments with { Sum = -moments.Sum }).ToComparison(report, other, metric);
        });
        return ModelComparison.Of(options, nobody.Origin, specs, trained, leaderboard);
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
        if (options.SampledNegatives is not null)
            throw new InputException("Sampled negatives cannot be used with partitions; leave --sampled-negatives out.");
    }

    /// <returns>Of the training part: users of each item, and events.</returns>
    private static (ItemAudience Audience, int[] Events) Counts(IPartitionedEvents training)
    {
        int[] users = new int[training.Items.Count], events = new int[training.Items.Count];
        PartitionedTraining.ForEach(training, part =>
        {
            foreach (int item in part.ByUser.Indices.Span) users[item]++;
            foreach (int item in part.Histories.Items.Span) events[item]++;
        });
        return (new(users, training.Users), events);
    }

    private static PartitionSums Measure(
        PartitionedFolder data, PartitionedSplit split, PartitionEvaluator evaluator, (string, Pipeline)[] pipelines,
        IProgress<TrainingProgress>? progress)
    {
        PartitionSums? sums = null;
        for (int partition = 0; partition < data.Count; partition++)
        {
            using var part = split.Read(partition);
            var more = evaluator.Measure(pipelines, part.Holdout);
            sums = sums is null ? more : sums + more;
            progress?.Report(new(partition + 1, data.Count, "partition"));
        }
        return sums!;
    }

    /// <summary>Leaks are looked for in the largest partition: users are in it at random.</summary>
    private static IReadOnlyList<string> WarningsOf(PartitionedFolder data, PartitionedSplit split, MeasuredCounts counts)
    {
        using var largest = split.Read(Enumerable.Range(0, data.Count).MaxBy(partition => data.Manifest.Events[partition]));
        string part = largest.Holdout.Part;
        string[] warnings = split.Warning is { } warning ? [warning] : [];
        return [.. warnings, .. Holdout.WarningsOf(part, counts.Events, counts.TestUsers, counts.ColdTestUsers,
            counts.ColdItemEvents, () => largest.Holdout.TestUsers == 0 ? [] : TimeLeaks.In(largest.Holdout, part))];
    }
}
