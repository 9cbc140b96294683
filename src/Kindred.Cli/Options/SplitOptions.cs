using System.CommandLine;
using System.Globalization;
using Kindred.Comparison;
using Kindred.Import;
using Kindred.Partitions;
using Kindred.Splitting;

namespace Kindred.Cli.Options;

/// <summary>How the data is split, or which parts were provided: the same for every command that measures.</summary>
internal sealed class SplitOptions
{
    private readonly Option<string?> _split = new("--split")
    {
        Description = "How to split the data: time (as in production), leave-last (each user's last events), "
            + "users (users that no model was trained on), random. Default: time, or random where the events have no times.",
        HelpName = "split",
    };
    private readonly Option<double> _validation = ShareOf("validation"), _test = ShareOf("test");
    private readonly Option<string?> _validationFrom = StartOf("validation"), _testFrom = StartOf("test");
    private readonly Option<double?> _validationDays = DaysOf("validation"), _testDays = DaysOf("test");
    private readonly Option<string?> _gap = new("--gap")
    {
        Description = "Time between training and the measured part, as in production; such as 12h, 7d.",
        HelpName = "time",
    };
    private readonly Option<int> _last = new("--last")
    {
        Description = "With --split leave-last: events of each user in the test part.",
        DefaultValueFactory = _ => 1,
        HelpName = "count",
    };
    private readonly Option<double> _known = new("--known")
    {
        Description = "With --split users: the share of a held-out user's events that is their history.",
        DefaultValueFactory = _ => .8,
        HelpName = "share",
    };
    private readonly Option<string?> _core = new("--core")
    {
        Description = "Train only on users and items with at least this many training events, such as 5,5.",
        HelpName = "users,items",
    };
    private readonly Option<int?> _cuts = new("--cuts")
    {
        Description = "Back-test: number of consecutive splits by time, each with a test window of --test or --test-days.",
        HelpName = "count",
    };
    private readonly Option<double?> _trainDays = new("--train-days")
    {
        Description = "With --cuts: train on this many days before each window. [default: everything before it]",
        HelpName = "days",
    };
    private readonly Option<string?> _trainFile = new("--train-file")
    {
        Description = "File with the training part, instead of a source.",
        HelpName = "file",
    };
    private readonly Option<string?> _validationFile = new("--validation-file")
    {
        Description = "Validation part for --train-file; its events may be in that file too.",
        HelpName = "file",
    };
    private readonly Option<string?> _testFile = new("--test-file") { Description = "Test part for --train-file.", HelpName = "file" };

    private readonly Option<bool> _repeats = ModelOptions.AllowRepeats("Recommend and measure");

    private Option[] Options =>
    [
        _split, _validation, _test, _validationDays, _testDays, _validationFrom, _testFrom, _gap, _last, _known, _core, _repeats,
        _trainFile, _validationFile, _testFile,
    ];

    private static Option<double> ShareOf(string part) => new($"--{part}")
    {
        Description = $"Share of the events in the {part} part.",
        DefaultValueFactory = _ => .1,
        HelpName = "share",
    };

    private static Option<string?> StartOf(string part) => new($"--{part}-from")
    {
        Description = $"Start of the {part} part (UTC), instead of a share.",
        HelpName = "date",
    };

    private static Option<double?> DaysOf(string part) => new($"--{part}-days")
    {
        Description = $"Length of the {part} part in days, instead of a share.",
        HelpName = "days",
    };

    /// <summary>Adds them to the verb.</summary>
    public SplitOptions(CliCommand verb)
    {
        _split.AcceptOnlyFromAmong("time", "leave-last", "users", "random");
        foreach (var option in Options) verb.Options.Add(option);
    }

