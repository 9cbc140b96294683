using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Comparison;
using Kindred.Configuration;
using Kindred.Evaluation;
using Kindred.Splitting;

namespace Kindred.Cli.Commands;

/// <summary>`kindred pipeline evaluate`: what the whole is worth, and each of its parts.</summary>
internal static class PipelineEvaluateCommand
{
    public static CliCommand Create()
    {
        var file = new Argument<string>("pipeline") { Description = "A file that describes a pipeline." };
        var k = new Option<int>("--k") { Description = "Length of the lists.", DefaultValueFactory = _ => 10, HelpName = "count" };
        var verb = new CliCommand("evaluate", "Measure a pipeline, its sources, its ranker, and what each step adds.",
            "kindred pipeline evaluate pipeline.json data/films",
            "kindred pipeline evaluate pipeline.json ratings.csv --split time --test-share 0.2") { file, k };
        var impressions = new ImpressionOptions(verb);
        var split = new SplitOptions(verb);
        var source = new SourceOptions(verb, SourceOptions.RawOrImported);
        return verb.Runs((parse, session) =>
        {
            if (parse.GetValue(k) < 1) throw new InputException($"--k must be at least 1, was {parse.GetValue(k)}.");
            var config = PipelineConfig.Read(parse.GetRequiredValue(file), session.Trainers);
            using var parts = split.Open(parse, session, source, needsValidation: false);
            var holdout = parts.Split.Final;
            config.CheckFor(holdout.Train);
            var trainer = PipelineTraining.TrainerFor(session, impressions.Read(parse, holdout.Train, session));
            var report = new PipelineStudy(holdout, trainer, session.Training, parse.GetValue(k)).Run(config);
            Print(report, holdout.Protocol, parse.GetValue(k), session);
        });
    }

    private static void Print(PipelineStudyReport report, string protocol, int k, CommandContext session)
    {
        string ndcg = $"NDCG@{k}", recall = $"Recall@{k}";
        PairedComparison Against(EvaluationReport other) =>
            Significance.Compare(report.Whole, other, ndcg, session.Workers, session.Cancellation);
        session.Print(new Paragraph(protocol));
        session.Print(new Heading("Candidates"));
        session.Print(new Grid([new("source"), new("held-out events found", IsNumber: true), new("by no other", IsNumber: true)],
        [
            .. report.Sources.Select(source => new[] { source.Source, Format.Percent(source.Found), Format.Percent(source.Alone) }),
            ["all", Format.Percent(report.Found), ""],
        ]));
        session.Print(new Heading("Order"));
        session.Print(new Grid([new("of the same candidates"), new($"{ndcg} [95 % CI]", IsNumber: true), new(recall, IsNumber: true)],
            [.. new[] { report.Ordered, report.Ranked, report.Ideal }.Distinct().Select(r => Row(r, ndcg, recall))]));
        session.Print(new Heading("The whole and its parts"));
        session.Print(new Grid(
        [
            new("recommender"), new($"{ndcg} [95 % CI]", IsNumber: true), new(recall, IsNumber: true),
            new("the pipeline is better by", IsNumber: true),
        ],
        [
            Row(report.Whole, ndcg, recall, ""),
            .. report.Singles.Select(single => Row(single, ndcg, recall, Points(Against(single)), $"{single.Name} alone")),
            .. report.Ablations.Select(ablation => Row(ablation.Report, ndcg, recall, Points(Against(ablation.Report)))),
        ]));
        if (report.Singles.MaxBy(single => single.Of(ndcg).Mean) is { } best) session.Print(new Paragraph(Against(best).Verdict));
        session.Print(new JsonResult(new
        {
            protocol,
            sources = report.Sources,
            report.Found,
            whole = report.Whole,
            ordered = report.Ordered.Of(ndcg),
            ranked = report.Ranked.Of(ndcg),
            ideal = report.Ideal.Of(ndcg),
            singles = report.Singles.Select(single => new { single.Name, value = single.Of(ndcg), difference = Against(single) }),
            ablations = report.Ablations.Select(
                ablation => new { ablation.Step, value = ablation.Report.Of(ndcg), difference = Against(ablation.Report) }),
        }));
    }

    private static string[] Row(EvaluationReport report, string ndcg, string recall, string? difference = null, string? name = null) =>
    [
        name ?? report.Name, Format.Interval(report.Of(ndcg)), Format.Metric(report.Of(recall).Mean),
        .. difference is null ? Array.Empty<string>() : [difference],
    ];

    private static string Points(PairedComparison comparison) =>
        $"{100 * comparison.Difference:+0.0;−0.0} [{100 * comparison.Low:0.0}, {100 * comparison.High:0.0}] points";
}
