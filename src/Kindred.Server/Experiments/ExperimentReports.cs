using System.Text.Json;
using Kindred.OnlineExperiments.Analysis;
using Kindred.Storage;
using Kindred.Store;

namespace Kindred.Server.Experiments;

/// <summary>Reports from the store alone: what was kept, or else made of all rows.</summary>
internal static class ExperimentReports
{
    private const int RemovedAtOnce = 20_000;

    public static async Task<OnlineExperimentReport> ReadAsync(
        LiveExperiment experiment, IStore store, DateTimeOffset now, CancellationToken cancellation)
    {
        if (await store.Experiments.KeptReportAsync(experiment.Name, cancellation) is { } kept)
            return JsonSerializer.Deserialize<OnlineExperimentReport>(kept, SealedFolder.Json)!;
        var evaluation = new ExperimentEvaluation(experiment, store);
        await evaluation.UpdateAsync(cancellation);
        return evaluation.Report(now);
    }

    public static async Task<InterleavingReport> ReadInterleavedAsync(
        LiveExperiment experiment, IStore store, DateTimeOffset now, CancellationToken cancellation) =>
        await store.Experiments.KeptReportAsync(experiment.Name, cancellation) is { } kept
            ? JsonSerializer.Deserialize(kept, ExperimentsJson.Default.InterleavingReport)!
            : await InterleavingReport.ReadAsync(experiment, store, now, cancellation);

    /// <summary>Whether the report is all that is left of an experiment: no row of a unit is.</summary>
    public static async Task<bool> IsKeptAloneAsync(LiveExperiment experiment, IStore store, CancellationToken cancellation) =>
        await store.Experiments.KeptReportAsync(experiment.Name, cancellation) is not null
        && await store.Experiments.AfterAsync(experiment.Name, 0, 1, cancellation) is [];

    /// <summary>Keeps what an experiment shows, and removes its rows. Another server may do so at the same time.</summary>
    public static async Task KeepAsync(LiveExperiment experiment, IStore store, DateTimeOffset now, CancellationToken cancellation)
    {
        string report = experiment.Setup.Interleaved
            ? JsonSerializer.Serialize(
                await ReadInterleavedAsync(experiment, store, now, cancellation), ExperimentsJson.Default.InterleavingReport)
            : JsonSerializer.Serialize(await ReadAsync(experiment, store, now, cancellation), SealedFolder.Json);
        await store.Experiments.KeepReportAsync(experiment.Name, report, cancellation);
        while (await store.Experiments.RemoveAsync(experiment.Name, RemovedAtOnce, cancellation) > 0) { }
    }
}
