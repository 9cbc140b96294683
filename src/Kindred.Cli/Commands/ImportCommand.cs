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
        var output = new Option<string>("--out", "-o")
        {
            Description = "Data folder to write; an existing one is replaced.",
            HelpName = "folder",
            Required = true,
        };
        var verb = new CliCommand("import", "Read event files into a data folder, and say what was taken for what.",
            "kindred import ml-25m --out data/ml-25m",
            "kindred import 'events-*.csv.gz' --out data/shop --weight view=1 --weight purchase=5 --half-life 90d",
            "kindred import ratings.csv --out data/films --min-value 4 --min-user 5 --item-attributes films.csv",
            "kindred import --file views.csv:view=1 --file orders.csv:purchase=5 --out data/shop",
            "kindred import postgres://me@host/shop --query \"SELECT user_id, sku, created_at FROM orders\" --out data/shop",
            "kindred import log.tsv --out data/log --no-header --user 1 --item 3 --time 2 --on-error skip") { output };
        var source = new SourceOptions(
            verb, "Files, patterns, or a folder of a known shape (MovieLens, gorse): CSV, JSON, Parquet, Excel; gz or zst; SQLite, " +
                "postgres://…; - for standard input.");
        return verb.Runs((parse, session) =>
        {
            var (options, folder) = (source.ImportOptionsIn(parse), parse.GetRequiredValue(output));
            DataSource.CheckRaw(options.Sources);
            OutputPath.Check(folder, DataFolder.Kind, session);
            var summary = session.Activity.Run(
                $"Importing {DataSource.NameOf(options)}", ticker => Importer.Import(options, folder, ticker, session.Cancellation));
            session.Print(ImportView.Of(summary));
            session.Print(new Paragraph($"Written to {folder}."));
            session.Print(new JsonResult(new { folder, summary }));
        });
    }
}
