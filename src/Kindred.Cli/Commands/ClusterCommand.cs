using System.CommandLine;
using System.Net;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Cluster;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Kindred.Cli.Commands;

/// <summary>`kindred cluster`: silos that train together, and their jobs.</summary>
internal static class ClusterCommand
{
    public static Command Create() => new CliCommand("cluster", "Train on several machines.",
        "kindred cluster silo --cluster redis://cache:6379 --jobs /shared/jobs --listen 10.0.0.5",
        "kindred train /shared/shop --model implicit-als --out /shared/models/als --cluster redis://cache:6379",
        "kindred cluster jobs --cluster redis://cache:6379")
    {
        Silo(), Jobs(), Cancel(),
    };

    /// <summary>Where the silos find each other.</summary>
    public static Option<string> Address(bool isRequired) => new("--cluster")
    {
        Description = "Where silos find each other: redis://host:port, or localhost:port, the first silo of one machine.",
        HelpName = "address",
        Required = isRequired,
    };

    private static CliCommand Silo()
    {
        var address = Address(isRequired: true);
        var jobs = new Option<string>("--jobs")
        {
            Description = "Folder for jobs; every silo sees the same.",
            HelpName = "folder",
            Required = true,
        };
        var port = new Option<int>("--port")
        {
            Description = "Port of this silo; clients connect 10,000 above.",
            DefaultValueFactory = _ => ClusterAddress.DefaultPort,
            HelpName = "number",
        };
        var listen = new Option<string>("--listen")
        {
            Description = "With Redis: address of this machine at which the other silos and clients reach it.",
            DefaultValueFactory = _ => "127.0.0.1",
            HelpName = "address",
        };
        return new CliCommand("silo", "Run a silo: it takes part in trainings until it is stopped.",
            "kindred cluster silo --cluster localhost:11111 --jobs jobs",
            "kindred cluster silo --cluster localhost:11111 --jobs jobs --port 11112",
            "kindred cluster silo --cluster redis://cache:6379 --jobs /shared/jobs --listen 10.0.0.5") { address, jobs, listen, port }
            .Runs(async (parse, session) =>
            {
                int number = parse.GetValue(port);
                if (number is < 1 or > 65535 - ClusterAddress.GatewayOffset)
                    throw new InputException($"--port must be from 1 to {65535 - ClusterAddress.GatewayOffset}, was {number}.");
                var cluster = ClusterAddress.Parse(parse.GetRequiredValue(address));
                string host = parse.GetRequiredValue(listen);
                if (!IPAddress.TryParse(host, out var at) || at.Equals(IPAddress.Any))
                    throw new InputException($"--listen must be an address of this machine, such as 10.0.0.5, was '{host}'.");
                using var silo = ClusterHost.Silo(cluster, parse.GetRequiredValue(jobs), at, number, session.Workers);
                await silo.StartAsync(session.Cancellation);
                session.Activity.Note($"Silo {number} of {cluster} is ready.");
                try
                {
                    await silo.WaitForShutdownAsync(session.Cancellation);
                }
                finally
                {
                    await silo.StopAsync(CancellationToken.None);
                }
            });
    }

    private static CliCommand Jobs()
    {
        var address = Address(isRequired: true);
        return new CliCommand("jobs", "List the jobs of a cluster: how far they are, and who works on them.",
            "kindred cluster jobs --cluster redis://cache:6379") { address }
            .Runs(async (parse, session) =>
            {
                using var client = await ClusterHost.ConnectAsync(
                    ClusterAddress.Parse(parse.GetRequiredValue(address)), session.Cancellation);
                var jobs = await client.Services.GetRequiredService<IClusterClient>().GetGrain<IJobsGrain>(0).ListAsync();
                session.Print(jobs.Count == 0 ? new Paragraph("There are no jobs.") : new Grid(
                    [new("job"), new("started"), new("state"), new("epoch", IsNumber: true), new("loss", IsNumber: true),
                        new("silos", IsNumber: true), new("attempts", IsNumber: true), new("what", Wraps: true)],
                    [.. jobs.Select(job => (string[])
                    [
                        job.Job.Id, $"{job.Started:yyyy-MM-dd HH:mm:ss}", $"{job.State}".ToLowerInvariant(), $"{job.Epoch} of {job.Epochs}",
                        job.Loss is { } loss ? Format.Loss(loss) : "", $"{job.Silos.Count}", $"{job.Attempts}", job.Note,
                    ])]));
                session.Print(new JsonResult(new { jobs }));
            });
    }

    private static CliCommand Cancel()
    {
        var address = Address(isRequired: true);
        var job = new Argument<string>("job") { Description = "Id of the job." };
        return new CliCommand("cancel", "Cancel a job.", "kindred cluster cancel 20261130-041500-als --cluster redis://cache:6379")
        {
            job, address,
        }.Runs(async (parse, session) =>
        {
            using var client = await ClusterHost.ConnectAsync(ClusterAddress.Parse(parse.GetRequiredValue(address)), session.Cancellation);
            string id = parse.GetRequiredValue(job);
            var grain = client.Services.GetRequiredService<IClusterClient>().GetGrain<IJobGrain>(id);
            var before = await grain.StatusAsync() ?? throw new InputException($"There is no job {id}; kindred cluster jobs lists them.");
            await grain.CancelAsync();
            session.Print(new Paragraph(before.State == JobState.Running ? $"Job {id} is cancelled."
                : $"Job {id} had ended: {before.State.ToString().ToLowerInvariant()}."));
        });
    }
}
