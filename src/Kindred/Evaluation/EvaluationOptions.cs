using Kindred.Evaluation.Metrics;
using Kindred.Evaluation.Metrics.Beyond;
using Kindred.Models;
using Kindred.Splitting;

namespace Kindred.Evaluation;

/// <summary>What to measure, and how sure to be.</summary>
internal sealed record EvaluationOptions
{
    public IReadOnlyList<IMetric> Metrics { get; init; } = StandardMetrics.At(5, 10, 20);

    /// <summary>Null: <see cref="Coverage"/> at each cut-off of <see cref="Metrics"/>.</summary>
    public IReadOnlyList<ICatalogMetric>? CatalogMetrics { get; init; }

    /// <summary>Each [users]: the users of each group are measured apart, by the first metric.</summary>
    public IReadOnlyList<Grouping> UserGroupings { get; init; } = [];

    /// <summary>
    /// Each [pairs of the test part, in the order of its <see cref="Kindred.Interactions.ByUser"/>]: how well are the pairs of each group
    /// found? Measured by the first metric, on the same lists.
    /// </summary>
    public IReadOnlyList<Grouping> PairGroupings { get; init; } = [];

    /// <summary>Bootstrap resamples behind each interval.</summary>
    public int Resamples { get; init; } = 1000;

    /// <summary>Of the bootstrap.</summary>
    public int Seed { get; init; }

    /// <summary>Threads. Changes the time, never the result.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Told the users done, never a smaller number than before.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    public CancellationToken Cancellation { get; init; }

    /// <summary>Ascending: every K at which exposure is counted.</summary>
    internal int[] CutOffs =>
        [.. Metrics.Select(m => m.K).Concat(Catalogwide.Select(m => m.K)).Where(k => k < int.MaxValue).Distinct().Order()];

    internal IReadOnlyList<ICatalogMetric> Catalogwide =>
        CatalogMetrics ?? [.. Metrics.Select(m => m.K).Where(k => k < int.MaxValue).Distinct().Order().Select(k => new Coverage(k))];

    /// <exception cref="InputException">Nothing to measure, or twice the same.</exception>
    internal void Check()
    {
        if (Metrics.Count == 0) throw new InputException("Name at least one metric to measure.");
        if (Metrics.Select(m => m.Name).Concat(Catalogwide.Select(m => m.Name)).GroupBy(n => n)
            .FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InputException($"{twice.Key} is named twice; name each metric once.");
        if (Resamples < 1) throw new InputException($"Resamples must be >= 1, was {Resamples}.");
    }
}
