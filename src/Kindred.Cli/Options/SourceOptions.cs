using System.CommandLine;
using System.Globalization;
using Kindred.Import;

namespace Kindred.Cli.Options;

/// <summary>SOURCE… and how raw files are to be read: the same for every verb.</summary>
internal sealed class SourceOptions
{
    public const string RawOrImported =
        "Data: a raw file, a pattern such as 'events-*.csv', a folder of a known shape, a data folder, or a living folder.";

    private readonly Argument<string[]> _sources;
    private readonly Option<string?> _user, _item;
    private readonly Option<string?> _value = Text(
        "--value", "column", "Column of ratings or weights, or none: then every event weighs 1.");
    private readonly Option<string?> _time = Text(
        "--time", "column", "Column of times, or DATE+TIME where date and time are two columns.");
    private readonly Option<string?> _timeFormat = Text("--time-format", "format",
        "How times are written: day-first, month-first, excel, milliseconds, a pattern such as %d.%m.%Y, … Default: detected.");
    private readonly Option<string?> _event = Text("--event", "column", "Column of event types.");
    private readonly Option<string?> _delimiter = Text(
        "--delimiter", "text", @"Field separator, such as ;, \t (a tab) or \x01. Default: detected.");
    private readonly Option<string?> _quote = Text("--quote", "character", "Quote character, or none.");
    private readonly Option<string?> _escape = Text(
        "--escape", "character", @"Escape character before a quote in a quoted field, such as \.");
    private readonly Option<string?> _encoding = Text(
        "--encoding", "name", "Encoding of text that is not UTF-8: windows-1252, utf-16, shift_jis, …");
    private readonly Option<int> _skipLines = new("--skip-lines") { HelpName = "count", Description = "Lines before the header." };
    private readonly Option<string[]> _null = new("--null")
    {
        HelpName = "word",
        Description = "Word that means a missing value, besides NULL, NaN, None, NA and the like; repeatable.",
    };
    private readonly Option<string?> _decimal = Text("--decimal", "character", "Decimal separator of numbers: . or ,");
    private readonly Option<string?> _noValue = Text(
        "--no-value", "number", "Value that means no rating, such as -1; its rows are left out.");
    private readonly Option<string?> _scale = new("--scale")
    {
        Description = "How values such as counts become the weights that models learn from: raw, as they are; log; cap, at most the " +
            "ninth decile; none, 1 for each. By their spread otherwise.",
    };
    private readonly Option<bool> _foldIds = new("--fold-ids")
    {
        Description = "Treat ids as equal that differ only in case, white space, quotes, zeros in front or .0.",
    };
    private readonly Option<string?> _shape = Text("--shape", "shape",
        "Shape of the file: events (one a row), lists (user item item …), baskets (the items of one a line), matrix.");
    private readonly Option<string?> _itemSeparator = Text(
        "--item-separator", "text", "Separator of several items in one cell, or none.");
    private readonly Option<string[]> _files = new("--file")
    {
        HelpName = "file:type=number",
        Description = "File with events of one type and weight: --file views.csv:view=1; repeatable.",
    };
    private readonly Option<string?> _sheet = Text("--sheet", "name", "Sheet of an Excel workbook. Default: the first one.");
    private readonly Option<string?> _query = Text(
        "--query", "sql", "SQL query, or name of a table, to read from a database (postgres://…, an SQLite file).");
    private readonly Option<bool> _strict = new("--strict") { Description = "Import nothing if there are warnings." };
    private readonly Option<bool> _header = new("--header") { Description = "The first line names the columns." };
    private readonly Option<bool> _noHeader = new("--no-header") { Description = "The first line is data." };
    private readonly Option<string[]> _weights = new("--weight")
    {
        HelpName = "type=number",
        Description = "Weight of an event type; 0 leaves the type out; repeatable.",
    };
    private readonly Option<string?> _halfLife = Text("--half-life", "time", "An event loses half its weight in this time: 90d, 12h, 2w.");
    private readonly Option<string?> _minValue = Text("--min-value", "number", "Leave out events of a smaller value.");
    private readonly Option<int> _minUser = new("--min-user") { HelpName = "count", Description = "Leave out users with fewer events." };
    private readonly Option<int> _minItem = new("--min-item") { HelpName = "count", Description = "Leave out items with fewer events." };
    private readonly Option<string?> _onError = new("--on-error")
    {
        Description = "What to do with invalid rows: fail, or skip them. Default: fail.",
        HelpName = "policy",
    };
    private readonly Option<string[]> _itemAttributes = new("--item-attributes")
    {
        HelpName = "file",
        Description = "Table about items, joined by id.",
    };
    private readonly Option<string?> _itemId = Text("--item-id", "column", "Column of ids in --item-attributes.");
    private readonly Option<string?> _title = Text("--title", "column", "Column of --item-attributes with the titles of items.");
    private readonly Option<string?> _labelSeparator = Text(
        "--label-separator", "text", "Separator of labels in an attribute, or none.");
    private readonly Option<string[]> _userAttributes = new("--user-attributes")
    {
        HelpName = "file",
        Description = "Table about users, joined by id.",
    };
    private readonly Option<bool> _keepWithoutEvents = new("--keep-without-events")
    {
        Description = "Keep items and users of these tables that no event names, so that models that read attributes find them.",
    };
    private readonly Option<string?> _name = Text("--name", "name", "Short name of the data, for reports.");

