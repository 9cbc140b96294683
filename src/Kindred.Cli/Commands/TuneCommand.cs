using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Comparison;
using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Server;
using Kindred.Server.Renewal;
using Kindred.Storage;
using Kindred.Tuning;

namespace Kindred.Cli.Commands;

/// <summary>
/// `kindred tune`: the best options of a model on this data, chosen on the validation part and, if asked, reported once on the test part.
/// </summary>
internal sealed class TuneCommand
{
    private const int DefaultTrials = 50;

    private readonly Option<string> _model = new("--model", "-m")
    {
        Description = "Model to tune: a name from `kindred model list`. Options given with it, name:option=value, are not searched.",
        HelpName = "model",
        Required = true,
    };
    private readonly Option<string[]> _search = new("--search")
    {
        Description = "Range of an option, instead of the model's own: option=0.001..0.1:log, option=20..500, option=32|64|128; "
            + "option=value: not searched. Repeatable.",
        HelpName = "option=range",
    };
    private readonly Option<string> _sampler = new("--sampler")
    {
        Description = "How to choose options: tpe, near good trials; random; hyperband, many trials with few epochs, then the best with " +
            "more; "
            + "bohb, hyperband with tpe.",
        HelpName = "sampler",
        DefaultValueFactory = _ => "tpe",
    };
    private readonly Option<string> _metric = new("--metric")
    {
        Description = "Metric to maximize.",
        DefaultValueFactory = _ => "NDCG@10",
        HelpName = "name@k",
    };
    private readonly Option<int?> _trials = new("--trials")
    {
        Description = $"Number of trials, including those of the journal. [default: {DefaultTrials}; unlimited with --minutes]",
        HelpName = "count",
    };
    private readonly Option<double?> _minutes = new("--minutes")
    {
        Description = "Start no trial after this time. The number of trials, and so the result, then depends on the machine.",
        HelpName = "number",
    };
    private readonly Option<int> _parallel = new("--parallel")
    {
        Description = "Trials to run in parallel, as far as memory allows. Changes which options are tried.",
        DefaultValueFactory = _ => 1,
        HelpName = "count",
    };
    private readonly Option<string?> _journal = new("--journal")
    {
        Description = "File that keeps every finished trial; a search resumes from it. [default: DATA-MODEL.tuning.jsonl; of a living "
            + "folder, a file for each search in its folder tuning]",
        HelpName = "file",
    };
    private readonly Option<bool> _tuneScale = new("--tune-scale")
    {
        Description = "First train once with each --scale of the values, and search with the best: for counts and durations.",
    };
    private readonly Option<bool> _fresh = new("--fresh") { Description = "Start over, even if there is a journal." };
    private readonly Option<bool> _test = MeasureOptions.ReadsTest("the best options");
    private readonly Option<string> _fallback = ModelOptions.Fallback(
        "Model that fills up lists that are too short, as when served; none: the tuned model alone.");
    private readonly Option<string?> _report = new("--report") { Description = "Write the result as JSON.", HelpName = "file" };
    private readonly SplitOptions _split;
    private readonly SourceOptions _source;
    private readonly CliCommand _verb;

    private TuneCommand()
    {
        _sampler.AcceptOnlyFromAmong("tpe", "random", "hyperband", "bohb");
        _verb = new CliCommand("tune",
            "Find the best options of a model on the validation part; with --test, measure them once on the test part.",
            "kindred tune data/films --model item-knn",
            "kindred tune data/films --model implicit-als:epochs=8 --search dimensions=32|64 --search regularization=0.003..0.3:log " +
            "--trials 30",
            "kindred tune data/films --model implicit-als --sampler hyperband --minutes 10",
            "kindred tune --train-file train.txt --validation-file valid.txt --test-file test.txt --model item-knn --metric recall@20 "
            + "--test")
        {
            _model, _search, _tuneScale, _sampler, _metric, _trials, _minutes, _parallel, _journal, _fresh
        };
        _split = new(_verb);
        foreach (Option option in (Option[])[_fallback, _test, _report]) _verb.Options.Add(option);
        _source = new SourceOptions(_verb, SourceOptions.RawOrImported);
        _verb.Runs(Run);
    }

    public static Command Create() => new TuneCommand()._verb;

