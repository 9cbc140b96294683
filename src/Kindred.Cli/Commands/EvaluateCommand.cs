using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Kindred.Cli.Output;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Import;
using Kindred.Splitting;
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

    private readonly Option<string> _split = new("--split")
    {
        Description = "How to cut the data: by time (what a recommender is asked in use), each user's last event, or by lot.",
        DefaultValueFactory = _ => "time",
    };

    private readonly Option<double> _validation = new("--validation")
    {
        Description = "Share of the events in the validation part.",
        DefaultValueFactory = _ => .1,
        HelpName = "share",
    };
    private readonly Option<double> _test = new("--test")
    {
        Description = "Share of the events in the test part.",
        DefaultValueFactory = _ => .1,
        HelpName = "share",
    };
    private readonly Option<string?> _validationFrom = new("--validation-from")
    {
        Description = "First moment of the validation part (UTC), instead of a share.",
        HelpName = "date",
    };
    private readonly Option<string?> _testFrom = new("--test-from")
    {
        Description = "First moment of the test part (UTC), instead of a share.",
        HelpName = "date",
    };
    private readonly Option<string?> _trainFile = new("--train-file")
    {
        Description = "Parts that somebody else cut, instead of a source.",
        HelpName = "file",
    };
    private readonly Option<string?> _validationFile = new("--validation-file")
    {
        Description = "Beside --train-file; its events may be in that file too.",
        HelpName = "file",
    };
    private readonly Option<string?> _testFile = new("--test-file") { Description = "Beside --train-file.", HelpName = "file" };
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
    private readonly SourceOptions _source;
    private readonly Verb _verb;

    private EvaluateCommand()
    {
        _split.AcceptOnlyFromAmong("time", "leave-last", "random");
        _on.AcceptOnlyFromAmong("test", "validation");
        _verb = new Verb("evaluate", "Train models on one part of the data, measure them on another, and say which to use.",
            "kindred evaluate ratings.csv",
            "kindred evaluate data/films --model item-knn --model implicit-als:dimensions=128,regularization=0.01 --on validation",
            "kindred evaluate data/films --split leave-last --k 5,10 --metric recall@10 --report report.json",
            "kindred evaluate --train-file train.txt --test-file test.txt --k 20")
        {
            _models, _split, _validation, _test, _validationFrom, _testFrom, _trainFile, _validationFile, _testFile,
            _on, _k, _metric, _fallback, _report,
        };
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
        var splitter = SplitterIn(parse, session);

        if (parse.GetValue(_trainFile) is not null || parse.GetValue(_testFile) is not null)
        {
            var split = ProvidedSplit(parse, session);
            Compare(parse, session, split, specs, rules, Path.GetFileName(parse.GetValue(_trainFile)!), null);
            return;
        }
        using var opened = Source.Open(_source, parse, session);
        Compare(parse, session, splitter.Split(opened.Dataset.Interactions), specs, rules, opened.Dataset.Manifest.Name,
            opened.Dataset.Fingerprint);
    }

    private void Compare(
        ParseResult parse, Session session, Split split, ModelSpec[] specs, ContestRules rules, string name, string? fingerprint)
    {
        var holdout = parse.GetRequiredValue(_on) == "test" ? split.Final : split.Tuning;
        session.Print(new Heading($"{name}: {parse.GetRequiredValue(_on)} part"));
        foreach (var block in ContestView.Protocol(holdout)) session.Print(block);
        var contest = Contest.Of(specs.Length > 0 ? specs : ModelSpec.DefaultsFor(holdout.Train), holdout, rules, session);
        var report = contest.ToReport(name, fingerprint);
        if (parse.GetValue(_report) is { } file) Place.WriteText(file, JsonSerializer.Serialize(report, SealedFolder.Json));

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

    private ISplitter SplitterIn(ParseResult parse, Session session)
    {
        DateTimeOffset? validationFrom = DateIn(parse, _validationFrom), testFrom = DateIn(parse, _testFrom);
        string kind = parse.GetRequiredValue(_split);
        if (kind != "time" && (validationFrom ?? testFrom) is not null)
            throw new InputException($"--validation-from and --test-from are moments of --split time; {kind} has none.");
        return kind switch
        {
            "time" => new GlobalTimeCut
            {
                ValidationFraction = parse.GetValue(_validation),
                TestFraction = parse.GetValue(_test),
                ValidationFrom = validationFrom,
                TestFrom = testFrom,
            },
            "random" => new RandomSplit
            {
                ValidationFraction = parse.GetValue(_validation),
                TestFraction = parse.GetValue(_test),
                Seed = session.Seed,
            },
            _ => new LeaveLastOut(),
        };
    }

    private static DateTimeOffset? DateIn(ParseResult parse, Option<string?> option)
    {
        if (parse.GetValue(option) is not { } text) return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? date
            : throw new InputException($"{option.Name} {text} is not a date; write 2015-06-30 or 2015-06-30T12:00:00Z.");
    }

    private Split ProvidedSplit(ParseResult parse, Session session)
    {
        if (_source.SourcesIn(parse).Count > 0) throw new InputException("Give either a source or --train-file and --test-file, not both.");
        if (parse.GetValue(_trainFile) is not { } train || parse.GetValue(_testFile) is not { } test)
            throw new InputException("--train-file and --test-file go together; give both.");
        string? validation = parse.GetValue(_validationFile);
        if (validation is null && parse.GetRequiredValue(_on) == "validation")
            throw new InputException("There is no validation part to measure on; give --validation-file.");
        var options = _source.ImportOptionsIn(parse) with { Sources = [train] };
        return session.Activity.Run(
            "Importing the parts", _ => Importer.ImportSplit(options, train, validation, test, session.Cancellation));
    }
}
