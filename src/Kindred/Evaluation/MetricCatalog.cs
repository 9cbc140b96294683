using System.Globalization;
using Kindred.Evaluation.Metrics;
using Kindred.Evaluation.Metrics.Beyond;
using Kindred.Evaluation.Metrics.Debiased;
using Kindred.Evaluation.Metrics.Ranking;

namespace Kindred.Evaluation;

/// <summary>
/// Every metric of lists there is, by the name used on the command line: <c>ndcg@10</c>, <c>auc</c>, <c>exposureParity:brand@20</c>.
/// </summary>
internal static class MetricCatalog
{
    /// <param name="HasCutOff">False: it looks at whole lists and is written without @k.</param>
    private sealed record Entry(string Name, bool HasCutOff, Func<Asked, IMeasure> Create, Need Need = Need.Nothing);

    /// <param name="Text">As it was written.</param>
    /// <param name="Group">The name after the colon, if any.</param>
    private sealed record Asked(string Text, int K, string? Group, MetricContext Background);

    private enum Need
    {
        Nothing,
        Labels,
        Embeddings,
        Groups,
    }

    private static readonly Entry[] AccuracyEntries =
    [
        new("ndcg", true, a => new Ndcg(a.K)),
        new("recall", true, a => new Recall(a.K)),
        new("recallCapped", true, a => new CappedRecall(a.K)),
        new("hitRate", true, a => new HitRate(a.K)),
        new("precision", true, a => new Precision(a.K)),
        new("map", true, a => new AveragePrecision(a.K)),
        new("mrr", true, a => new ReciprocalRank(a.K)),
        new("ndcgLinear", true, a => new GradedNdcg(a.K, GainForm.Linear)),
        new("ndcgExponential", true, a => new GradedNdcg(a.K, GainForm.Exponential)),
        new("rPrecision", false, _ => new RPrecision()),
        new("auc", false, a => new Auc(a.Background.Train.Items)),
    ];

    private static readonly Entry[] BeyondAccuracyEntries =
    [
        new("novelty", true, a => new Novelty(a.K, a.Background.Train)),
        new("arp", true, a => new AveragePopularity(a.K, a.Background.Train)),
        new("popularityLift", true, a => new PopularityLift(a.K, a.Background.Train)),
        new("serendipity", true, a => new Serendipity(a.K, a.Background.Train)),
        new("diversity", true, a => new Diversity(a.K, new LabelDistance(a.Background.LabelsFor(a.Text))), Need.Labels),
        new("diversityByEmbedding", true, a =>
            new Diversity(a.K, new EmbeddingDistance(a.Background.EmbeddingsFor(a.Text))), Need.Embeddings),
        new("unexpectedness", true, a => new Unexpectedness(a.K, new LabelDistance(a.Background.LabelsFor(a.Text))), Need.Labels),
        new("unexpectednessByEmbedding", true, a =>
            new Unexpectedness(a.K, new EmbeddingDistance(a.Background.EmbeddingsFor(a.Text))), Need.Embeddings),
        new("miscalibration", true, a => new Miscalibration(a.K, a.Background.LabelsFor(a.Text)), Need.Labels),
        new("coverage", true, a => new Coverage(a.K)),
        new("gini", true, a => new Gini(a.K)),
        new("entropy", true, a => new Entropy(a.K)),
        new("personalization", true, a => new Personalization(a.K)),
        new("longTailShare", true, a => new LongTailShare(a.K, a.Background.Train)),
        new("exposureParity", true, a => new ExposureParity(a.K, a.Background.GroupingFor(a.Text, a.Group)), Need.Groups),
    ];

    private static readonly Entry[] DebiasedEntries =
    [
        new("recallSnips", true, a => new DebiasedRecall(a.K, a.Background.Train)),
        new("ndcgSnips", true, a => new DebiasedNdcg(a.K, a.Background.Train)),
    ];

