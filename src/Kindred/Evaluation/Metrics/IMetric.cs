namespace Kindred.Evaluation.Metrics;

/// <summary>A number that lists are judged by.</summary>
internal interface IMeasure
{
    MetricDefinition Definition { get; }

    /// <summary>How many items of a list count, ≥ 1; <see cref="int.MaxValue"/>: all of them, the whole catalogue in order.</summary>
    int K { get; }
}

/// <summary>How good one user's list is. All metrics of a user are computed from the same list.</summary>
internal interface IMetric : IMeasure
{
    /// <returns>NaN where the metric has no meaning for this user: they are left out of its mean.</returns>
    double Measure(in RankedList ranking);
}

/// <summary>What can be said of all users' lists only together.</summary>
internal interface ICatalogMetric : IMeasure
{
    double Measure(Exposure exposure);
}

/// <summary>How often each item was among the first K of a list.</summary>
/// <param name="Counts">[items]</param>
/// <param name="Lists">Number of lists, also of empty ones.</param>
internal sealed record Exposure(int K, ReadOnlyMemory<int> Counts, int Lists);

/// <summary>Which values of a metric are good ones.</summary>
public enum MetricDirection
{
    Higher,
    Lower,

    /// <summary>It describes, it does not judge.</summary>
    Neither,
}

/// <param name="Name">As in tables, with the cut-off: <c>NDCG@10</c>.</param>
/// <param name="Formula">One sentence; reports print it.</param>
public sealed record MetricDefinition(string Name, string Formula, MetricDirection Better = MetricDirection.Higher);

internal static class MetricNames
{
    extension(IMeasure metric)
    {
        public string Name => metric.Definition.Name;
    }
}
