using System.Collections.Concurrent;
using System.Diagnostics;
using Kindred.OnlineExperiments.Analysis;
using Kindred.Server.Experiments;

namespace Kindred.Server.Dashboard;

/// <summary>
/// What experiments show, as far as nobody has to wait for it: a report that takes longer is there when a page is loaded again.
/// </summary>
internal sealed class PendingReports(ExperimentService service)
{
    /// <summary>What nobody came back for is not shown as what is now.</summary>
    private static readonly TimeSpan MostAge = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, Pending> _pending = new(StringComparer.Ordinal);

    /// <returns>Null: it takes longer.</returns>
    public async Task<OnlineExperimentReport?> OfAsync(LiveExperiment experiment, TimeSpan wait)
    {
        Pending Begin() => new(Task.Run(() => service.ReportAsync(experiment)), Stopwatch.GetTimestamp());
        var pending = _pending.AddOrUpdate(
            experiment.Name, _ => Begin(),
            (_, known) => known.Report.IsCompleted && Stopwatch.GetElapsedTime(known.Began) > MostAge ? Begin() : known);
        if (await Task.WhenAny(pending.Report, Task.Delay(wait)) != pending.Report) return null;
        _pending.TryRemove(KeyValuePair.Create(experiment.Name, pending));
        return await pending.Report;
    }

    private sealed record Pending(Task<OnlineExperimentReport> Report, long Began);
}
