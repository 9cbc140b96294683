using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kindred.OnlineExperiments.Analysis;
using Kindred.Storage;
using Kindred.Store;

namespace Kindred.Server.Experiments;

/// <summary>Reports from the store alone: what was kept, or else made of all rows.</summary>
internal static class ExperimentReports
{
    private const int RemovedAtOnce = 20_000;

    private static readonly JsonSerializerOptions Json =
        new(SealedFolder.Json) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    /// <summary>How reports are written and read.</summary>
    public static JsonTypeInfo<OnlineExperimentReport> Figures { get; } =
        (JsonTypeInfo<OnlineExperimentReport>)Json.GetTypeInfo(typeof(OnlineExperimentReport));

    public static async Task<OnlineExperimentReport> ReadAsync(
        LiveExperiment experiment, IStore store, DateTimeOffset now, CancellationToken cancellation)
    {
        if (await store.Experiments.KeptReportAsync(experiment.Name, cancellation) is { } kept)
        {
            var read = KeptReport<OnlineExperimentReport>.Read(experiment.Name, kept, Figures);
            return read.Note is { } note ? read.Report with { Notes = [note, .. read.Report.Notes] } : read.Report;
        }
        var evaluation = new ExperimentEvaluation(experiment, store);
        await evaluation.UpdateAsync(cancellation);
        return evaluation.Report(now);
    }

    public static async Task<InterleavingReport> ReadInterleavedAsync(
        LiveExperiment experiment, IStore store, DateTimeOffset now, CancellationToken cancellation)
    {
        if (await store.Experiments.KeptReportAsync(experiment.Name, cancellation) is not { } kept)
            return await InterleavingReport.ReadAsync(experiment, store, now, cancellation);
        var read = KeptReport<InterleavingReport>.Read(experiment.Name, kept, ExperimentsJson.Default.InterleavingReport);
        return read.Note is { } note ? read.Report with { Summary = $"{read.Report.Summary} {note}".Trim() } : read.Report;
    }

    /// <summary>Whether the report is all that is left of an experiment: no row of a unit is.</summary>
    public static async Task<bool> IsKeptAloneAsync(LiveExperiment experiment, IStore store, CancellationToken cancellation) =>
        await store.Experiments.KeptReportAsync(experiment.Name, cancellation) is not null
        && await store.Experiments.AfterAsync(experiment.Name, 0, 1, cancellation) is [];

    /// <summary>
    /// Keeps what an experiment shows, and removes its rows. Another server may do so at the same time; the first report stays.
    /// </summary>
    public static async Task KeepAsync(LiveExperiment experiment, IStore store, DateTimeOffset now, CancellationToken cancellation)
    {
        string report = experiment.Setup.Interleaved
            ? KeptReport<InterleavingReport>.Write(
                await ReadInterleavedAsync(experiment, store, now, cancellation), ExperimentsJson.Default.InterleavingReport)
            : KeptReport<OnlineExperimentReport>.Write(await ReadAsync(experiment, store, now, cancellation), Figures);
        await store.Experiments.KeepReportAsync(experiment.Name, report, cancellation);
        while (await store.Experiments.RemoveAsync(experiment.Name, RemovedAtOnce, cancellation) > 0) { }
    }
}
