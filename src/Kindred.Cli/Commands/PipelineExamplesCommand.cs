using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Configuration;
using Kindred.Import.Writing;
using Kindred.Ranking;

namespace Kindred.Cli.Commands;

/// <summary>`kindred pipeline examples`: what a ranker learns from, for programs that train one elsewhere.</summary>
internal static class PipelineExamplesCommand
{
    private const int BlockRows = 4096;

    public static CliCommand Create()
    {
        var file = new Argument<string>("pipeline") { Description = "A file that describes a pipeline." };
        var output = new Option<string>("--out", "-o")
        {
            Description = "File to write: .csv, .jsonl or .parquet; an existing one is replaced.",
            HelpName = "file",
            Required = true,
        };
        var verb = new CliCommand("examples", "Write the lists that a ranker of the pipeline learns from: a row of features for each "
            + "candidate, and 1 where the user took it.",
            "kindred pipeline examples pipeline.json data/films --out examples.parquet") { file, output };
        var source = new SourceOptions(verb, SourceOptions.RawOrImported);
        return verb.Runs((parse, session) =>
        {
            var config = PipelineConfig.Read(parse.GetRequiredValue(file), session.Trainers);
            string path = parse.GetRequiredValue(output);
            RowFile.CheckName(path);
            OutputPath.CheckFile(path);
            using var opened = DataSource.Open(source, parse, session);
            var examples = PipelineTraining.TrainerFor(session).ExamplesFor(config, opened.Dataset.Interactions, session.Training);
            session.Activity.Run("Writing examples", _ =>
            {
                Write(path, examples, session.Cancellation);
                return true;
            });
            session.Print(Grid.OfPairs(
                ("lists", Format.Count(examples.Groups.Length)), ("candidates", Format.Count(examples.Rows.Rows)),
                ("features", Format.Count(examples.Features.Count)), ("written to", path)));
            session.Print(new JsonResult(
                new { lists = examples.Groups.Length, candidates = examples.Rows.Rows, examples.Features, file = path }));
        });
    }

    private static void Write(string path, RankingExamples examples, CancellationToken cancellation)
    {
        RowColumn[] columns =
        [
            new("list", CellKind.Number), new("label", CellKind.Number),
            .. examples.Features.Select(name => new RowColumn(name, CellKind.Number)),
        ];
        using var file = RowFile.Create(path, columns, cancellation);
        var rows = file.NewWriter();
        for (int row = 0, list = 0, end = examples.Groups[0]; row < examples.Rows.Rows; row++)
        {
            while (row >= end) end += examples.Groups[++list];
            rows.Number(list);
            rows.Number(examples.Labels[row]);
            foreach (float value in examples.Rows.Row(row)) rows.Number(value);
            rows.EndRow();
            if (row % BlockRows == BlockRows - 1 || row == examples.Rows.Rows - 1) file.Append(rows);
        }
        file.Complete();
    }
}
