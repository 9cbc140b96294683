using Microsoft.Extensions.Hosting;

namespace Kindred.Cluster;

/// <summary>Wakes jobs that run, so that another silo takes over those of one that was lost.</summary>
internal sealed class JobWatch(JobsFolder jobs, IGrainFactory grains) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var job in JobFolder.In(jobs.Path).Where(job => job.State == JobState.Running))
            {
                try
                {
                    await grains.GetGrain<IJobGrain>(job.Job.Id).WakeAsync();
                }
                catch (Exception e) when (e is not OperationCanceledException) { } // silos come and go; it is tried again
            }
        }
    }
}
