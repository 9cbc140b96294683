using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Evaluation.Metrics.Beyond;
using Kindred.Splitting;

namespace Kindred.Cli;

/// <summary>How models are compared.</summary>
/// <param name="CutOffs">The lengths of lists that tables show.</param>
/// <param name="Deciding">The metric that decides, such as <c>ndcg@10</c>.</param>
/// <param name="Fallback">As when served: where a model has nothing to say, this one fills its list up; null: each model alone.</param>
internal sealed record ComparisonOptions(IReadOnlyList<int> CutOffs, string Deciding, ModelSpec? Fallback)
{
    /// <summary>Cut-offs at which the deciding metric is measured as well, for curves.</summary>
    private static readonly int[] CurveCutOffs = [1, 2, 5, 10, 20, 50];

    /// <summary>Metrics, or sets of them, beside those of accuracy in common use.</summary>
    public IReadOnlyList<string> More { get; init; } = [];

    /// <summary>Attributes of users or items by whose values numbers are told apart.</summary>
    public IReadOnlyList<string> GroupBy { get; init; } = [];

    /// <summary>Rank among so many sampled items instead of the catalogue, to reproduce papers; null: the catalogue.</summary>
    public int? SampledNegatives { get; init; }

    /// <summary>The cut-off of whatever is shown at one cut-off only.</summary>
    public int K => Deciding.Split('@') is [_, var k] ? int.Parse(k) : CutOffs[0];

    public static ComparisonOptions At(int k) => new([k], $"ndcg@{k}", ModelSpec.Popularity);

    /// <summary>The deciding metric comes first.</summary>
    /// <exception cref="InputException">A metric or an attribute does not exist, or the data lacks what it needs.</exception>
    public EvaluationOptions OptionsFor(Holdout holdout, Attributes attributes, CommandContext session)
    {
        var itemGroupings = GroupBy.Select(attributes.ItemGrouping).OfType<Grouping>().ToArray();
        var background = new MetricContext(holdout.Train) { Items = attributes.Items, ItemGroupings = itemGroupings };
        IMeasure[] measures =
        [
            .. new IMeasure[] { DecidingFor(holdout, attributes) }.Concat(StandardMetrics.At([.. CutOffs])).Concat(Curve(background))
                .Concat(More.SelectMany(name => Named(name, background))).Concat(CutOffs.Select(k => new Coverage(k)))
                .DistinctBy(measure => measure.Name),
        ];
        return new()
        {
            Metrics = [.. measures.OfType<IMetric>()],
            CatalogMetrics = [.. measures.OfType<ICatalogMetric>()],
            UserGroupings =
                [Groupings.UserActivity(holdout), Groupings.UserTaste(holdout), .. GroupBy.Select(attributes.UserGrouping).OfType<Grouping>()],
            PairGroupings =
            [
                Groupings.ItemPopularity(holdout),
                .. holdout.Test.Histories.HasTimes ? [Groupings.NewItems(holdout), Groupings.TimeSlices(holdout)] : Array.Empty<Grouping>(),
                .. itemGroupings.Select(grouping => Groupings.ByItem(holdout, grouping)),
            ],
            Seed = session.Seed,
            Workers = session.Workers,
            Cancellation = session.Cancellation,
        };
    }

    /// <summary>Refuses what <see cref="OptionsFor"/> would, before anything is said or done.</summary>
    public void Check(Holdout holdout, Attributes attributes, CommandContext session) => OptionsFor(holdout, attributes, session);

    /// <exception cref="InputException">The metric does not judge users' lists, or the data lacks what it needs.</exception>
    public IMetric DecidingFor(Holdout holdout, Attributes attributes)
    {
        var measure = MetricCatalog.Parse(Deciding, new(holdout.Train) { Items = attributes.Items });
        return measure is IMetric metric && metric.Definition.Better != MetricDirection.Neither ? metric
            : throw new InputException($"{measure.Name} describes lists, it does not say which are good; let another metric decide.");
    }

    private IEnumerable<IMeasure> Curve(MetricContext background) => Deciding.Split('@') is [var name, _]
        ? CurveCutOffs.Select(k => MetricCatalog.Parse($"{name}@{k}", background)) : [];

    private IEnumerable<IMeasure> Named(string name, MetricContext background) => name.ToLowerInvariant() switch
    {
        "accuracy" => MetricCatalog.Available(MetricCatalog.Accuracy, background, CutOffs),
        "beyond" => MetricCatalog.Available(MetricCatalog.BeyondAccuracy, background, K),
        "debiased" => MetricCatalog.Available(MetricCatalog.Debiased, background, K),
        _ => [MetricCatalog.Parse(name, background)],
    };
}

/// <summary>What is known about users and items beside the events.</summary>
internal sealed record Attributes(Catalog? Items, Catalog? Users)
{
    public static Attributes None { get; } = new(null, null);

    public static Attributes Of(DataFolder dataset) => new(dataset.ItemCatalog, dataset.UserCatalog);

    /// <returns>Null: it is an attribute of users.</returns>
    public Grouping? ItemGrouping(string column) => GroupingOf(Items, column) ?? (GroupingOf(Users, column) is null ? throw Missing(column) : null);

    /// <returns>Null: it is an attribute of items.</returns>
    public Grouping? UserGrouping(string column) => GroupingOf(Users, column);

    private static Grouping? GroupingOf(Catalog? catalog, string column) =>
        catalog is null ? null
        : catalog.Labels.TryGetValue(column, out var labels) ? Groupings.Of(column, labels)
        : catalog.Texts.TryGetValue(column, out var texts) ? Groupings.Of(column, texts)
        : null;

    private InputException Missing(string column)
    {
        string[] there = [.. new[] { Users, Items }.OfType<Catalog>().SelectMany(c => c.Labels.Keys.Concat(c.Texts.Keys)).Distinct()];
        return new($"There is no attribute '{column}' to group by; there are {(there.Length == 0 ? "none" : string.Join(", ", there))}.");
    }
}
