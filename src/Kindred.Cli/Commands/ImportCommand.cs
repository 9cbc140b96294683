using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Import;
using Kindred.Server;

namespace Kindred.Cli.Commands;

/// <summary>`kindred import`: raw files into a data folder.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var output = new Option<string?>("--out", "-o")
        {
            Description = "Data folder to write; an existing one is replaced.",
            HelpName = "folder",
        };
        var data = new Option<string?>("--data")
        {
            Description = "Living folder to add to instead, which `kindred serve --data` made; its server may run.",
            HelpName = "folder",
        };
        var type = new Option<string?>("--type")
        {
            Description = "With --data: type of events whose files do not say it. Default: rating where there are values, else view.",
            HelpName = "word",
        };
        var append = new Option<string?>("--append")
        {
            Description = "Append to this data folder instead, with the options of its first import.",
            HelpName = "folder",
        };
        var partitions = new Option<int?>("--partitions")
        {
            Description = "With --out: cut the events by users into so many parts, so that several machines can train on them.",
            HelpName = "count",
        };
        var verb = new CliCommand("import", "Read event files into a data folder, and say what was taken for what.",
            "kindred import ml-25m --out data/ml-25m",
            "kindred import 'events-*.csv.gz' --out data/shop --weight view=1 --weight purchase=5 --half-life 90d",
            "kindred import ratings.csv --out data/films --min-value 4 --min-user 5 --item-attributes films.csv",
            "kindred import --file views.csv:view=1 --file orders.csv:purchase=5 --out data/shop",
            "kindred import postgres://me@host/shop --query \"SELECT user_id, sku, created_at FROM orders\" --out data/shop",
            "kindred import log.tsv --out data/log --no-header --user 1 --item 3 --time 2 --on-error skip",
            "kindred import --append data/shop events-2026-11-29.csv.gz",
            "kindred import 'events-*.csv.gz' --data shop",
            "kindred import 'events-*.parquet' --out /shared/shop --partitions 64") { output, append, data, type, partitions };
        var source = new SourceOptions(
            verb, "Files, patterns, or a folder of a known shape (MovieLens, gorse): CSV, JSON, Parquet, Excel; gz or zst; SQLite, " +
                "postgres://…; - for standard input.");
        return verb.Runs((parse, session) =>
        {
            var options = source.ImportOptionsIn(parse);
            string? written = parse.GetValue(output), existing = parse.GetValue(append), living = parse.GetValue(data);
            if (new[] { written, existing, living }.Count(given => given is not null) != 1)
                throw new InputException("Name where to import to: a data folder, --out to write one, --append to append to one; or " +
                    "--data for a living folder.");
            if (living is null && parse.GetValue(type) is not null)
                throw new InputException("--type is for a living folder; give --data, or leave it out.");
            DataSource.CheckRaw(options.Sources);
            if (living is not null && parse.GetValue(type) is null && source.GivenIn(parse) is null
                && options.Sources is [var file] && LivingLines.Are(file))
                return new LivingLines(LivingFolder.Open(living), session).RunAsync(file);
            if (living is not null)
                return new LivingImport(LivingFolder.Open(living), parse.GetValue(type), session).RunAsync(options);
            if (parse.GetValue(partitions) is { } count)
            {
                if (written is null) throw new InputException("--partitions is for a new folder; give --out.");
                var parts = session.Activity.Run($"Importing {DataSource.NameOf(options)}", ticker =>
                    Importer.ImportPartitions(options, count, written, ticker, session.Cancellation));
                session.Print(ImportView.Of(parts));
                session.Print(new Paragraph($"Written to {written}, in {Format.Many(count, "partition")}."));
                session.Print(new JsonResult(new { folder = written, partitions = count, summary = parts }));
                return Task.CompletedTask;
            }
            string folder = written ?? existing!;
            OutputPath.Check(folder, DataFolder.Kind, session);
            bool isReplaced = written is not null && DataFolder.Is(folder);
            var summary = session.Activity.Run($"Importing {DataSource.NameOf(options)}", ticker => written is null
                ? Importer.Append(folder, options, ticker, session.Cancellation)
                : Importer.Import(options, folder, ticker, session.Cancellation));
            session.Print(ImportView.Of(summary));
            string note = isReplaced ? ", in place of the data that were there" : "";
            session.Print(new Paragraph($"{(written is null ? "Appended" : "Written")} to {folder}{note}."));
            session.Print(new JsonResult(new { folder, summary }));
            return Task.CompletedTask;
        });
    }
}
