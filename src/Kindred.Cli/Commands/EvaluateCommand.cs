using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Cluster;
using Kindred.Comparison;
using Kindred.Data;
using Kindred.Models;
using Kindred.Partitions;
using Kindred.Splitting;

namespace Kindred.Cli.Commands;

/// <summary>`kindred evaluate`: which model is best on this data.</summary>
internal sealed class EvaluateCommand
{
    private readonly Option<string[]> _models = new("--model", "-m")
    {
        Description = "Model to compare: name, or name:option=value,option=value; repeatable. [default: the models that suit the data]",
        HelpName = "model",
    };

    private readonly Option<string[]> _folders = new("--model-folder")
    {
        Description = "Model of `kindred model import` to compare as it is; repeatable. It must have been learned from the training part, "
            + "which `kindred export events --part train` writes.",
        HelpName = "folder",
    };

    private readonly Option<string> _on = new("--on")
    {
        Description = "The part to measure on: validation to choose options, test once at the end.",
        HelpName = "part",
        DefaultValueFactory = _ => "test",
    };
    private readonly Option<string?> _report = new("--report") { Description = "Write the report as JSON.", HelpName = "file" };
    private readonly Option<string?> _html = new("--html") { Description = "Write the report as a web page.", HelpName = "file" };
    private readonly Option<string> _cluster = ClusterCommand.Address(isRequired: false);
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
            "kindred evaluate shop-partitions --model implicit-als:dimensions=128 --split leave-last",
            "kindred evaluate /shared/shop --model implicit-als --model item-knn --cluster redis://cache:6379",
            "kindred evaluate --train-file train.txt --test-file test.txt --k 20",
            "kindred evaluate --train-file train.csv --test-file test.csv --negatives test.csv --k 5 --model item-knn")
        {
            _models, _folders,
        };
        _split = new(_verb);
        _split.AddCuts(_verb);
        _verb.Options.Add(_on);
        _measure = new(_verb);
        _measure.AddNegatives(_verb);
        _verb.Options.Add(_report);
        _verb.Options.Add(_html);
        _verb.Options.Add(_cluster);
        _source = new SourceOptions(_verb, SourceOptions.RawOrImported);
        _verb.Runs(Run);
    }

    public static Command Create() => new EvaluateCommand()._verb;

    private void Run(ParseResult parse, CommandContext session)
    {
        // All options are checked before any work.
        ModelSpec[] models = [.. (parse.GetValue(_models) ?? []).Select(text => ModelSpec.Parse(text, session.Trainers))];
        models = [.. models, .. (parse.GetValue(_folders) ?? []).Select(folder => ImportedModel.Open(folder, session))];
        if (models.GroupBy(model => model.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InputException($"The model {twice.Key} is named twice; name each once.");
        var options = _measure.In(parse, session);
        OutputPath.CheckFile(parse.GetValue(_report));
        OutputPath.CheckFile(parse.GetValue(_html));
        if (_source.SourcesIn(parse) is [var path] && PartitionedFolder.Is(path))
        {
            Partitions(parse, session, path, models, options);
            return;
        }
        if (parse.GetValue(_cluster) is not null)
            throw new InputException("--cluster measures on partitions; make them with kindred import --partitions.");
        if (_split.RollingIn(parse) is { } rolling)
        {
            if (options.NegativesFile is not null)
                throw new InputException("--cuts measures several parts, and --negatives are those of one; leave one of them out.");
            if (parse.GetValue(_folders) is [_, ..])
                throw new InputException("--cuts trains at each cut, and an imported model stays as it is; leave out --model-folder.");
            Backtest(parse, session, rolling, models, options);
            return;
        }
        string on = parse.GetRequiredValue(_on);
        using var parts = _split.Open(parse, session, _source, needsValidation: on == "validation");
        var holdout = parts.WithLeakWarnings(on == "test" ? parts.Split.Final : parts.Split.Tuning);
        if (RatingComparison.IsMeasured(options.MainMetric))
        {
            if (options.Seeds > 1 || options.NegativesFile is not null)
                throw new InputException(
                    $"{options.MainMetric} is the error of predictions, without --seeds and --negatives; leave them out.");
            var reports = RatingComparison.On(holdout, models, options, session.Cancellation);
            session.Print(new Heading($"{parts.Name}: {on} part"));
            session.Print(ComparisonView.Ratings(reports, options.MainMetric, holdout));
            session.Print(new JsonResult(reports));
            return;
        }
        options.Check(holdout);
        foreach (var model in models) model.CheckFor(holdout.Train);
        session.Print(new Heading($"{parts.Name}: {on} part"));
        session.Print(ComparisonView.Protocol(holdout));
        var comparison = ModelComparison.On(
            holdout, models.Length > 0 ? models : Shortlist.For(holdout.Train).Entries, options, session.Cancellation);
        Show(parse, session, comparison, comparison.ToReport(parts.Profile), holdout.Train);
    }

    private void Partitions(ParseResult parse, CommandContext session, string path, ModelSpec[] models, ComparisonOptions options)
    {
        if (parse.GetValue(_folders) is [_, ..] || parse.GetValue(_html) is not null)
            throw new InputException("--model-folder and --html cannot be used with partitions; leave them out, or import without "
                + "--partitions.");
        if (_source.GivenIn(parse) is { } option)
            throw new InputException($"{path} is already imported, so {option} cannot be used; import the raw files again with it.");
        string on = parse.GetRequiredValue(_on);
        var address = parse.GetValue(_cluster) is { } text ? ClusterAddress.Parse(text) : null;
        using var data = PartitionedFolder.Open(path);
        var split = session.Activity.Run("Splitting", _ => _split.Of(parse, session, data, onTest: on == "test"));
        using var silos = address is null ? null : new ClusterEvaluation(split, options, address, session);
        var comparison = PartitionedComparison.Run(data, split, models, options, session.Cancellation, silos);
        session.Print(new Heading($"{data.Name}: {on} part of {Format.Many(data.Count, "partition")}"));
        session.Print(ComparisonView.Protocol(comparison.Baseline.Report));
        Show(parse, session, comparison, comparison.ToReport(), null);
    }

    private void Backtest(
        ParseResult parse, CommandContext session, RollingTimeSplit rolling, ModelSpec[] models, ComparisonOptions options)
    {
        using var source = DataSource.Open(_source, parse, session);
        Holdout[] holdouts =
        [
            .. rolling.Holdouts(source.Dataset.Interactions)
                .Select(holdout => source.WithLeakWarnings(_split.AllowsRepeats(parse) ? holdout.WithRepeats() : holdout)),
        ];
        foreach (var holdout in holdouts) options.Check(holdout);
        for (int n = 0; n < holdouts.Length; n++)
        {
            session.Print(new Heading($"{source.Dataset.Manifest.Name}: cut {n + 1} of {holdouts.Length}"));
            session.Print(ComparisonView.Protocol(holdouts[n]));
        }
        var (backtest, cuts) = Kindred.Comparison.Backtest.Run(holdouts, models, options, session.Cancellation);
        session.Print(new Heading("All cuts"));
        session.Print(ComparisonView.Cuts(backtest));
        session.Print(new Heading("The last cut in full"));
        Show(parse, session, cuts[^1], cuts[^1].ToReport(source.Profile) with { Backtest = backtest }, holdouts[^1].Train);
    }

    private void Show(
        ParseResult parse, CommandContext session, ModelComparison comparison, ExperimentReport report, Interactions? train)
    {
        ReportFiles.Write(report, parse.GetValue(_report), parse.GetValue(_html), comparison, train, session.Cancellation);
        string metric = comparison.Leaderboard.Metric;
        session.Print(new Heading("All metrics"));
        session.Print(ComparisonView.AllMetrics(comparison));
        session.Print(new Heading($"{metric} by group"));
        session.Print(ComparisonView.Groups(comparison));
        session.Print(ComparisonView.Notes(comparison, _measure.ExplainsIn(parse)));
        session.Print(new Heading($"Leaderboard by {metric}"));
        session.Print(ComparisonView.Leaderboard(comparison));
        session.Print(ComparisonView.Curve(comparison));
        session.Print(ComparisonView.Verdicts(comparison));
        session.Print(new JsonResult(report));
    }
}