    private readonly Option[] _all;

    /// <summary>Adds them to the verb; `kindred import` alone lists the options in its help, others name them at its end.</summary>
    public SourceOptions(CliCommand verb, string description)
    {
        _sources = new("source") { Description = description, Arity = ArgumentArity.ZeroOrMore };
        // Where --user and --item name a user and an item, the columns need other names.
        bool taken = verb.Options.Any(option => option.Name is "--user" or "--item");
        _user = Text(taken ? "--user-column" : "--user", "column",
            "Column of user ids: its name, or its number from 1. Default: detected.");
        _item = Text(taken ? "--item-column" : "--item", "column", "Column of item ids, likewise.");
        _onError.AcceptOnlyFromAmong("fail", "skip");
        _scale.AcceptOnlyFromAmong([.. Enum.GetNames<ValueScaling>().Select(name => name.ToLowerInvariant())]);
        _all =
        [
            _user, _item, _value, _time, _event, _weights, _files, _halfLife,
            _minValue, _minUser, _minItem, _onError, _strict,
            _shape, _itemSeparator, _delimiter, _header, _noHeader, _skipLines, _quote, _escape, _encoding,
            _timeFormat, _decimal, _noValue, _scale, _null, _foldIds, _query, _sheet,
            _itemAttributes, _itemId, _title, _labelSeparator, _userAttributes, _keepWithoutEvents, _name,
        ];
        verb.Arguments.Add(_sources);
        foreach (var option in _all)
        {
            option.Hidden = verb.Name != "import";
            verb.Options.Add(option);
        }
        string names = string.Join(", ", _all.Select(option => option.Name));
        if (verb.Name != "import") verb.Notes = [$"Options for raw files, described by `kindred import --help`: {names}."];
    }

    public IReadOnlyList<string> SourcesIn(ParseResult parse) => parse.GetValue(_sources) ?? [];

