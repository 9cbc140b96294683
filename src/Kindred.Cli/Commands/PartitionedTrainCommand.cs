using System.Diagnostics;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Cluster;
using Kindred.Models;
using Kindred.Partitions;

namespace Kindred.Cli.Commands;

/// <summary>`kindred train` on partitions: in this process, or by the silos of a cluster.</summary>
internal static class PartitionedTrainCommand
{
    public static void Run(ModelSpec spec, string data, string output, CommandContext session)
    {
        using var folder = PartitionedFolder.Open(data);
        var clock = Stopwatch.StartNew();
        PartitionedTraining.Write(output, session.Train(spec, folder));
        Print(spec.Name, data, output, clock.Elapsed, null, session);
    }

    public static async Task RunAsync(ModelSpec spec, string data, string output, ClusterAddress cluster, CommandContext session)
    {
        if (spec.Trainer is Popularity)
            throw new InputException("popularity is a pass over the events, which needs no cluster; leave --cluster out.");
        PartitionedTraining.CheckSupported(spec.Trainer);
        using (PartitionedFolder.Open(data)) { }
        var clock = Stopwatch.StartNew();
        var job = new ClusterJob(
            SubmittedJob.IdFor(output), Path.GetFullPath(data), spec.Name, session.Seed, Path.GetFullPath(output));
        var status = await SubmittedJob.RunAsync(
            job, cluster, $"Training {spec.Name}", spec.Trainer is ItemKnn ? "piece" : "epoch", session);
        Print(spec.Name, data, output, clock.Elapsed, status, session);
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
