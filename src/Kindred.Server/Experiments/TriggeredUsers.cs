using System.ComponentModel;
using System.Diagnostics;
using Kindred.Store.Exposures;

namespace Kindred.Server.Experiments;

/// <summary>Of those whom this server answered since an experiment's start, how many the arms could treat differently.</summary>
internal sealed class TriggeredUsers(ExposureLog log, TimeProvider clock)
{
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(1); // whoever looks waits

    public async Task<TriggeredShare> OfAsync(LiveExperiment experiment, CancellationToken cancellation)
    {
        if (experiment.StartedAt is not { } start) return new(0, 0, true);
        await log.FlushAsync(cancellation);
        return await Task.Run(() =>
        {
            HashSet<string> all = new(StringComparer.Ordinal), triggered = new(StringComparer.Ordinal);
            long began = Stopwatch.GetTimestamp();
            foreach (var exposure in log.Read(start, experiment.StoppedAt ?? clock.GetUtcNow().AddMinutes(1)))
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
}

/// <summary>How many of those who take part the arms could treat differently.</summary>
internal readonly record struct TriggeredShare(
    [property: Description("Users and sessions that took part, of those whom this server answered.")] int Units,
    [property: Description("Those among them with an answer in which the arms differ.")] int Triggered,
    [property: Description("Whether all answers since the start were looked at; false: the log is too long to be read while you wait, " +
        "and the newest were not.")]
    bool IsWhole);