    private static readonly Dictionary<string, Entry> Entries =
        new[] { AccuracyEntries, BeyondAccuracyEntries, DebiasedEntries }.SelectMany(set => set)
            .ToDictionary(entry => entry.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Is what happens next in the list, and how far up?</summary>
    public static IReadOnlyList<string> Accuracy { get; } = [.. AccuracyEntries.Select(entry => entry.Name)];

    /// <summary>What are the lists like: known or novel, alike or diverse, fair to the catalogue?</summary>
    public static IReadOnlyList<string> BeyondAccuracy { get; } = [.. BeyondAccuracyEntries.Select(entry => entry.Name)];

    /// <summary>Accuracy as if popular items had not been seen more often.</summary>
    public static IReadOnlyList<string> Debiased { get; } = [.. DebiasedEntries.Select(entry => entry.Name)];

    /// <summary>All of them, without cut-offs.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Accuracy, .. BeyondAccuracy, .. Debiased];

    /// <param name="text">Name@k in any case, or a name alone where the metric has no cut-off.</param>
    /// <returns>An <see cref="IMetric"/> or an <see cref="ICatalogMetric"/>.</returns>
    /// <exception cref="InputException">No such metric, no such cut-off, or something is missing that it needs.</exception>
    public static IMeasure Parse(string text, MetricContext background)
    {
        string[] sides = text.Trim().Split('@', 2);
        string[] names = sides[0].Split(':', 2);
        if (!Entries.TryGetValue(names[0], out var entry) || (names.Length > 1 && entry.Name != "exposureParity"))
            throw new InputException($"There is no metric '{sides[0]}'; there are {string.Join(", ", Names)}.");
        if (!entry.HasCutOff)
        {
            return sides.Length == 1 ? entry.Create(new(text, int.MaxValue, null, background))
                : throw new InputException($"{entry.Name} looks at whole lists; write it without @{sides[1]}.");
        }
        if (sides.Length == 1) throw new InputException($"{text} needs a cut-off; write {text}@10.");
        if (!int.TryParse(sides[1], NumberStyles.None, CultureInfo.InvariantCulture, out int k) || k < 1)
            throw new InputException($"The cut-off of {text} is not a whole number from 1; write {sides[0]}@10.");
        return entry.Create(new(text, k, names.ElementAtOrDefault(1), background));
    }

    /// <summary>A metric that models can be chosen by.</summary>
    /// <exception cref="InputException">As <see cref="Parse"/>, or the metric describes lists without saying which are good.</exception>
    public static IMetric ParseJudging(string text, MetricContext context)
    {
        var measure = Parse(text, context);
        return measure is IMetric metric && metric.Definition.Better != MetricDirection.Neither ? metric
            : throw new InputException(
                $"{measure.Name} describes lists and does not say which are better; choose models by another metric.");
    }

    /// <param name="names">A set, such as <see cref="BeyondAccuracy"/>.</param>
    /// <returns>
    /// Those of the set for which the run has everything, at each of the cut-offs; those without a cut-off once, those of groups for each
    /// grouping.
    /// </returns>
    public static IReadOnlyList<IMeasure> Available(
        IReadOnlyList<string> names, MetricContext background, params IReadOnlyList<int> cutOffs)
    {
        var measures = new List<IMeasure>();
        foreach (string name in names.SelectMany(name => VariantsOf(Entries[name], background)))
            measures.AddRange(Entries[name.Split(':')[0]].HasCutOff ? cutOffs.Select(k => Parse($"{name}@{k}", background))
                : [Parse(name, background)]);
        return measures;
    }

    private static IEnumerable<string> VariantsOf(Entry entry, MetricContext background) => entry.Need switch
    {
        Need.Labels => background.HasLabels ? [entry.Name] : [],
        Need.Embeddings => background.Embeddings is not null ? [entry.Name] : [],
        Need.Groups => background.ItemGroupings.Select(grouping => $"{entry.Name}:{grouping.Name}"),
        _ => [entry.Name],
    };
}