    /// <returns>The first option that was given, or null.</returns>
    public string? GivenIn(ParseResult parse) => _all.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false })?.Name;

    /// <exception cref="InputException">A value does not fit.</exception>
    public ImportOptions ImportOptionsIn(ParseResult parse)
    {
        bool header = parse.GetValue(_header), noHeader = parse.GetValue(_noHeader);
        if (header && noHeader) throw new InputException("--header and --no-header exclude each other; give one of them or none.");
        return new()
        {
            Sources = SourcesIn(parse),
            Name = parse.GetValue(_name),
            User = parse.GetValue(_user),
            UserOption = _user.Name,
            ItemOption = _item.Name,
            Item = parse.GetValue(_item),
            Value = parse.GetValue(_value),
            Time = parse.GetValue(_time),
            Event = parse.GetValue(_event),
            Files = [.. (parse.GetValue(_files) ?? []).Select(FileOf)],
            Strict = parse.GetValue(_strict),
            Shape = ShapeOf(parse.GetValue(_shape)),
            ItemSeparator = parse.GetValue(_itemSeparator),
            Delimiter = parse.GetValue(_delimiter),
            SkipLines = parse.GetValue(_skipLines),
            Quote = CharacterOf(parse.GetValue(_quote), "--quote"),
            Escape = CharacterOf(parse.GetValue(_escape), "--escape"),
            Encoding = parse.GetValue(_encoding),
            TimeFormat = parse.GetValue(_timeFormat),
            DecimalPoint = CharacterOf(parse.GetValue(_decimal), "--decimal"),
            NoValue = parse.GetValue(_noValue) is { } none ? NumberOf(none, "--no-value") : null,
            Scale = parse.GetValue(_scale) is { } scale ? Enum.Parse<ValueScaling>(scale, ignoreCase: true) : null,
            Null = parse.GetValue(_null) ?? [],
            FoldIds = parse.GetValue(_foldIds),
            Query = parse.GetValue(_query),
            Sheet = parse.GetValue(_sheet),
            ItemId = parse.GetValue(_itemId),
            Title = parse.GetValue(_title),
            LabelSeparator = parse.GetValue(_labelSeparator),
            Header = header ? true : noHeader ? false : null,
            Weights = WeightsOf(parse.GetValue(_weights) ?? []),
            HalfLife = parse.GetValue(_halfLife) is { } text ? TimeOf(text, "--half-life") : null,
            MinValue = parse.GetValue(_minValue) is { } minimum ? NumberOf(minimum, "--min-value") : null,
            MinUser = parse.GetValue(_minUser),
            MinItem = parse.GetValue(_minItem),
            OnError = parse.GetValue(_onError) is "skip" ? ErrorPolicy.Skip : ErrorPolicy.Fail,
            ItemAttributes = parse.GetValue(_itemAttributes) ?? [],
            UserAttributes = parse.GetValue(_userAttributes) ?? [],
            KeepWithoutEvents = parse.GetValue(_keepWithoutEvents),
        };
    }

    private static Option<string?> Text(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description };

    /// <summary>"views.csv:view=1", "views.csv:view", "views.csv=1".</summary>
    private static TypedFile FileOf(string text)
    {
        int equals = text.LastIndexOf('=');
        float? weight = equals < 0 ? null : NumberOf(text[(equals + 1)..], "--file");
        string file = equals < 0 ? text : text[..equals];
        int colon = file.LastIndexOf(':');
        var typed = colon < 0 ? new TypedFile(file, Path.GetFileName(file).Split('.')[0], weight)
            : new(file[..colon], file[(colon + 1)..], weight);
        return typed is { Path.Length: > 0, Type.Length: > 0 } ? typed
            : throw new InputException(
                $"--file {text} is not file:type=number; write --file views.csv:view=1 --file orders.csv:purchase=5.");
    }

    private static TableShape? ShapeOf(string? name) => name is null ? null
        : Enum.TryParse<TableShape>(name, ignoreCase: true, out var shape) && !char.IsAsciiDigit(name[0]) ? shape
        : throw new InputException($"--shape {name} is not known; give events, lists, baskets or matrix.");

    private static char? CharacterOf(string? text, string option) => text switch
    {
        null => null,
        "none" => '\0',
        [var one] => one,
        _ => throw new InputException($"{option} {text} is not one character."),
    };

    private static float NumberOf(string text, string option) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) ? number
        : throw new InputException($"{option} {text} is not a number; write a point before the fraction, such as 4.5.");

    private static Dictionary<string, float> WeightsOf(string[] pairs)
    {
        var weights = new Dictionary<string, float>();
        foreach (string pair in pairs)
        {
            int equals = pair.LastIndexOf('=');
            if (equals < 1 || !float.TryParse(pair.AsSpan(equals + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out float weight))
                throw new InputException($"--weight {pair} is not type=number; write --weight view=1 --weight purchase=5.");
            if (!weights.TryAdd(pair[..equals], weight))
                throw new InputException($"The event type '{pair[..equals]}' has two weights; give it one.");
        }
        return weights;
    }

    /// <summary>"90d", "12h", "2w".</summary>
    public static TimeSpan TimeOf(string text, string option)
    {
        double days = text.Length == 0 ? 0 : char.ToLowerInvariant(text[^1]) switch { 'w' => 7, 'd' => 1, 'h' => 1 / 24.0, _ => 0 };
        if (days == 0 || !double.TryParse(
            text.AsSpan(0, text.Length - 1), NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            || !(number is > 0 and < 1e6))
            throw new InputException($"{option} {text} is not a time; write a number and d, h or w, such as 90d.");
        return TimeSpan.FromDays(number * days);
    }
}
