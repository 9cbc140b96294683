using System.Text.Json.Serialization;
using Kindred.Evaluation.Metrics;

namespace Kindred.Evaluation;

/// <summary>How good one recommender was on one holdout, with everything a sceptic needs to believe it. Serializable.</summary>
public sealed record EvaluationReport
{
    /// <summary>Of the recommender.</summary>
    public required string Name { get; init; }

    /// <summary>One sentence: how the data was cut.</summary>
    public required string Protocol { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    public required EvaluationCounts Counts { get; init; }

    /// <summary>What the numbers mean: each metric over users, then each over the catalogue.</summary>
    public required IReadOnlyList<MetricDefinition> Definitions { get; init; }

    /// <summary>All users; then, by history, warm and cold ones; then every other grouping that was asked for.</summary>
    public required IReadOnlyList<Segment> Segments { get; init; }

    /// <summary>Of all users' lists together: a number of the lists, so it has no interval over users.</summary>
    public required IReadOnlyList<CatalogValue> Catalog { get; init; }

    /// <summary>How the values spread over users, one for each metric.</summary>
    public required IReadOnlyList<Distribution> Distributions { get; init; }

    /// <summary>Do lists favour what is popular already? One for each cut-off.</summary>
    public required IReadOnlyList<PopularityBias> Popularity { get; init; }

    /// <summary>Bootstrap resamples behind each interval.</summary>
    public required int Resamples { get; init; }

    /// <summary>Of the bootstrap.</summary>
    public required int Seed { get; init; }

    /// <summary>
    /// Each metric with every seed that the recommender was trained with; empty: it was trained once, or seeds do not change it.
    /// </summary>
    [JsonInclude]
    internal IReadOnlyList<SeedSpread> Spreads { get; init; } = [];

    /// <summary>What paired comparisons need; not written to files.</summary>
    [JsonIgnore]
    public UserValues? PerUser { get; init; }

    /// <returns>The metric over all users.</returns>
    /// <exception cref="InputException">It was not measured.</exception>
    public Estimate Of(string metric) =>
        Segments[0].Estimates.FirstOrDefault(e => e.Metric.Equals(metric, StringComparison.OrdinalIgnoreCase)) ?? throw new InputException(
            $"'{metric}' was not measured; there are {string.Join(", ", Segments[0].Estimates.Select(e => e.Metric))}.");
}

/// <summary>A mean over users with its 95 % bootstrap percentile interval.</summary>
/// <param name="Users">For whom the metric has a meaning; without any, mean and interval are NaN.</param>
public sealed record Estimate(string Metric, double Mean, double Low, double High, int Users);

/// <summary>What training with other seeds does to a metric.</summary>
/// <param name="Values">[seeds], means over users.</param>
internal sealed record SeedSpread(string Metric, IReadOnlyList<double> Values)
{
    /// <summary>Standard deviation over the seeds: how far one training is from another.</summary>
    public double Deviation
    {
        get
        {
            double mean = Values.Average();
            return Math.Sqrt(Values.Sum(value => (value - mean) * (value - mean)) / Math.Max(1, Values.Count - 1));
        }
    }

    /// <summary>Of the mean over the seeds, squared.</summary>
    internal double Variance => Deviation * Deviation / Values.Count;
}

/// <param name="Grouping">What its users or pairs have in common: "" (all), "history", or the name of a grouping.</param>
/// <param name="Name">"all"; "warm" (users with a training event) or "cold" (users without); or the name of a group.</param>
/// <param name="Users">With a relevant item in it.</param>
/// <param name="Estimates">One for each metric; of groupings for the first metric alone; none when there are no such users.</param>
public sealed record Segment(string Grouping, string Name, int Users, IReadOnlyList<Estimate> Estimates);

/// <summary>A metric of all lists together.</summary>
public sealed record CatalogValue(string Metric, double Value);

/// <summary>How many users have which value.</summary>
/// <param name="Low">Lower end of the first bin, <paramref name="High"/>: upper end of the last; equal when all values are.</param>
/// <param name="Counts">[bins], of equal width; a value on an inner border is in the upper bin.</param>
public sealed record Distribution(string Metric, double Low, double High, IReadOnlyList<int> Counts);

/// <summary>Items in the order of their training events, in ten parts of equally many items, the most popular first.</summary>
/// <param name="Training">[10], share of the training events.</param>
/// <param name="Recommended">[10], share of the first K places of all lists.</param>
public sealed record PopularityBias(int K, IReadOnlyList<double> Training, IReadOnlyList<double> Recommended);

/// <summary>How much the numbers rest on.</summary>
public sealed record EvaluationCounts
{
    /// <summary>Users with at least one relevant item: only they are measured. Warm and cold ones together.</summary>
    public required int Users { get; init; }

    /// <summary>Users with an event that the recommender knows.</summary>
    public required int WarmUsers { get; init; }

    public required int ColdUsers { get; init; }

    /// <summary>Users for whom the recommender had nothing to say: no hit, and no value of metrics that describe a list.</summary>
    public required int UsersWithoutList { get; init; }

    /// <summary>The whole catalogue: every list is ranked from it.</summary>
    public required int Items { get; init; }

    public required long TrainEvents { get; init; }

    public required long TestEvents { get; init; }

    /// <summary>Test events on items that have no training event.</summary>
    public required long ColdItemTestEvents { get; init; }

    /// <summary>Test events left out because the user already had the item.</summary>
    public required long RepeatsLeftOut { get; init; }

    /// <summary>True: what users had already was recommended and measured like everything else.</summary>
    public bool AllowsRepeats { get; init; }
}

/// <summary>Every metric of every measured user.</summary>
/// <param name="Users">[n], indices in the vocabulary, ascending.</param>
/// <param name="Values">By name of the metric: [n], in the order of <paramref name="Users"/>; NaN where it has no meaning.</param>
public sealed record UserValues(ReadOnlyMemory<int> Users, IReadOnlyDictionary<string, ReadOnlyMemory<double>> Values);
