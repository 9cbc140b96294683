using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Kindred.Cli.Output;
using Kindred.Evaluation;
using Kindred.Reports;
using Kindred.Storage;

namespace Kindred.Cli.Commands;

/// <summary>`kindred evaluate`: which model earns its place on this data.</summary>
internal sealed class EvaluateCommand
{
    private readonly Option<string[]> _models = new("--model", "-m")
    {
        Description = "A model to compare, once for each: name, or name:option=value,option=value. All of `kindred models` where left out.",
        HelpName = "model",
    };

    private readonly Option<string> _on = new("--on")
    {
        Description = "Which part to measure on: validation to choose options, test once at the end.",
        DefaultValueFactory = _ => "test",
    };
    private readonly Option<string> _k = new("--k")
    {
        Description = "Lengths of the lists.",
        DefaultValueFactory = _ => "10,20",
        HelpName = "numbers",
    };
    private readonly Option<string?> _metric = new("--metric")
    {
        Description = "The metric that decides. [default: NDCG at the first k]",
        HelpName = "name@k",
    };
    private readonly Option<string> _fallback = ModelSpec.FallbackOption(
        "The model that fills lists up where the measured one has nothing to say, as when served; none: each model alone.");
    private readonly Option<string?> _report = new("--report") { Description = "Write the report as JSON.", HelpName = "file" };
    private readonly Option<string?> _html = new("--html") { Description = "Write the report as a page to read.", HelpName = "file" };
    private readonly SplitOptions _split;
    private readonly SourceOptions _source;
    private readonly Verb _verb;

    private EvaluateCommand()
    {
        _on.AcceptOnlyFromAmong("test", "validation");
        _verb = new Verb("evaluate", "Train models on one part of the data, measure them on another, and say which to use.",
            "kindred evaluate ratings.csv",
            "kindred evaluate data/films --model item-knn --model implicit-als:dimensions=128,regularization=0.01 --on validation",
            "kindred evaluate data/films --split leave-last --k 5,10 --metric recall@10 --report report.json",
            "kindred evaluate --train-file train.txt --test-file test.txt --k 20")
        {
            _models
        };
        _split = new(_verb);
        foreach (Option option in (Option[])[_on, _k, _metric, _fallback, _report, _html]) _verb.Options.Add(option);
        _source = new SourceOptions(_verb, SourceOptions.RawOrImported, isRequired: false);
        _verb.Runs(Run);
    }

    public static Command Create() => new EvaluateCommand()._verb;

    private void Run(ParseResult parse, Session session)
    {
        // Everything that was written is looked at before anything is done.
        ModelSpec[] specs = [.. (parse.GetValue(_models) ?? []).Select(ModelSpec.Parse)];
        if (specs.GroupBy(spec => spec.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InputException($"The model {twice.Key} is named twice; name each once.");
        var rules = RulesIn(parse);
        using var parts = _split.Open(parse, session, _source, needsValidation: parse.GetRequiredValue(_on) == "validation");
        Compare(parse, session, parts, specs, rules);
    }

    private void Compare(ParseResult parse, Session session, Parts parts, ModelSpec[] specs, ContestRules rules)
    {
        var holdout = parse.GetRequiredValue(_on) == "test" ? parts.Split.Final : parts.Split.Tuning;
        session.Print(new Heading($"{parts.Name}: {parse.GetRequiredValue(_on)} part"));
        foreach (var block in ContestView.Protocol(holdout)) session.Print(block);
        var contest = Contest.Of(specs.Length > 0 ? specs : ModelSpec.DefaultsFor(holdout.Train), holdout, rules, session);
        var report = contest.ToReport(parts.Name, parts.Fingerprint, parts.Profile);
        if (parse.GetValue(_report) is { } file) Place.WriteText(file, JsonSerializer.Serialize(report, SealedFolder.Json));
        if (parse.GetValue(_html) is { } page) Place.WriteText(page, HtmlReport.Of(report));

        session.Print(new Heading($"Leaderboard by {contest.Leaderboard.Metric}"));
        foreach (var block in ContestView.Leaderboard(contest)) session.Print(block);
        session.Print(new Heading("All metrics"));
        foreach (var block in ContestView.AllMetrics(contest)) session.Print(block);
        session.Print(new Heading("What the numbers mean"));
        foreach (var block in ContestView.SmallPrint(contest)) session.Print(block);
        session.Print(new Answer(report));
    }

    private ContestRules RulesIn(ParseResult parse)
    {
        var cutOffs = new List<int>();
        foreach (string text in parse.GetRequiredValue(_k).Split(',', StringSplitOptions.TrimEntries))
        {
            if (!int.TryParse(text, CultureInfo.InvariantCulture, out int k) || k < 1)
                throw new InputException($"--k {parse.GetRequiredValue(_k)} is not a list of numbers from 1; write --k 10,20.");
            if (!cutOffs.Contains(k)) cutOffs.Add(k);
        }
        var metrics = StandardMetrics.At([.. cutOffs]);
        string name = parse.GetValue(_metric) ?? $"NDCG@{cutOffs[0]}";
        var deciding = metrics.FirstOrDefault(m => m.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new InputException(
                $"The metric '{name}' is not measured; there are {string.Join(", ", metrics.Select(m => m.Name))}; see --k.");
        string fallback = parse.GetRequiredValue(_fallback);
        return new(metrics, deciding, fallback == "none" ? null : ModelSpec.Parse(fallback));
    }
}
