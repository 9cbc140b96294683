using System.Text.Json.Serialization;

namespace Kindred.Evaluation;

/// <summary>How good one recommender was on one holdout, with everything a sceptic needs to believe it. Serializable.</summary>
public sealed record Report
{
    /// <summary>Of the recommender.</summary>
    public required string Name { get; init; }

    /// <summary>One sentence: how the data was cut.</summary>
    public required string Protocol { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    public required EvaluationCounts Counts { get; init; }

    /// <summary>What the numbers mean, one for each metric and each coverage.</summary>
    public required IReadOnlyList<MetricDefinition> Definitions { get; init; }

    /// <summary>All users, then warm and cold ones apart.</summary>
    public required IReadOnlyList<Segment> Segments { get; init; }

    /// <summary>Of all users' lists together: a list-level number, so it has no interval over users.</summary>
    public required IReadOnlyList<Coverage> Coverage { get; init; }

    /// <summary>Bootstrap resamples behind each interval.</summary>
    public required int Resamples { get; init; }

    /// <summary>Of the bootstrap.</summary>
    public required int Seed { get; init; }

    /// <summary>What paired comparisons need; not written to files.</summary>
    [JsonIgnore]
    public UserValues? PerUser { get; init; }

    /// <returns>The metric over all users.</returns>
    /// <exception cref="InputException">It was not measured.</exception>
    public Estimate Of(string metric) =>
        Segments[0].Estimates.FirstOrDefault(e => e.Metric.Equals(metric, StringComparison.OrdinalIgnoreCase)) ?? throw new InputException(
            $"'{metric}' was not measured; there are {string.Join(", ", Segments[0].Estimates.Select(e => e.Metric))}.");
}

/// <param name="Metric">Name, such as <c>NDCG@10</c>.</param>
/// <param name="Definition">One sentence with the formula.</param>
public sealed record MetricDefinition(string Metric, string Definition);

/// <summary>A mean over users with its 95 % bootstrap percentile interval.</summary>
public sealed record Estimate(string Metric, double Mean, double Low, double High);

/// <param name="Name">"all", "warm" (users with a training event) or "cold" (users without).</param>
/// <param name="Estimates">One for each metric; none when there are no such users.</param>
public sealed record Segment(string Name, int Users, IReadOnlyList<Estimate> Estimates);

/// <summary>Share of the catalogue's items that are among the first K of at least one user's list.</summary>
public sealed record Coverage(int K, double Share)
{
    internal static MetricDefinition DefinitionAt(int k) =>
        new($"Coverage@{k}", $"items among the first {k} of at least one user's list / all items.");
}

/// <summary>How much the numbers rest on.</summary>
public sealed record EvaluationCounts
{
    /// <summary>Users with at least one relevant item: only they are measured. Warm and cold ones together.</summary>
    public required int Users { get; init; }

    /// <summary>Users who have a training event.</summary>
    public required int WarmUsers { get; init; }

    public required int ColdUsers { get; init; }

    /// <summary>Users for whom the recommender had nothing to say; every metric is 0 for them.</summary>
    public required int UsersWithoutList { get; init; }

    /// <summary>The whole catalogue: every list is ranked from it.</summary>
    public required int Items { get; init; }

    public required long TrainEvents { get; init; }

    public required long TestEvents { get; init; }

    /// <summary>Test events on items that have no training event.</summary>
    public required long ColdItemTestEvents { get; init; }

    /// <summary>Test events left out because the user already had the item.</summary>
    public required long RepeatsLeftOut { get; init; }
}

/// <summary>Every metric of every measured user.</summary>
/// <param name="Users">[n], indices in the vocabulary, ascending.</param>
/// <param name="Values">By name of the metric: [n], in the order of <paramref name="Users"/>.</param>
public sealed record UserValues(ReadOnlyMemory<int> Users, IReadOnlyDictionary<string, ReadOnlyMemory<double>> Values);
