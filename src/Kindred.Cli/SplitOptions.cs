using System.CommandLine;
using System.Globalization;
using Kindred.Data;
using Kindred.Import;
using Kindred.Splitting;

namespace Kindred.Cli;

/// <summary>How the data is cut, by a splitter or by somebody else: the same for every verb that measures.</summary>
internal sealed class SplitOptions
{
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

    /// <summary>Adds them to the verb.</summary>
    public SplitOptions(Verb verb)
    {
        _split.AcceptOnlyFromAmong("time", "leave-last", "random");
        foreach (Option option in (Option[])[_split, _validation, _test, _validationFrom, _testFrom, _trainFile, _validationFile, _testFile])
            verb.Options.Add(option);
    }

    /// <exception cref="InputException">A value does not fit.</exception>
    public ISplitter SplitterIn(ParseResult parse, Session session)
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

    /// <summary>Opens what was named, and cuts it.</summary>
    /// <param name="needsValidation">True: refuse files without a validation part.</param>
    public Parts Open(ParseResult parse, Session session, SourceOptions source, bool needsValidation)
    {
        var splitter = SplitterIn(parse, session);
        if (parse.GetValue(_trainFile) is not null || parse.GetValue(_testFile) is not null)
            return new(Provided(parse, session, source, needsValidation), Path.GetFileName(parse.GetValue(_trainFile)!), null, null);
        var opened = Source.Open(source, parse, session);
        try
        {
            var dataset = opened.Dataset;
            return new(splitter.Split(dataset.Interactions), dataset.Manifest.Name, dataset.Fingerprint, opened);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    private Split Provided(ParseResult parse, Session session, SourceOptions source, bool needsValidation)
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

    private static DateTimeOffset? DateIn(ParseResult parse, Option<string?> option)
    {
        if (parse.GetValue(option) is not { } text) return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? date
            : throw new InputException($"{option.Name} {text} is not a date; write 2015-06-30 or 2015-06-30T12:00:00Z.");
    }
}

/// <summary>Data that was cut.</summary>
/// <param name="Name">Of the data, for reports.</param>
/// <param name="Fingerprint">Of the data folder; null: the parts were provided as files.</param>
/// <param name="Opened">What holds the data while it is used.</param>
internal sealed record Parts(Split Split, string Name, string? Fingerprint, Source? Opened) : IDisposable
{
    /// <summary>Of the whole data; null: the parts were provided as files.</summary>
    public DataProfile? Profile => Opened?.Dataset is { } d
        ? DataProfile.Of(d.Interactions, d.Manifest.Values, d.ItemCatalog, d.UserCatalog)
        : null;

    public void Dispose() => Opened?.Dispose();
}
