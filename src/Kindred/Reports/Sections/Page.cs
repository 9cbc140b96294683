using Kindred.Comparison;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Reports.Markup;

namespace Kindred.Reports.Sections;

/// <summary>A model that was measured, with its sign.</summary>
/// <param name="AgainstBaseline">Null: it is the baseline.</param>
/// <param name="Model">Null: the report does not say how it came to be.</param>
internal sealed record Entrant(EvaluationReport Report, PairedComparison? AgainstBaseline, ModelManifest? Model, ModelMarker Sign)
{
    public string Name => Report.Name;

    /// <returns>Null: not measured.</returns>
    public Estimate? Of(string metric) => In(Report.Segments[0], metric);

    /// <returns>A metric of all lists together; NaN: not measured.</returns>
    public double OfCatalog(string metric) => Report.Catalog.FirstOrDefault(c => c.Metric == metric)?.Value ?? double.NaN;

    /// <returns>Null: no such segment, or the metric was not measured in it.</returns>
    public Estimate? In(string grouping, string group, string metric) =>
        Report.Segments.FirstOrDefault(s => s.Grouping == grouping && s.Name == group) is { } segment ? In(segment, metric) : null;

    private static Estimate? In(Segment segment, string metric) => segment.Estimates.FirstOrDefault(e => e.Metric == metric);
}

/// <summary>What all parts of the page are made from.</summary>
/// <param name="Entrants">Best first.</param>
internal sealed record Page(ExperimentReport Report, IReadOnlyList<Entrant> Entrants)
{
    /// <param name="like">A page that shows the same models, whose signs they keep; null: none.</param>
    public static Page Of(ExperimentReport report, Page? like = null)
    {
        var entrants = new List<Entrant>();
        int place = 0;
        foreach (var standing in report.Leaderboard.Standings)
        {
            string name = standing.Report.Name;
            var sign = like?.Entrants.FirstOrDefault(entrant => entrant.Name == name)?.Sign
                ?? new ModelMarker(name, name == report.Leaderboard.Baseline ? -1 : place++);
            entrants.Add(new(standing.Report, standing.AgainstBaseline, report.Models.FirstOrDefault(m => m.Name == name), sign));
        }
        return new(report, entrants);
    }

    /// <summary>The one that decides.</summary>
    public string Metric => Report.Leaderboard.Metric;

    /// <summary>The model to use.</summary>
    public string Winner => Report.Confirmation?.Winner ?? Report.Leaderboard.Winner;

    /// <summary>What is the same for all models is read from this one.</summary>
    public EvaluationReport First => Entrants[0].Report;

    public IEnumerable<string> Warnings => Entrants.SelectMany(e => e.Report.Warnings).Distinct();

    public IEnumerable<MetricDefinition> Definitions => Entrants.SelectMany(e => e.Report.Definitions).DistinctBy(d => d.Name);

    /// <summary>Over users, in the order measured.</summary>
    public IEnumerable<string> Metrics => Entrants.SelectMany(e => e.Report.Segments[0].Estimates.Select(s => s.Metric)).Distinct();

    public MetricDirection Better(string metric) =>
        Definitions.FirstOrDefault(d => d.Name == metric)?.Better ?? Kindred.Evaluation.Metrics.MetricDirection.Neither;

    /// <summary>Cut-off of the metric that decides; null: it has none.</summary>
    public int? K => MetricFamily.Parse(Metric).K;
}

/// <summary>One metric at several cut-offs: <c>NDCG@5</c> and <c>NDCG@10</c> are one family.</summary>
internal static class MetricFamily
{
    public static (string Family, int? K) Parse(string metric)
    {
        int at = metric.LastIndexOf('@');
        return at > 0 && int.TryParse(metric.AsSpan(at + 1), out int k) && k > 0 ? (metric[..at], k) : (metric, null);
    }
}

/// <summary>A part of the page.</summary>
/// <param name="Id">In addresses.</param>
internal sealed record Section(string Id, string Title, Action<Html> Write);
