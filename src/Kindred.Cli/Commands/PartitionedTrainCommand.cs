using System.Diagnostics;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Cluster;
using Kindred.Models;
using Kindred.Partitions;
using Microsoft.Extensions.DependencyInjection;

namespace Kindred.Cli.Commands;

/// <summary>`kindred train` on partitions: in this process, or by the silos of a cluster.</summary>
internal static class PartitionedTrainCommand
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    public static void Run(ModelSpec spec, string data, string output, CommandContext session)
    {
        using var folder = PartitionedFolder.Open(data);
        var clock = Stopwatch.StartNew();
        PartitionedTraining.Write(output, session.Train(spec, folder));
        Print(spec.Name, data, output, clock.Elapsed, null, session);
    }

    public static async Task RunAsync(ModelSpec spec, string data, string output, ClusterAddress cluster, CommandContext session)
    {
        PartitionedTraining.Supported(spec.Trainer);
        using (PartitionedFolder.Open(data)) { }
        using var client = await ClusterHost.ConnectAsync(cluster, session.Cancellation);
        var now = DateTimeOffset.UtcNow;
        var job = new TrainingJob(
            $"{now:yyyyMMdd-HHmmss}-{Path.GetFileName(Path.TrimEndingDirectorySeparator(output))}-{Guid.NewGuid().ToString("N")[..4]}",
            Path.GetFullPath(data), spec.Name, session.Seed, Path.GetFullPath(output));
        var grain = client.Services.GetRequiredService<IClusterClient>().GetGrain<IJobGrain>(job.Id);
        var clock = Stopwatch.StartNew();
        await grain.SubmitAsync(job);
        session.Activity.Note($"Job {job.Id} was submitted; kindred cluster jobs --cluster {cluster} shows it.");
        var status = session.Activity.Run(
            $"Training {spec.Name}", progress => FollowAsync(grain, progress, session.Cancellation).GetAwaiter().GetResult());
        if (status.State != JobState.Done) throw new InputException($"Job {job.Id}: {status.Note}");
        Print(spec.Name, data, output, clock.Elapsed, status, session);
    }

    private static async Task<JobStatus> FollowAsync(
        IJobGrain grain, ProgressBar progress, CancellationToken cancellation)
    {
        int epoch = 0;
        while (true)
        {
            try
            {
                var status = await grain.StatusAsync() ?? throw new InputException("The job is gone.");
                if (status.Epoch > epoch) progress.Report(new TrainingProgress(epoch = status.Epoch, status.Epochs, "epoch", status.Loss));
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

    private static void Print(string model, string data, string output, TimeSpan time, JobStatus? status, CommandContext session)
    {
        using var folder = PartitionedFolder.Open(data);
        session.Print(Grid.OfPairs(
        [
            ("model", model),
            ("data", $"{folder.Manifest.Name}: {Format.Many(folder.Users, "user")}, {Format.Many(folder.Items.Count, "item")}, "
                + $"{Format.Many(folder.Events, "event")} in {Format.Many(folder.Count, "partition")}"),
            ("training", Format.Duration(time)),
            .. status is null ? [] : new[]
            {
                ("silos", $"{status.Silos.Count}, {Format.Many(status.Attempts, "attempt")}"),
                ("sent between silos", $"{status.Sent / 1e6:N1} MB"),
            },
            ("written to", output),
        ]));
        session.Print(new JsonResult(new { folder = output, job = status, seconds = time.TotalSeconds }));
    }
}
