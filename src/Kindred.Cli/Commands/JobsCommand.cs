using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Server;
using Kindred.Server.Renewal;
using Kindred.Store;

namespace Kindred.Cli.Commands;

/// <summary>`kindred jobs`: what a living folder's server is doing, and what it has done.</summary>
internal static class JobsCommand
{
    private const int Most = 20;

    public static Command Create()
    {
        var data = LivingOption.Data();
        return new CliCommand("jobs", "List the trainings of a living folder: how far they are, and what they came to.",
            "kindred jobs --data shop") { data }
            .Runs(async (parse, session) =>
            {
                await using var store = await LivingFolder.Open(parse.GetRequiredValue(data)).OpenStoreAsync(session.Cancellation);
                var jobs = (await store.Jobs.ListAsync(Most, session.Cancellation)).Where(job => job.Kind == RenewalJob.Kind).ToArray();
                session.Print(jobs.Length == 0 ? new Paragraph("Nothing was trained yet.")
                    : new Grid([new("started"), new("state"), new("what", Wraps: true)],
                        [.. jobs.Select(job => (string[])
                            [$"{job.CreatedAt:yyyy-MM-dd HH:mm:ss}", $"{job.State}".ToLowerInvariant(), Text(job)])]));
                session.Print(new JsonResult(new { jobs = jobs.Select(JobAnswer.From) }));
            });
    }

    private static string Text(Job job)
    {
        var detail = RenewalJob.DetailOf(job);
        if (job.State == JobState.Running)
            return detail.Share is { } share ? FormattableString.Invariant($"{detail.Step}, {share:P0}") : detail.Step ?? detail.Trigger;
        return detail.Snapshot is null ? detail.Reason ?? "" : $"{detail.Snapshot}: {detail.Reason}";
    }
}
