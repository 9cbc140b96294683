using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Models;
using Kindred.Server;
using Kindred.Server.Renewal;
using Kindred.Store;

namespace Kindred.Cli.Commands;

/// <summary>`kindred renew`: trains a model on what a living folder knows now; its server runs it as a process of its own.</summary>
internal static class RenewCommand
{
    public static Command Create()
    {
        var data = LivingOption.Data();
        var lines = new Option<bool>("--lines")
        {
            Description = "Say how far it is in JSON lines, and end when standard input does: for the server.",
            Hidden = true,
        };
        return new CliCommand("renew", "Train a model on what a living folder knows now, judge it, and serve it if it passes.",
            "kindred renew --data shop") { data, lines }
            .Runs(async (parse, session) =>
            {
                var folder = LivingFolder.Open(parse.GetRequiredValue(data));
                await using var store = await folder.OpenStoreAsync(session.Cancellation);
                if (parse.GetValue(lines)) await SayLines(folder, store, session);
                else await Show(folder, store, session);
            });
    }

    private static async Task SayLines(LivingFolder folder, IStore store, CommandContext session)
    {
        EndWithStandardInput();
        var result = await Renewal(folder, store, session, session.Cancellation).RunAsync(new Lines());
        Console.WriteLine(new RenewalLine(Result: result));
    }

    private static async Task Show(LivingFolder folder, IStore store, CommandContext session)
    {
        var job = new RenewalJob(store, folder.Path);
        var ended = await session.Activity.Run("Training", bar => job.RunAsync(
            "`kindred renew`",
            (report, turn) => Task.Run(() => Renewal(folder, store, session, turn).RunAsync(new Both(report, bar)), turn),
            cancellation: session.Cancellation));
        session.Cancellation.ThrowIfCancellationRequested();
        if (ended is null) throw new InputException("A model is being trained already; `kindred jobs` shows how far it is, and where.");
        var detail = RenewalJob.DetailOf(ended);
        if (ended.State != JobState.Succeeded) throw new InputException(detail.Reason ?? "The training failed.");
        session.Print(Grid.OfPairs(
        [
            ("snapshot", detail.Snapshot ?? "none"), ("served", detail.Served == true ? "yes" : "no"), ("why", detail.Reason ?? ""),
        ]));
        session.Print(new JsonResult(new { snapshot = detail.Snapshot, served = detail.Served, reason = detail.Reason }));
    }

    private static ModelRenewal Renewal(LivingFolder folder, IStore store, CommandContext session, CancellationToken cancellation) =>
        new(folder, store, PipelineTraining.QuietFor(session), session.Trainers, session.Training with { Cancellation = cancellation });

    /// <summary>The server holds the other end: when it is killed, its training ends too.</summary>
    private static void EndWithStandardInput()
    {
        var thread = new Thread(() =>
        {
            using var input = Console.OpenStandardInput();
            while (input.ReadByte() >= 0) { }
            Environment.Exit(130);
        })
        { IsBackground = true };
        thread.Start();
    }

    private sealed class Lines : IProgress<RenewalProgress>
    {
        private readonly Lock _gate = new();
        private RenewalProgress? _last;

        public void Report(RenewalProgress value)
        {
            lock (_gate)
            {
                if (value.Step == _last?.Step && value.Share - _last.Share < .01) return;
                _last = value;
                Console.WriteLine(new RenewalLine(value));
            }
        }
    }

    private sealed class Both(IProgress<RenewalProgress> job, IProgress<TrainingProgress> bar) : IProgress<RenewalProgress>
    {
        public void Report(RenewalProgress value)
        {
            job.Report(value);
            if (value.Share is { } share) bar.Report(new((int)(100 * share), 100, "percent"));
        }
    }
}
