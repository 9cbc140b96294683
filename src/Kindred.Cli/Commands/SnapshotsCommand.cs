using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Server;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.Store;

namespace Kindred.Cli.Commands;

/// <summary>`kindred snapshots`, `promote` and `rollback`: which model of a living folder answers.</summary>
internal static class SnapshotsCommand
{
    public static Command Create()
    {
        var data = LivingOption.Data();
        var id = new Argument<string?>("id") { Description = "Show what the gate found about this one.", DefaultValueFactory = _ => null };
        return new CliCommand("snapshots", "List the snapshots of a living folder: which one answers, and what the gate found.",
            "kindred snapshots --data shop", "kindred snapshots 12 --data shop") { id, data }
            .Runs(async (parse, session) =>
            {
                var (folder, store) = await Open(parse, data, session);
                await using (store)
                {
                    var shelf = new SnapshotShelf(folder, store, session.Trainers);
                    if (parse.GetValue(id) is { } one) Show(shelf.Find(one), session);
                    else await Show(shelf, session);
                }
            });
    }

    public static Command CreatePromote()
    {
        var data = LivingOption.Data();
        var id = new Argument<string>("id") { Description = "The snapshot, or the number at its beginning." };
        var reason = Reason();
        var anyway = new Option<bool>("--anyway") { Description = "Serve it although it failed the gate." };
        return new CliCommand("promote", "Serve a snapshot of a living folder; a running server swaps to it at once.",
            "kindred promote 12 --data shop") { id, data, reason, anyway }
            .Runs(async (parse, session) =>
            {
                var (folder, store) = await Open(parse, data, session);
                await using (store)
                {
                    var served = await Shelf(folder, store, session).PromoteAsync(
                        parse.GetRequiredValue(id), "kindred promote", parse.GetValue(reason), parse.GetValue(anyway),
                        cancellation: session.Cancellation);
                    Say(served, session);
                }
            });
    }

    public static Command CreateRollBack()
    {
        var data = LivingOption.Data();
        var reason = Reason();
        return new CliCommand("rollback",
            "Serve the snapshot that was served before; from then on none is promoted by itself, until a person promotes one.",
            "kindred rollback --data shop --reason \"films of one studio only\"") { data, reason }
            .Runs(async (parse, session) =>
            {
                var (folder, store) = await Open(parse, data, session);
                await using (store)
                {
                    var shelf = Shelf(folder, store, session);
                    Say(await shelf.RollBackAsync("kindred rollback", parse.GetValue(reason), session.Cancellation), session);
                }
            });
    }

    private static Option<string?> Reason() => new("--reason") { Description = "Why; kept with the snapshot.", HelpName = "text" };

    private static async Task<(LivingFolder Folder, IStore Store)> Open(ParseResult parse, Option<string> data, CommandContext session)
    {
        var folder = LivingFolder.Open(parse.GetRequiredValue(data));
        return (folder, await folder.OpenStoreAsync(session.Cancellation));
    }

    private static SnapshotShelf Shelf(LivingFolder folder, IStore store, CommandContext session) =>
        new(folder, store, session.Trainers, warn: sentence => session.Activity.Note($"Warning: {sentence}"));

    private static void Say(ServedSnapshot served, CommandContext session)
    {
        session.Print(new Paragraph($"{served.Snapshot} answers."));
        session.Print(new JsonResult(new { served = served.Snapshot, previous = served.Previous, isHeld = served.IsHeld }));
    }

    private static async Task Show(SnapshotShelf shelf, CommandContext session)
    {
        var traffic = await shelf.TrafficAsync(session.Cancellation);
        var served = traffic.Served;
        SnapshotAnswer[] all = [.. shelf.All.Select(snapshot => SnapshotAnswer.From(snapshot, traffic))];
        session.Print(all.Length == 0 ? new Paragraph("There is no snapshot yet.")
            : new Grid([new("snapshot"), new("state"), new("gate"), new("why", Wraps: true)],
                [.. all.Select(one => (string[])[one.Id, StateOf(one), one.Verdict ?? "not judged", one.Reason ?? ""])]));
        if (served.IsHeld) session.Print(new Paragraph("After a rollback no model is promoted by itself, until a person promotes one."));
        session.Print(new JsonResult(new SnapshotsAnswer(served.Snapshot, served.IsHeld, all)));
    }

    private static void Show(ShelvedSnapshot snapshot, CommandContext session)
    {
        var promotion = snapshot.Promotion ?? throw new InputException($"No gate judged {snapshot.Id}.");
        session.Print(Grid.OfPairs(
        [
            ("snapshot", promotion.Snapshot), ("model", promotion.Model), ("chosen", promotion.Why),
            ("against", promotion.Against ?? "nothing"), ("verdict", $"{SnapshotAnswer.NameOf(promotion.Verdict)}: {promotion.Reason}"),
        ]));
        session.Print(new Grid([new("check"), new("outcome"), new("why", Wraps: true)],
            [.. promotion.Checks.Select(check => (string[])[check.Name, SnapshotAnswer.NameOf(check.Outcome), check.Reason])]));
        if (promotion.Steps.Count > 0)
            session.Print(new Grid([new("when"), new("what"), new("by"), new("why", Wraps: true)],
                [.. promotion.Steps.Select(step => (string[])
                    [$"{step.At:yyyy-MM-dd HH:mm:ss}", step.Action, step.By, step.Reason ?? ""])]));
        session.Print(new JsonResult(promotion));
    }

    private static string StateOf(SnapshotAnswer snapshot) => snapshot.IsServed ? "answers"
        : snapshot.Canary is not null ? "canary"
        : snapshot.WasServed ? "answered before" : snapshot.Verdict is "needsPerson" ? "waits" : "kept";
}
