using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Cluster;
using Kindred.Models;
using Microsoft.Extensions.DependencyInjection;

namespace Kindred.Cli.Commands;

/// <summary>A job of a cluster that a command waits for.</summary>
internal static class SubmittedJob
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <returns>An id for a job that writes there.</returns>
    public static string IdFor(string output) => $"{DateTimeOffset.UtcNow:yyyyMMdd-HHmmss}-"
        + $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(output))}-{Guid.NewGuid().ToString("N")[..4]}";

    /// <summary>Submits it and waits for its end; when the command is cancelled, so is the job.</summary>
    /// <param name="activity">Such as "Training item-knn".</param>
    /// <param name="unit">Of progress, such as "epoch".</param>
    /// <exception cref="InputException">No silo answers, or the job failed.</exception>
    public static async Task<JobStatus> RunAsync(
        ClusterJob job, ClusterAddress cluster, string activity, string unit, CommandContext session)
    {
        using var client = await ClusterHost.ConnectAsync(cluster, session.Cancellation);
        var grain = client.Services.GetRequiredService<IClusterClient>().GetGrain<IJobGrain>(job.Id);
        await grain.SubmitAsync(job);
        session.Activity.Note($"Job {job.Id} was submitted; kindred cluster jobs --cluster {cluster} shows it.");
        var status = session.Activity.Run(
            activity, progress => FollowAsync(grain, unit, progress, session.Cancellation).GetAwaiter().GetResult());
        return status.State == JobState.Done ? status : throw new InputException($"Job {job.Id}: {status.Note}");
    }

    private static async Task<JobStatus> FollowAsync(IJobGrain grain, string unit, ProgressBar progress, CancellationToken cancellation)
    {
        int epoch = 0;
        while (true)
        {
            try
            {
                var status = await grain.StatusAsync() ?? throw new InputException("The job is gone.");
                if (status.Epoch > epoch) progress.Report(new TrainingProgress(epoch = status.Epoch, status.Epochs, unit, status.Loss));
                if (status.State != JobState.Running) return status;
                await Task.Delay(Interval, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                await grain.CancelAsync();
                throw;
            }
            catch (Exception e) when (e is SiloUnavailableException or TimeoutException or OrleansException)
            {
                await Task.Delay(Interval, cancellation); // its silo was lost; another takes the job over
            }
        }
    }
}
