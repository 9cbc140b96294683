using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Import;

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
        var append = new Option<string?>("--append")
        {
            Description = "Append to this data folder instead, with the options of its first import.",
            HelpName = "folder",
        };
        var verb = new CliCommand("import", "Read event files into a data folder, and say what was taken for what.",
            "kindred import ml-25m --out data/ml-25m",
            "kindred import 'events-*.csv.gz' --out data/shop --weight view=1 --weight purchase=5 --half-life 90d",
            "kindred import ratings.csv --out data/films --min-value 4 --min-user 5 --item-attributes films.csv",
            "kindred import --file views.csv:view=1 --file orders.csv:purchase=5 --out data/shop",
            "kindred import postgres://me@host/shop --query \"SELECT user_id, sku, created_at FROM orders\" --out data/shop",
            "kindred import log.tsv --out data/log --no-header --user 1 --item 3 --time 2 --on-error skip",
            "kindred import --append data/shop events-2026-11-29.csv.gz") { output, append };
        var source = new SourceOptions(
            verb, "Files, patterns, or a folder of a known shape (MovieLens, gorse): CSV, JSON, Parquet, Excel; gz or zst; SQLite, " +
                "postgres://…; - for standard input.");
        return verb.Runs((parse, session) =>
        {
            var options = source.ImportOptionsIn(parse);
            string? written = parse.GetValue(output), existing = parse.GetValue(append);
            if (written is null == existing is null)
                throw new InputException("Name the data folder: --out to write one, --append to append to one.");
            string folder = written ?? existing!;
            DataSource.CheckRaw(options.Sources);
            OutputPath.Check(folder, DataFolder.Kind, session);
            var summary = session.Activity.Run($"Importing {DataSource.NameOf(options)}", ticker => written is null
                ? Importer.Append(folder, options, ticker, session.Cancellation)
                : Importer.Import(options, folder, ticker, session.Cancellation));
            session.Print(ImportView.Of(summary));
            session.Print(new Paragraph($"{(written is null ? "Appended" : "Written")} to {folder}."));
            session.Print(new JsonResult(new { folder, summary }));
        });
    }
}
