using Kindred.Comparison;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Evaluation.Metrics.Beyond;
using Kindred.Models;
using Kindred.Splitting;

namespace Kindred;

/// <summary>How models are compared.</summary>
public sealed record ComparisonOptions
{
    /// <summary>Cut-offs at which the main metric is measured as well, for curves.</summary>
    private static readonly int[] CurveCutOffs = [1, 2, 5, 10, 20, 50];

    /// <summary>How the data is split; null: by time where events have times, else at random.</summary>
    public ISplitter? Splitter { get; init; }

    /// <summary>The lengths of the lists that tables show.</summary>
    public IReadOnlyList<int> CutOffs { get; init; } = [10];

    /// <summary>The main metric, such as <c>recall@20</c>; null: NDCG at the first cut-off.</summary>
    public string? Metric { get; init; }

    /// <summary>Other metrics, or sets of them: <c>accuracy</c>, <c>beyond</c>, <c>debiased</c>, <c>novelty@10</c>.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = [];

    /// <summary>Attributes of users or items; the main metric is broken down by each.</summary>
    public IReadOnlyList<string> GroupBy { get; init; } = [];

    /// <summary>As when served: fills up the lists of models that have too little to say; null: each model alone.</summary>
    public ModelSpec? Fallback { get; init; } = ModelSpec.Popularity;

    /// <summary>
    /// Recommend and measure what users had already, as where things are bought again; what is published does the same.
    /// </summary>
    public bool AllowRepeats { get; init; }

    /// <summary>Rank among so many sampled items instead of the catalogue, only to reproduce papers; null: the whole catalogue.</summary>
    public int? SampledNegatives { get; init; }

    /// <summary>Of everything random: the split, training, the bootstrap.</summary>
    public int Seed { get; init; }

    /// <summary>Threads. Changes the time, never the result.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Where trainers compute that can choose: <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Told how far each activity is, from any thread; null: nobody is told.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Shows each activity from its beginning to its end, for the command; null: <see cref="Progress"/> alone is told.</summary>
    internal IStepDisplay? Display { get; init; }

    /// <summary>The command that does the comparison again, for reports; null: it is not a command.</summary>
    public string? Command { get; init; }

    /// <summary>The main metric's name.</summary>
    public string MainMetric => Metric ?? $"ndcg@{CutOffs[0]}";

    /// <summary>The cut-off of whatever is shown at one cut-off only.</summary>
    public int K => MainMetric.Split('@') is [_, var k] && int.TryParse(k, out int cutOff) ? cutOff : CutOffs[0];

    /// <summary>Throws what measuring would, before anything is trained.</summary>
    /// <exception cref="InputException">A metric or an attribute does not exist, or the data lacks what it needs.</exception>
    public void Check(Holdout holdout) => ForEvaluation(holdout, CancellationToken.None);

    /// <exception cref="InputException">The metric does not judge users' lists, or the data lacks what it needs.</exception>
    internal IMetric MainMetricFor(Holdout holdout) =>
        MetricCatalog.ParseJudging(MainMetric, new(holdout.Train) { Items = holdout.Train.ItemAttributes });

    /// <summary>What is measured partition by partition, and groupings of items.</summary>
    /// <param name="events">[items]: training events.</param>
    /// <param name="nobody">The items, and what is known of them.</param>
    /// <exception cref="InputException">A metric or an attribute does not exist, or the data lacks what it needs.</exception>
    internal (EvaluationOptions Options, IReadOnlyList<Grouping> ItemGroupings) ForPartitions(
        ItemAudience audience, int[] events, Interactions nobody, CancellationToken cancellationToken)
    {
        Grouping[] itemGroupings = [.. GroupBy.Select(new AttributeGroupings(nobody).ForItems).OfType<Grouping>()];
        var context = new MetricContext(audience) { Items = nobody.ItemAttributes, ItemGroupings = itemGroupings };
        return (MeasuringIn(context, cancellationToken), [Groupings.PopularityOfItems(events), .. itemGroupings]);
    }

    /// <summary>The main metric comes first.</summary>
    internal EvaluationOptions ForEvaluation(Holdout holdout, CancellationToken cancellationToken)
    {
        if (SampledNegatives is not null && holdout.AllowsRepeats)
            throw new InputException("Sampled negatives are items that the user never had, so they do not go with repeats.");
        var attributes = new AttributeGroupings(holdout.Train);
        var itemGroupings = GroupBy.Select(attributes.ForItems).OfType<Grouping>().ToArray();
        var context = new MetricContext(holdout.Train) { Items = holdout.Train.ItemAttributes, ItemGroupings = itemGroupings };
        return MeasuringIn(context, cancellationToken) with
        {
            UserGroupings =
                [Groupings.UserActivity(holdout), Groupings.UserTaste(holdout), .. GroupBy.Select(attributes.ForUsers).OfType<Grouping>()],
            PairGroupings =
            [
                Groupings.ItemPopularity(holdout),
                .. holdout.Test.Histories.HasTimes ? [Groupings.NewItems(holdout), Groupings.TimeSlices(holdout)] : Array.Empty<Grouping>(),
                .. itemGroupings.Select(grouping => Groupings.ByItem(holdout, grouping)),
            ],
        };
    }

    private EvaluationOptions MeasuringIn(MetricContext context, CancellationToken cancellationToken)
    {
        IMeasure[] measures =
        [
            .. new IMeasure[] { MetricCatalog.ParseJudging(MainMetric, context) }.Concat(StandardMetrics.At([.. CutOffs]))
                .Concat(Curve(context)).Concat(Metrics.SelectMany(name => Named(name, context)))
                .Concat(CutOffs.Select(k => new Coverage(k))).DistinctBy(measure => measure.Name),
        ];
        return new()
        {
            Metrics = [.. measures.OfType<IMetric>()],
            CatalogMetrics = [.. measures.OfType<ICatalogMetric>()],
            Seed = Seed,
            Workers = Workers,
            Cancellation = cancellationToken,
        };
    }

    internal TrainingContext ForTraining(CancellationToken cancellationToken) =>
        new() { Seed = Seed, Workers = Workers, Device = Device, Cancellation = cancellationToken };

    /// <summary>Trains a model, with progress.</summary>
    internal TrainedModel Train(ModelSpec spec, Interactions data, CancellationToken cancellationToken) => Show($"Training {spec.Name}",
        progress => spec.Train(data, ForTraining(cancellationToken) with { Progress = progress }));

    internal T Show<T>(string step, Func<IProgress<TrainingProgress>?, T> work) =>
        Display is not null ? Display.Show(step, work) : work(Progress is null ? null : new ProgressOf(step, Progress));

    private sealed class ProgressOf(string activity, IProgress<TrainingProgress> progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => progress.Report(value with { Activity = activity });
    }

    private IEnumerable<IMeasure> Curve(MetricContext context) => MainMetric.Split('@') is [var name, _]
        ? CurveCutOffs.Select(k => MetricCatalog.Parse($"{name}@{k}", context)) : [];

    private IEnumerable<IMeasure> Named(string name, MetricContext context) => name.ToLowerInvariant() switch
    {
        "accuracy" => MetricCatalog.Available(MetricCatalog.Accuracy, context, CutOffs),
        "beyond" => MetricCatalog.Available(MetricCatalog.BeyondAccuracy, context, K),
        "debiased" => MetricCatalog.Available(MetricCatalog.Debiased, context, K),
        _ => [MetricCatalog.Parse(name, context)],
    };
}
