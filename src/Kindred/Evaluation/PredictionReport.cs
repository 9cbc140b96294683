using Kindred.Evaluation.Metrics;

namespace Kindred.Evaluation;

/// <summary>How far one model's predicted values were from those of one holdout. Serializable.</summary>
internal sealed record PredictionReport
{
    /// <summary>Of the model.</summary>
    public required string Name { get; init; }

    /// <summary>One sentence: how the data was cut.</summary>
    public required string Protocol { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Test events: every one is predicted, and all count alike.</summary>
    public required long Events { get; init; }

    /// <summary>Test events of users without known events.</summary>
    public required long ColdUserEvents { get; init; }

    /// <summary>Test events on items without a training event.</summary>
    public required long ColdItemEvents { get; init; }

    /// <summary>The training values' range: predictions are moved into it.</summary>
    public required float Lowest { get; init; }

    public required float Highest { get; init; }

    public required IReadOnlyList<MetricDefinition> Definitions { get; init; }

    /// <summary>Pooled over events; the interval is over users, drawn with all their events.</summary>
    public required IReadOnlyList<Estimate> Estimates { get; init; }

    /// <summary>Bootstrap resamples behind each interval.</summary>
    public required int Resamples { get; init; }

    /// <summary>Of the bootstrap.</summary>
    public required int Seed { get; init; }

    /// <exception cref="InputException">It was not measured.</exception>
    public Estimate Of(string metric) =>
        Estimates.FirstOrDefault(e => e.Metric.Equals(metric, StringComparison.OrdinalIgnoreCase)) ?? throw new InputException(
            $"'{metric}' was not measured; there are {string.Join(", ", Estimates.Select(e => e.Metric))}.");
}
