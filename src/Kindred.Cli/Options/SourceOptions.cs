using System.CommandLine;
using System.Globalization;
using Kindred.Import;

namespace Kindred.Cli.Options;

/// <summary>SOURCE… and how raw files are to be read: the same for every verb.</summary>
internal sealed class SourceOptions
{
    public const string RawOrImported =
        "A raw file, pattern or known folder (the options of `kindred import` apply), or an imported data folder.";

    private readonly Argument<string[]> _sources;
    private readonly Option<string?> _user, _item;
    private readonly Option<string?> _value = Text("--value", "column", "Column of ratings or weights; none: every event weighs 1.");
    private readonly Option<string?> _time = Text("--time", "column", "Column of times: seconds, milliseconds, or ISO 8601.");
    private readonly Option<string?> _event = Text("--event", "column", "Column of event types.");
    private readonly Option<string?> _delimiter = Text("--delimiter", "text", @"What separates fields; \t for a tab.");
    private readonly Option<bool> _header = new("--header") { Description = "The first line names the columns." };
    private readonly Option<bool> _noHeader = new("--no-header") { Description = "The first line is data." };
    private readonly Option<string[]> _weights = new("--weight")
    {
        HelpName = "type=number",
        Description = "Weight of an event type; 0 leaves the type out. Once for each type.",
    };
    private readonly Option<string?> _halfLife = Text("--half-life", "time", "An event loses half its weight in this time: 90d, 12h, 2w.");
    private readonly Option<float?> _minValue = new("--min-value")
    {
        HelpName = "number",
        Description = "Leave out events of a smaller value.",
    };
    private readonly Option<int> _minUser = new("--min-user") { HelpName = "count", Description = "Leave out users with fewer events." };
    private readonly Option<int> _minItem = new("--min-item") { HelpName = "count", Description = "Leave out items with fewer events." };
    private readonly Option<string?> _onError = new("--on-error")
    {
        Description = "What to do about rows that break a rule; fail, unless told otherwise.",
    };
    private readonly Option<string[]> _itemAttributes = new("--item-attributes")
    {
        HelpName = "file",
        Description = "Table about items, joined by id.",
    };
    private readonly Option<string[]> _userAttributes = new("--user-attributes")
    {
        HelpName = "file",
        Description = "Table about users, joined by id.",
    };
    private readonly Option<string?> _name = Text("--name", "name", "Short name of the data, for reports.");

    private readonly Option[] _all;

    /// <summary>Adds them to the verb; `kindred import` alone lists the options in its help.</summary>
    /// <param name="isRequired">False: there may be no source.</param>
    public SourceOptions(CliCommand verb, string description, bool isRequired = true)
    {
        _sources = new("source") { Description = description, Arity = isRequired ? ArgumentArity.OneOrMore : ArgumentArity.ZeroOrMore };
        // Where --user and --item name a user and an item, the columns need other names.
        bool taken = verb.Options.Any(option => option.Name is "--user" or "--item");
        _user = Text(taken ? "--user-column" : "--user", "column",
            "Column of user ids: its name, or its number from 1. Found by its usual names otherwise.");
        _item = Text(taken ? "--item-column" : "--item", "column", "Column of item ids.");
        _onError.AcceptOnlyFromAmong("fail", "skip");
        _all =
        [
            _user, _item, _value, _time, _event, _delimiter, _header, _noHeader, _weights, _halfLife,
            _minValue, _minUser, _minItem, _onError,
            _itemAttributes, _userAttributes, _name,
        ];
        verb.Arguments.Add(_sources);
        foreach (var option in _all)
        {
            option.Hidden = verb.Name != "import";
            verb.Options.Add(option);
        }
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
            Item = parse.GetValue(_item),
            Value = parse.GetValue(_value),
            Time = parse.GetValue(_time),
            Event = parse.GetValue(_event),
            Delimiter = parse.GetValue(_delimiter) is @"\t" ? "\t" : parse.GetValue(_delimiter),
            Header = header ? true : noHeader ? false : null,
            Weights = WeightsOf(parse.GetValue(_weights) ?? []),
            HalfLife = parse.GetValue(_halfLife) is { } text ? TimeOf(text, "--half-life") : null,
            MinValue = parse.GetValue(_minValue),
            MinUser = parse.GetValue(_minUser),
            MinItem = parse.GetValue(_minItem),
            OnError = parse.GetValue(_onError) is "skip" ? ErrorPolicy.Skip : ErrorPolicy.Fail,
            ItemAttributes = parse.GetValue(_itemAttributes) ?? [],
            UserAttributes = parse.GetValue(_userAttributes) ?? [],
        };
    }

    private static Option<string?> Text(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description };

    private static Dictionary<string, float> WeightsOf(string[] pairs)
    {
        var weights = new Dictionary<string, float>();
        foreach (string pair in pairs)
        {
            int equals = pair.LastIndexOf('=');
            if (equals < 1 || !float.TryParse(pair.AsSpan(equals + 1), CultureInfo.InvariantCulture, out float weight))
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
        if (days == 0 || !double.TryParse(text.AsSpan(0, text.Length - 1), CultureInfo.InvariantCulture, out double number)
            || !(number is > 0 and < 1e6))
            throw new InputException($"{option} {text} is not a time; write a number and d, h or w, such as 90d.");
        return TimeSpan.FromDays(number * days);
    }
}
