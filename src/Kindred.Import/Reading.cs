namespace Kindred.Import;

/// <summary>How files are to be read; what is left out is found by looking.</summary>
/// <param name="Names">Column names that the caller expects: a first line that holds one is a header.</param>
/// <param name="Latin1">Whether text that is not UTF-8 is ISO 8859-1.</param>
internal sealed record Reading(IReadOnlyCollection<string> Names, bool Latin1 = false)
{
    public string? Delimiter { get; init; }

    public bool? Header { get; init; }

    public char? Quote { get; init; }

    public char? Escape { get; init; }

    public int SkipLines { get; init; }

    /// <summary>Of text that is not UTF-8.</summary>
    public string? Encoding { get; init; }

    public TableShape? Shape { get; init; }

    /// <summary>What to ask a database.</summary>
    public string? Query { get; init; }

    /// <summary>Of a workbook.</summary>
    public string? Sheet { get; init; }

    /// <summary>Of event files.</summary>
    public static Reading Events(ImportOptions options)
    {
        string?[] chosen = [options.User, options.Item, options.Value, options.Time, options.Event];
        var names = chosen.OfType<string>().SelectMany(n => n.Split('+').Append(n)).Where(n => !int.TryParse(n, out _));
        return new([.. names])
        {
            Delimiter = options.Delimiter is { } text ? Dialect.Characters(text) : null,
            Header = options.Header,
            Quote = options.Quote,
            Escape = options.Escape,
            SkipLines = options.SkipLines,
            Encoding = options.Encoding,
            Shape = options.Shape,
            Query = options.Query,
            Sheet = options.Sheet,
        };
    }

    /// <summary>Of tables about items or users: what events need does not apply to them, but for the encoding.</summary>
    /// <param name="ofEvents">What the events call the column of ids: a first line with that name is a header.</param>
    public static Reading Attributes(ImportOptions options, string ofEvents) =>
        new(["id", ofEvents, .. new[] { options.ItemId, options.Title }.OfType<string>()])
        {
            Encoding = options.Encoding,
            Header = options.Header is true ? true : null, // --no-header is of the events: a table without one cannot be used
        };
}
