using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Server;
using Kindred.Store;

namespace Kindred.Cli.Commands;

/// <summary>`kindred backup` and `kindred restore`: the store of a living folder in one file, and back.</summary>
internal static class BackupCommand
{
    public static Command Create()
    {
        var data = LivingOption.Data();
        var output = new Option<string>("--out", "-o")
        {
            Description = "File to write; must not exist.",
            HelpName = "file",
            Required = true,
        };
        return new CliCommand("backup", "Copy the events, users, items, settings and keys of a living folder into one file, while it " +
            "serves.",
            "kindred backup --data shop --out shop-2026-01-31.db") { data, output }
            .Runs(async (parse, session) =>
            {
                string file = parse.GetRequiredValue(output);
                await using var store = await LivingFolder.Open(parse.GetRequiredValue(data)).OpenStoreAsync(session.Cancellation);
                await store.BackupAsync(file, session.Cancellation);
                long sequence = await store.Events.LastSequenceAsync(session.Cancellation);
                session.Print(Grid.OfPairs(("written to", file), ("last event", Format.Count(sequence))));
                session.Print(new Paragraph("Snapshots are not in it: they are trained again, or copied as they are."));
                session.Print(new JsonResult(new { file, sequence }));
            });
    }

    public static Command CreateRestore()
    {
        var data = new Option<string>("--data")
        {
            Description = "Living folder to make; it must be new or have no events.",
            HelpName = "folder",
            Required = true,
        };
        var file = new Argument<string>("file") { Description = "A file that `kindred backup` wrote." };
        var target = new Option<string?>("--store")
        {
            Description = "Where the folder keeps its events: postgres://…. Default: a SQLite file in it.",
            HelpName = "url",
        };
        return new CliCommand("restore", "Make a living folder of a backup.",
            "kindred restore shop-2026-01-31.db --data shop",
            "kindred restore shop-2026-01-31.db --data shop --store postgres://kindred@localhost/shop") { file, data, target }
            .Runs(async (parse, session) =>
            {
                string backup = parse.GetRequiredValue(file);
                if (!File.Exists(backup)) throw new InputException($"There is no file {backup}.");
                var folder = LivingFolder.Create(parse.GetRequiredValue(data), parse.GetValue(target));
                using var held = ServerLock.Take(folder);
                await Stores.RestoreAsync(backup, folder.StoreAddress, session.Cancellation);
                await using var store = await folder.OpenStoreAsync(session.Cancellation);
                long sequence = await store.Events.LastSequenceAsync(session.Cancellation);
                session.Print(Grid.OfPairs(("restored", folder.Path), ("last event", Format.Count(sequence))));
                session.Print(new Paragraph($"Serve it: kindred serve --data {PlainText.Word(folder.Path)}"));
                session.Print(new JsonResult(new { folder = folder.Path, sequence }));
            });
    }
}
