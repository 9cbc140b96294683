using System.Text.Json;
using Kindred.Comparison;
using Kindred.Reports;
using Kindred.Storage;

namespace Kindred.Cli.Options;

/// <summary>Writes a report where the options `--report` and `--html` say.</summary>
internal static class ReportFiles
{
    /// <param name="json">Null: no JSON.</param>
    /// <param name="html">Null: no page.</param>
    /// <exception cref="InputException">A file cannot be written.</exception>
    public static void Write(ExperimentReport report, string? json, string? html)
    {
        if (json is not null) OutputPath.WriteText(json, JsonSerializer.Serialize(report, SealedFolder.Json));
        if (html is not null) OutputPath.WriteText(html, HtmlReport.Of(report));
    }
}