    /// <returns>An option that was given; null: none.</returns>
    public string? GivenIn(ParseResult parse) => Options.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false })?.Name;

    /// <summary>Adds the options of a back-test: only for verbs that measure more than once.</summary>
    public void AddCuts(CliCommand verb)
    {
        verb.Options.Add(_cuts);
        verb.Options.Add(_trainDays);
    }

    /// <returns>Null: one cut.</returns>
    /// <exception cref="InputException">A value does not fit.</exception>
    public RollingTimeSplit? RollingIn(ParseResult parse)
    {
        if (parse.GetValue(_cuts) is not { } cuts)
        {
            return parse.GetValue(_trainDays) is null ? null
                : throw new InputException("--train-days is for back-tests; give --cuts as well.");
        }
        if (Misplaced(parse, "--cuts", _validationFrom, _testFrom, _validationDays, _validation, _last, _known, _core, _trainFile,
            _testFile) is { } wrong)
            throw wrong;
        if (parse.GetValue(_split) is not (null or "time")) throw new InputException("--cuts splits by time; leave --split out.");
        var rolling = new RollingTimeSplit
        {
            Cuts = cuts,
            TestDays = parse.GetValue(_testDays),
            TrainDays = parse.GetValue(_trainDays),
            Gap = GapIn(parse),
        };
        return parse.GetResult(_test) is { Implicit: false } ? rolling with { TestFraction = parse.GetValue(_test) } : rolling;
    }

    /// <exception cref="InputException">A value does not fit.</exception>
    public ISplitter SplitterIn(ParseResult parse, CommandContext session)
    {
        string kind = parse.GetValue(_split) ?? "time";
        Option[] notOf = kind switch
        {
            "time" => [_last, _known],
            "leave-last" => [_validationFrom, _testFrom, _validationDays, _testDays, _gap, _validation, _test, _known],
            "users" => [_validationFrom, _testFrom, _validationDays, _testDays, _gap, _last],
            _ => [_validationFrom, _testFrom, _validationDays, _testDays, _gap, _last, _known],
        };
        if (Misplaced(parse, $"--split {kind}", notOf) is { } wrong) throw wrong;
        Option[] ofTime = [_split, _validationFrom, _testFrom, _validationDays, _testDays, _gap];
        if (!ofTime.Any(option => parse.GetResult(option) is { Implicit: false }))
        {
            return new TimeOrRandomSplit
            {
                ValidationFraction = parse.GetValue(_validation),
                TestFraction = parse.GetValue(_test),
                Seed = session.Seed,
            };
        }
        return kind switch
        {
            "time" => new GlobalTimeSplit
            {
                ValidationFraction = parse.GetValue(_validation),
                TestFraction = parse.GetValue(_test),
                ValidationDays = parse.GetValue(_validationDays),
                TestDays = parse.GetValue(_testDays),
                ValidationFrom = DateIn(parse, _validationFrom),
                TestFrom = DateIn(parse, _testFrom),
                Gap = GapIn(parse),
            },
            "random" => new RandomSplit
            {
                ValidationFraction = parse.GetValue(_validation),
                TestFraction = parse.GetValue(_test),
                Seed = session.Seed,
            },
            "users" => new UserHoldout
            {
                ValidationFraction = parse.GetValue(_validation),
                TestFraction = parse.GetValue(_test),
                KnownFraction = parse.GetValue(_known),
                Seed = session.Seed,
            },
            _ => new LeaveLastOut { Last = parse.GetValue(_last) },
        };
    }

    private static InputException? Misplaced(ParseResult parse, string with, params ReadOnlySpan<Option> options)
    {
        foreach (var option in options)
            if (parse.GetResult(option) is { Implicit: false })
                return new($"{option.Name} does not go with {with}; leave one of them out.");
        return null;
    }

    /// <summary>Opens what was named, and splits it.</summary>
    /// <param name="needsValidation">True: refuse files without a validation part.</param>
    public SplitData Open(ParseResult parse, CommandContext session, SourceOptions source, bool needsValidation)
    {
        var splitter = SplitterIn(parse, session);
        var core = CoreIn(parse);
        if (parse.GetValue(_trainFile) is not null || parse.GetValue(_testFile) is not null)
        {
            var provided = Provided(parse, session, source, needsValidation);
            return new(WithRepeats(core is null ? provided : provided.WithCore(core), parse),
                Path.GetFileName(parse.GetValue(_trainFile)!), null, null);
        }
        var opened = DataSource.Open(source, parse, session);
        try
        {
            Split SplitOf(Interactions interactions)
            {
                var split = splitter.Split(interactions);
                return WithRepeats(core is null ? split : split.WithCore(core), parse);
            }
            return new(SplitOf(opened.Dataset.Interactions), opened.Dataset.Manifest.Name, opened, SplitOf);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Splits partitions.</summary>
    /// <exception cref="InputException">A value does not fit, or partitions cannot be split this way.</exception>
    public PartitionedSplit Of(ParseResult parse, CommandContext session, PartitionedFolder data, bool onTest)
    {
        if (Misplaced(parse, "partitions", _core, _cuts, _trainDays, _trainFile, _validationFile, _testFile) is { } wrong) throw wrong;
        return PartitionedSplit.Of(SplitterIn(parse, session), data, onTest, AllowsRepeats(parse));
    }

    /// <returns>True: what users had already is recommended and measured.</returns>
    public bool AllowsRepeats(ParseResult parse) => parse.GetValue(_repeats);

    private Split WithRepeats(Split split, ParseResult parse) => AllowsRepeats(parse) ? split.WithRepeats() : split;

    private Split Provided(ParseResult parse, CommandContext session, SourceOptions source, bool needsValidation)
    {
        if (source.SourcesIn(parse).Count > 0) throw new InputException("Give either a source or --train-file and --test-file, not both.");
        if (parse.GetValue(_trainFile) is not { } train || parse.GetValue(_testFile) is not { } test)
            throw new InputException("--train-file and --test-file go together; give both.");
        string? validation = parse.GetValue(_validationFile);
        if (validation is null && needsValidation)
            throw new InputException("There is no validation part to measure on; give --validation-file.");
        var options = source.ImportOptionsIn(parse) with { Sources = [train] };
        return session.Activity.Run(
            "Importing the parts", _ => Importer.ImportSplit(options, train, validation, test, session.Cancellation));
    }

    private TimeSpan GapIn(ParseResult parse) =>
        parse.GetValue(_gap) is { } text ? SourceOptions.TimeOf(text, "--gap") : TimeSpan.Zero;

    private KCore? CoreIn(ParseResult parse)
    {
        if (parse.GetValue(_core) is not { } text) return null;
        return text.Split(',') is [var users, var items]
            && int.TryParse(users, CultureInfo.InvariantCulture, out int minUser)
                && int.TryParse(items, CultureInfo.InvariantCulture, out int minItem)
            ? new() { MinUser = minUser, MinItem = minItem }
            : throw new InputException($"--core {text} is not two numbers; write 5,5: events that a user, and that an item must have.");
    }

    private static DateTimeOffset? DateIn(ParseResult parse, Option<string?> option)
    {
        if (parse.GetValue(option) is not { } text) return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? date
            : throw new InputException($"{option.Name} {text} is not a date; write 2015-06-30 or 2015-06-30T12:00:00Z.");
    }
}

/// <summary>Data that was split.</summary>
/// <param name="Name">Of the data, for reports.</param>
/// <param name="Opened">What holds the data while it is used.</param>
/// <param name="SplitOf">Splits other interactions of the same events alike; null: the parts were provided as files.</param>
internal sealed record SplitData(Split Split, string Name, DataSource? Opened, Func<Interactions, Split>? SplitOf) : IDisposable
{
    /// <summary>Of the whole data; null: the parts were provided as files.</summary>
    public DataProfile? Profile => Opened?.Profile;

    /// <returns>With warnings of leaks that come in beside the events.</returns>
    public Holdout WithLeakWarnings(Holdout holdout) => Opened?.WithLeakWarnings(holdout) ?? holdout;

    public void Dispose() => Opened?.Dispose();
}