    private void Run(ParseResult parse, CommandContext session)
    {
        // All options are checked before any work.
        var spec = ModelSpec.Parse(parse.GetRequiredValue(_model), session.Trainers);
        var (trainer, space) = SearchIn(spec, parse.GetValue(_search) ?? [], session.Trainers);
        string metric = MeasureOptions.CheckedMetric(parse.GetRequiredValue(_metric)), fallback = parse.GetRequiredValue(_fallback);
        var rules = session.Comparison with { Metric = metric, Fallback = ModelOptions.FallbackIn(fallback, session.Trainers) };
        double? minutes = parse.GetValue(_minutes);
        if (minutes is { } given && !(given is > 0 and < 1e6)) throw new InputException($"--minutes must be more than 0, was {given}.");
        var options = new TuningOptions
        {
            Trainer = trainer,
            Space = space,
            Sampler = Enum.Parse<TuningSampler>(parse.GetRequiredValue(_sampler), ignoreCase: true),
            Seed = session.Seed,
            Trials = parse.GetValue(_trials) ?? (minutes is null ? DefaultTrials : null),
            Time = minutes is { } m ? TimeSpan.FromMinutes(m) : null,
            Parallel = parse.GetValue(_parallel),
            Fresh = parse.GetValue(_fresh),
            Cancellation = session.Cancellation,
        };
        options.Check();
        OutputPath.CheckFile(parse.GetValue(_report));
        OutputPath.CheckFile(parse.GetValue(_journal));
        using var parts = _split.Open(parse, session, _source, needsValidation: true);
        if (parse.GetValue(_tuneScale) && parts.SplitOf is null)
            throw new InputException("--tune-scale needs data that it can split; import the files with --scale instead.");
        Tune(parse, session, parts, rules, options);
    }

    private void Tune(ParseResult parse, CommandContext session, SplitData parts, ComparisonOptions rules, TuningOptions options)
    {
        var metric = rules.MainMetricFor(parts.Split.Tuning);
        var context = new TrainingContext { Seed = session.Seed, Workers = Math.Max(1, session.Workers / options.Parallel) };
        if (parse.GetValue(_tuneScale)) parts = WithBestScale(session, parts, rules, options.Trainer, metric, context);
        var holdout = parts.WithLeakWarnings(parts.Split.Tuning);
        options = options with
        {
            Trainer = options.Trainer.For(holdout.Train),
            Subject = ValidationObjective.SubjectOf(holdout, metric, rules.Fallback?.Name, context),
        };
        options = options with { Journal = JournalIn(parse, parts.Name, options) };
        session.Print(new Heading($"{parts.Name}: options of {options.Trainer.Summary.Name} by {metric.Name} on the validation part"));
        session.Print(ComparisonView.Protocol(holdout));
        session.Print(TuningView.Space(options));

        var filler = rules.Fallback is { } fallback ? session.Train(fallback, holdout.Train).Model : null;
        var result = Search(session, options, ValidationObjective.Of(holdout, metric, filler, context), metric.Name,
            LivingDataIn(parse) is not null);
        var best = ModelSpec.For(options.Trainer).With(result.BestOptions);
        session.Print(TuningView.Result(options, result, metric.Name));
        session.Print(new Heading("The best options"));
        session.Print(new CommandLines([$"--model {best.Name}"]));

        var given = ModelSpec.For(options.Trainer);
        var comparison = !parse.GetValue(_test) ? null : ModelComparison.On(
            parts.WithLeakWarnings(parts.Split.Final),
            best.Name == given.Name || result.Given is { Value: null } ? [best] : [best, given], rules, session.Cancellation);
        if (comparison is null)
        {
            session.Print(new Paragraph($"The test part was not read. {MeasureOptions.HowToReadTest}"));
        }
        else
        {
            session.Print(new Heading("On the test part, once"));
            session.Print(ComparisonView.Protocol(parts.Split.Final));
            session.Print(ComparisonView.Leaderboard(comparison));
            session.Print(ComparisonView.Verdicts(comparison));
        }
        var report = new TuningReport(best.Name, result, comparison?.ToReport());
        if (parse.GetValue(_report) is { } file) OutputPath.WriteText(file, JsonSerializer.Serialize(report, SealedFolder.Json));
        session.Print(new JsonResult(report));
    }

