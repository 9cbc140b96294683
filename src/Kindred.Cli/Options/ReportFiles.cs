using System.Text.Json;
using Kindred.Comparison;
using Kindred.Data;
using Kindred.Models;
using Kindred.Reports;
using Kindred.Reports.Maps;
using Kindred.Reports.Markup;
using Kindred.Storage;

namespace Kindred.Cli.Options;

/// <summary>Writes a report where the options `--report` and `--html` say.</summary>
internal static class ReportFiles
{
    private const int MostItems = 1_000; // of a map; more are a file of megabytes

    /// <param name="json">Null: no JSON.</param>
    /// <param name="html">Null: no page.</param>
    /// <param name="comparison">The best of its models that has embeddings is drawn as a map of the items; null: none is.</param>
    /// <param name="data">What its models have learned from.</param>
    /// <exception cref="InputException">A file cannot be written.</exception>
    public static void Write(
        ExperimentReport report, string? json, string? html, ModelComparison? comparison = null, Interactions? data = null,
        CancellationToken cancellation = default)
    {
        if (json is not null) OutputPath.WriteText(json, JsonSerializer.Serialize(report, SealedFolder.Json));
        if (html is null) return;
        var (model, map) = comparison is null ? ("", null) : MapOf(comparison, data!, cancellation);
        OutputPath.WriteText(html, HtmlPage.Of(text => HtmlReport.Write(report, text, model, map)));
    }

    private static (string Model, MapDrawing? Drawing) MapOf(
        ModelComparison comparison, Interactions data, CancellationToken cancellation)
    {
        foreach (var standing in comparison.Leaderboard.Standings)
        {
            string name = standing.Report.Name;
            if (comparison.Models.First(model => model.Name == name).Trained.Model is not IEmbeddingModel model) continue;
            var map = ItemMap.Of(model, data, MapLayout.Neighbours, MostItems, cancellation: cancellation);
            if (map.Items.Count > 0) return (name, MapDrawing.Of(map, data.Items, data.ItemAttributes, null));
        }
        return ("", null);
    }
}
