using System.Collections.Concurrent;
using System.Diagnostics;
using Kindred.OnlineExperiments.Analysis;
using Kindred.Server.Experiments;
using Kindred.Store.Exposures;

namespace Kindred.Server.Dashboard;

/// <summary>
/// What experiments show, as far as nobody has to wait for it: a report that takes longer is there when a page is loaded again.
/// </summary>
internal sealed class PendingReports(ExperimentService service, ExposureLog log, TimeProvider clock)
{
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(1);

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

    /// <summary>Of those whom this server answered since the start, how many the arms could treat differently.</summary>
    public async Task<TriggeredShare> TriggeredAsync(LiveExperiment experiment, CancellationToken cancellation)
    {
        await log.FlushAsync(cancellation);
        return await Task.Run(() =>
        {
            HashSet<string> all = new(StringComparer.Ordinal), triggered = new(StringComparer.Ordinal);
            long began = Stopwatch.GetTimestamp();
            var end = experiment.StoppedAt ?? clock.GetUtcNow().AddMinutes(1);
            foreach (var exposure in log.Read(experiment.StartedAt!.Value, end))
            {
                if (Stopwatch.GetElapsedTime(began) > MostTime) return new(all.Count, triggered.Count, false);
                if ((exposure.UserId ?? exposure.SessionId) is not { } unit) continue;
                foreach (var arm in exposure.Arms)
                {
                    if (arm.Experiment != experiment.Name) continue;
                    all.Add(unit);
                    if (arm.IsTriggered) triggered.Add(unit);
                }
            }
            return new TriggeredShare(all.Count, triggered.Count, true);
        }, cancellation);
    }

    private sealed record Pending(Task<OnlineExperimentReport> Report, long Began);
}

/// <param name="Units">Users and sessions that took part.</param>
/// <param name="Triggered">Those among them that the arms could treat differently.</param>
/// <param name="IsWhole">Whether all answers since the start were looked at.</param>
internal readonly record struct TriggeredShare(int Units, int Triggered, bool IsWhole);
