using System.CommandLine;
using System.Text.Json;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Comparison;
using Kindred.Reports;
using Kindred.Splitting;
using Kindred.Storage;

namespace Kindred.Cli.Commands;

/// <summary>`kindred evaluate`: which model earns its place on this data.</summary>
internal sealed class EvaluateCommand
{
    private readonly Option<string[]> _models = new("--model", "-m")
    {
        Description = "A model to compare, once for each: name, or name:option=value,option=value. Those that suit the data where left out.",
        HelpName = "model",
    };

    private readonly Option<string> _on = new("--on")
    {
        Description = "Which part to measure on: validation to choose options, test once at the end.",
        DefaultValueFactory = _ => "test",
    };
    private readonly Option<string?> _report = new("--report") { Description = "Write the report as JSON.", HelpName = "file" };
    private readonly Option<string?> _html = new("--html") { Description = "Write the report as a page to read.", HelpName = "file" };
    private readonly SplitOptions _split;
    private readonly MeasureOptions _measure;
    private readonly SourceOptions _source;
    private readonly CliCommand _verb;

    private EvaluateCommand()
    {
        _on.AcceptOnlyFromAmong("test", "validation");
        _verb = new CliCommand("evaluate", "Train models on one part of the data, measure them on another, and say which to use.",
            "kindred evaluate ratings.csv",
            "kindred evaluate data/films --model item-knn --model implicit-als:dimensions=128,regularization=0.01 --on validation",
            "kindred evaluate data/films --split leave-last --k 5,10 --metric recall@10 --report report.json",
            "kindred evaluate data/films --metric rmse --model bias",
            "kindred evaluate data/films --cuts 5 --test-days 90 --html films.html",
            "kindred evaluate --train-file train.txt --test-file test.txt --k 20")
        {
            _models
        };
        _split = new(_verb);
        _split.AddCuts(_verb);
        _verb.Options.Add(_on);
        _measure = new(_verb);
        _verb.Options.Add(_report);
        _verb.Options.Add(_html);
        _source = new SourceOptions(_verb, SourceOptions.RawOrImported, isRequired: false);
        _verb.Runs(Run);
    }

    public static Command Create() => new EvaluateCommand()._verb;

    private void Run(ParseResult parse, CommandContext session)
    {
        // Everything that was written is looked at before anything is done.
        ModelSpec[] specs = [.. (parse.GetValue(_models) ?? []).Select(ModelSpec.Parse)];
        if (specs.GroupBy(spec => spec.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InputException($"The model {twice.Key} is named twice; name each once.");
        var rules = _measure.RulesIn(parse);
        OutputPath.CheckFile(parse.GetValue(_report));
        OutputPath.CheckFile(parse.GetValue(_html));
        if (_split.RollingIn(parse) is { } rolling)
        {
            using var opened = DataSource.Open(_source, parse, session);
            Backtest(parse, session, opened, rolling.Holdouts(opened.Dataset.Interactions), specs, rules);
            return;
        }
        string on = parse.GetRequiredValue(_on);
        using var parts = _split.Open(parse, session, _source, needsValidation: on == "validation");
        var holdout = parts.WithLeakWarnings(on == "test" ? parts.Split.Final : parts.Split.Tuning);
        string title = $"{parts.Name}: {on} part";
        if (RatingComparison.Measure(rules.Deciding))
        {
            RatingComparison.Compare(specs, rules.Deciding, title, holdout, session);
            return;
        }
        var contest = Measure(session, title, holdout, specs, rules, parts.Attributes);
        Show(parse, session, contest, contest.ToReport(parts.Name, parts.Fingerprint, parts.Profile));
    }

    private void Backtest(
        ParseResult parse, CommandContext session, DataSource source, IReadOnlyList<Holdout> holdouts, ModelSpec[] specs, ComparisonOptions rules)
    {
        var dataset = source.Dataset;
        if (specs.Length == 0) specs = [.. ModelSpec.DefaultsFor(holdouts[0].Train)];
        ModelComparison[] contests =
            [.. holdouts.Select((holdout, n) => Measure(
                session, $"{dataset.Manifest.Name}: cut {n + 1} of {holdouts.Count}", source.WithLeakWarnings(holdout), specs, rules, Attributes.Of(dataset)))];
        var backtest = Kindred.Comparison.Backtest.Of([.. contests.Select(contest => contest.Leaderboard)]);
        session.Print(new Heading("All cuts"));
        foreach (var block in ComparisonView.Cuts(backtest)) session.Print(block);
        session.Print(new Heading("The last cut in full"));
        Show(parse, session, contests[^1], contests[^1].ToReport(dataset.Manifest.Name, dataset.Fingerprint, source.Profile) with { Backtest = backtest });
    }

    private static ModelComparison Measure(
        CommandContext session, string title, Holdout holdout, ModelSpec[] specs, ComparisonOptions rules, Attributes attributes)
    {
        rules.Check(holdout, attributes, session);
        session.Print(new Heading(title));
        foreach (var block in ComparisonView.Protocol(holdout)) session.Print(block);
        return ModelComparison.Of(specs.Length > 0 ? specs : ModelSpec.DefaultsFor(holdout.Train), holdout, rules, session, attributes);
    }

    private void Show(ParseResult parse, CommandContext session, ModelComparison contest, ExperimentReport report)
    {
        if (parse.GetValue(_report) is { } file) OutputPath.WriteText(file, JsonSerializer.Serialize(report, SealedFolder.Json));
        if (parse.GetValue(_html) is { } page) OutputPath.WriteText(page, HtmlReport.Of(report));

        session.Print(new Heading($"Leaderboard by {contest.Leaderboard.Metric}"));
        foreach (var block in ComparisonView.Leaderboard(contest)) session.Print(block);
        session.Print(new Heading("All metrics"));
        foreach (var block in ComparisonView.AllMetrics(contest)) session.Print(block);
        session.Print(new Heading($"{contest.Leaderboard.Metric} by group"));
        foreach (var block in ComparisonView.Groups(contest)) session.Print(block);
        session.Print(new Heading("What the numbers mean"));
        foreach (var block in ComparisonView.SmallPrint(contest)) session.Print(block);
        session.Print(new JsonResult(report));
    }
}
