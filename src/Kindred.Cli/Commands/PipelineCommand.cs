using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Configuration;

namespace Kindred.Cli.Commands;

/// <summary>`kindred pipeline`: looks at pipelines, compares them, measures them.</summary>
internal static class PipelineCommand
{
    private static readonly Argument<string> File = new("pipeline") { Description = "A file that describes a pipeline." };

    public static Command Create() =>
        new CliCommand("pipeline", "Check, compare and measure pipelines: sources of candidates, a ranker, re-rankers.",
            "kindred pipeline check pipeline.json data/films",
            "kindred pipeline evaluate pipeline.json data/films",
            "kindred pipeline dry-run pipeline.json data/films --against snapshots",
            "kindred publish data/films --pipeline pipeline.json --out snapshots")
        {
            CreateCheck(), CreateDiff(), PipelineEvaluateCommand.Create(), PipelineDryRunCommand.Create(),
            PipelineExamplesCommand.Create(), CreateSchema(),
        };

    private static CliCommand CreateCheck()
    {
        var verb = new CliCommand("check", "Check a pipeline, alone or against the data it is for.",
            "kindred pipeline check pipeline.json",
            "kindred pipeline check pipeline.json data/films") { File };
        var source = new SourceOptions(verb, SourceOptions.RawOrImported);
        return verb.Runs((parse, session) =>
        {
            var config = PipelineConfig.Read(parse.GetRequiredValue(File), session.Trainers);
            IReadOnlyList<string> warnings = [];
            if (source.SourcesIn(parse).Count > 0)
            {
                using var opened = DataSource.Open(source, parse, session);
                warnings = config.CheckFor(opened.Dataset.Interactions);
            }
            session.Print(new Grid([new("step"), new("what it is"), new("why it is there", Wraps: true, IsExtra: true)],
                [.. config.Describe().Select(step => new[] { step.Name, step.Kind, step.Description })]));
            if (warnings.Count > 0) session.Print(new BulletList(warnings));
            session.Print(new Paragraph(source.SourcesIn(parse).Count > 0 ? "The pipeline fits the data."
                : "The pipeline is well formed; name data to check it against them."));
            session.Print(new JsonResult(new { steps = config.Steps, warnings }));
        });
    }

    private static CliCommand CreateDiff()
    {
        var before = new Argument<string>("before") { Description = "A pipeline's file, a snapshot, or a folder of snapshots." };
        var after = new Argument<string>("after") { Description = "Another one." };
        return new CliCommand("diff", "Show how two pipelines differ; comments, and defaults that are written out, do not count.",
            "kindred pipeline diff old.json new.json",
            "kindred pipeline diff snapshots pipeline.json") { before, after }.Runs((parse, session) =>
        {
            var changes = PipelineDiff.Between(
                PipelineSource.Read(parse.GetRequiredValue(before), session.Trainers),
                PipelineSource.Read(parse.GetRequiredValue(after), session.Trainers));
            session.Print(changes.Count == 0 ? new Paragraph("They do the same.") : ToGrid(changes));
            session.Print(new JsonResult(new { changes }));
        });
    }

    public static Grid ToGrid(IReadOnlyList<ConfigChange> changes) => new(
        [new("what"), new("before", Wraps: true), new("after", Wraps: true)],
        [.. changes.Select(change => new[] { change.Path, change.Before ?? "—", change.After ?? "—" })]);

    private static CliCommand CreateSchema() =>
        new CliCommand("schema", "Print the JSON schema of pipelines, for editors.", "kindred pipeline schema > pipeline.schema.json")
            .Runs((_, _) =>
            new JsonPrinter().Print(new JsonResult(ConfigSchema.Create())));
}