    private static SplitData WithBestScale(
        CommandContext session, SplitData parts, ComparisonOptions rules, ITrainer trainer, IMetric metric, TrainingContext context)
    {
        var data = parts.Opened!.Dataset;
        var filler = rules.Fallback is { } fallback ? session.Train(fallback, parts.Split.Tuning.Train).Model : null;
        var trials = session.Activity.Run("Trying each scale of the values", _ => ScaleSearch.Run(
            data, trainer, interactions => parts.SplitOf!(interactions).Tuning,
            holdout => ValidationObjective.Of(holdout, metric, filler, context), session.Cancellation));
        session.Print(TuningView.Scales(data, trials, metric.Name));
        return parts with { Split = parts.SplitOf!(data.Rescaled(trials[0].Scaling)) };
    }

    /// <param name="isShown">Whoever looks at the pages of a living folder sees how far its search is.</param>
    private static TuningResult Search(
        CommandContext session, TuningOptions options, TuningObjective objective, string metric, bool isShown)
    {
        int done = 0;
        using var running = isShown ? RunningSearch.Begin(options, DateTimeOffset.UtcNow) : null;
        try
        {
            return session.Activity.Run($"Searching by {metric}", ticker => Tuner.Run(options with
            {
                Progress = new Listener(progress =>
                {
                    done = progress.Done;
                    running?.Report(progress);
                    ticker.Show(new(progress.Done, options.Trials ?? 0, "trial", Best: progress.Best?.Value, Skipped: progress.Resumed));
                }),
            }, objective));
        }
        catch (OperationCanceledException)
        {
            session.Activity.Note($"{Format.Many(done, "trial")} done; the same command resumes from {options.Journal}.");
            throw;
        }
    }

    // The folder where the command runs, as it is where it will be typed again. The data of a living folder are others each time: its
    // searches are beside each other, where the dashboard shows them.
    private string JournalIn(ParseResult parse, string data, TuningOptions options)
    {
        if (parse.GetValue(_journal) is { } named) return named;
        string model = options.Trainer.Summary.Name;
        if (LivingDataIn(parse) is { } living) return TuningFolder.JournalOf(LivingFolder.Open(living), options);
        string name = string.Concat(data.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-'));
        return $"{name}-{model}.tuning.jsonl";
    }

    /// <returns>The living folder that keeps the search; null: none does.</returns>
    private string? LivingDataIn(ParseResult parse) =>
        parse.GetValue(_journal) is null && _source.SourcesIn(parse) is [var folder] && LivingFolder.IsLiving(folder) ? folder : null;

    /// <summary>The trainer with its fixed options, and the space without them.</summary>
    internal static (ITrainer Trainer, SearchSpace Space) SearchIn(
        ModelSpec spec, IReadOnlyList<string> searches, TrainerCatalog trainers)
    {
        string model = spec.TrainerName;
        var space = trainers.Find(model).Space;
        var seen = new HashSet<string>();
        foreach (string name in ModelSpec.OptionsIn(spec.Name).Select(option => option.Key))
        {
            seen.Add(name);
            space = space.Without(name);
        }
        var trainer = spec.Trainer;
        foreach (string search in searches)
        {
            string[] sides = search.Split('=', 2, StringSplitOptions.TrimEntries);
            if (sides.Length < 2 || sides[0].Length == 0 || sides[1].Length == 0)
                throw new InputException($"'{search}' in --search is not option=range; write --search neighbours=10..500:log.");
            if (!seen.Add(sides[0]))
                throw new InputException($"The option {sides[0]} is given twice; give it once, in --model or in --search.");
            if (sides[1].Contains("..", StringComparison.Ordinal) || sides[1].Contains('|'))
            {
                space = space.With(sides[0], sides[1]);
                continue;
            }
            var all = TrainerOptions.Of(trainer);
            foreach (var (name, value) in ModelSpec.OptionsIn($"{model}:{search}")) all[name] = value!.DeepClone();
            (trainer, space) = (trainers.Create(model, all), space.Without(sides[0]));
        }
        return (trainer, space.For(trainer));
    }

    private sealed class Listener(Action<TuningProgress> onProgress) : IProgress<TuningProgress>
    {
        public void Report(TuningProgress value) => onProgress(value);
    }
}

/// <summary>A search and its one look at the test part, as JSON.</summary>
/// <param name="Model">The best options as they are typed.</param>
/// <param name="Test">Null: the test part was not read.</param>
internal sealed record TuningReport(string Model, TuningResult Tuning, ExperimentReport? Test);
