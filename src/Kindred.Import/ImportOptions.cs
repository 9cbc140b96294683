namespace Kindred.Import;

/// <summary>What happens to rows that break a rule.</summary>
public enum ErrorPolicy
{
    /// <summary>Nothing is written; the first such row is named.</summary>
    Fail,

    /// <summary>They are left out and counted.</summary>
    Skip,
}

/// <summary>How events lie in a table.</summary>
public enum TableShape
{
    /// <summary>A row for each event.</summary>
    Events,

    /// <summary>A user and any number of items in every line: <c>user item item …</c>.</summary>
    Lists,

    /// <summary>Any number of items in every line, bought or seen together; the line is the user.</summary>
    Baskets,

    /// <summary>A row for each user and a column for each item; a value where there is an event.</summary>
    Matrix,
}

/// <summary>A file all of whose events are of one type.</summary>
/// <param name="Weight">Of each event; null: as <see cref="ImportOptions.Weights"/> says.</param>
public sealed record TypedFile(string Path, string Type, float? Weight);

/// <summary>What to import, and how to read it. Everything but <see cref="Sources"/> has a sensible default.</summary>
public sealed record ImportOptions
{
    /// <summary>Event files, patterns such as <c>events-*.csv.gz</c>, or one folder of a known shape (MovieLens, gorse).</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    /// <summary>Short name of the data set; the first source's name where left out.</summary>
    public string? Name { get; init; }

    /// <summary>The column with user ids: its name, or its 1-based number. Found by its usual names where left out.</summary>
    public string? User { get; init; }

    /// <summary>The column with item ids: its name, or its 1-based number.</summary>
    public string? Item { get; init; }

    /// <summary>The column with ratings or weights: its name, its 1-based number, or <c>none</c> to let every event weigh 1.</summary>
    public string? Value { get; init; }

    /// <summary>
    /// The column with times: its name, or its 1-based number; <c>DATE+TIME</c> where the date and the time of the day are in two columns.
    /// </summary>
    public string? Time { get; init; }

    /// <summary>The column with event types: its name, or its 1-based number.</summary>
    public string? Event { get; init; }

    /// <summary>
    /// How times are written: <c>day-first</c>, <c>month-first</c>, <c>seconds</c>, <c>milliseconds</c>, <c>microseconds</c>,
    /// <c>nanoseconds</c>, <c>days</c> (since 1970), <c>excel</c>, <c>ticks</c>, <c>filetime</c>, <c>webkit</c>, <c>compact</c>, or a
    /// pattern such as <c>%d.%m.%Y %H:%M</c>. Found by looking where left out.
    /// </summary>
    public string? TimeFormat { get; init; }

    /// <summary>Words that mean a missing value, besides those that programs write.</summary>
    public IReadOnlyList<string> Null { get; init; } = [];

    /// <summary>What stands before the fraction of a number, <c>.</c> or <c>,</c>; found by looking where left out.</summary>
    public char? DecimalPoint { get; init; }

    /// <summary>
    /// Whether ids are the same that differ only by case, white space, quotes, zeros in front or <c>.0</c>; the first in order stands for
    /// all.
    /// </summary>
    public bool FoldIds { get; init; }

    /// <summary>A value that means that there is none: such rows are left out.</summary>
    public float? NoValue { get; init; }

    /// <summary>
    /// How values become the weights that models learn from; by their spread where left out. Ratings stay as they are, and so do values
    /// that are multiplied by <see cref="Weights"/>, unless a scaling is given.
    /// </summary>
    public ValueScaling? Scale { get; init; }

    /// <summary>Of text that is not UTF-8: <c>windows-1252</c>, <c>utf-16</c>, <c>shift_jis</c>.</summary>
    public string? Encoding { get; init; }

    /// <summary>What quotes a field; <c>"</c> or <c>'</c>, found by looking, where left out.</summary>
    public char? Quote { get; init; }

    /// <summary>What takes a quote's meaning from it, inside a quoted field; found by looking where left out.</summary>
    public char? Escape { get; init; }

    /// <summary>Lines before the header, or before the first row; found by looking where 0.</summary>
    public int SkipLines { get; init; }

    /// <summary>How events lie in the files; found by looking where left out.</summary>
    public TableShape? Shape { get; init; }

    /// <summary>What separates items in the item column, where a row has several; <c>none</c>: nothing does.</summary>
    public string? ItemSeparator { get; init; }

    /// <summary>Event files of one type each, besides <see cref="Sources"/>.</summary>
    public IReadOnlyList<TypedFile> Files { get; init; } = [];

    /// <summary>What to ask a database: SQL, or the name of a table.</summary>
    public string? Query { get; init; }

    /// <summary>The sheet of an Excel workbook; the first one where left out.</summary>
    public string? Sheet { get; init; }

    /// <summary>Whether warnings are errors.</summary>
    public bool Strict { get; init; }

    /// <summary>What separates fields, <c>\t</c> for a tab; found by looking where left out.</summary>
    public string? Delimiter { get; init; }

    /// <summary>Whether the first line names the columns; found by looking where left out.</summary>
    public bool? Header { get; init; }

    /// <summary>
    /// Weight of each event type. Where given, a type that is not named is an error, and weight 0 leaves events of that type out. An
    /// event's
    /// weight is multiplied by its value where there is one.
    /// </summary>
    public IReadOnlyDictionary<string, float> Weights { get; init; } = new Dictionary<string, float>();

    /// <summary>An event loses half its weight in this time, counted back from the newest event.</summary>
    public TimeSpan? HalfLife { get; init; }

    /// <summary>Events with a smaller value are left out, after merging: a rating that was later lowered does not come back.</summary>
    public float? MinValue { get; init; }

    /// <summary>Users with fewer events are left out, together with <see cref="MinItem"/> until nothing changes.</summary>
    public int MinUser { get; init; }

    /// <summary>Items with fewer events are left out.</summary>
    public int MinItem { get; init; }

    public ErrorPolicy OnError { get; init; }

    /// <summary>Tables about items, joined by id.</summary>
    public IReadOnlyList<string> ItemAttributes { get; init; } = [];

    /// <summary>Tables about users, joined by id.</summary>
    public IReadOnlyList<string> UserAttributes { get; init; } = [];

    /// <summary>
    /// Whether items and users of these tables that no event names are in the data too, so that models that read attributes find them.
    /// </summary>
    public bool KeepWithoutEvents { get; init; }

    /// <summary>The column of <see cref="ItemAttributes"/> that holds the ids; found by looking where left out.</summary>
    public string? ItemId { get; init; }

    /// <summary>The column of <see cref="ItemAttributes"/> that a person would call the item by.</summary>
    public string? Title { get; init; }

    /// <summary>What separates labels in an attribute, <c>none</c>: nothing does; found by looking where left out.</summary>
    public string? LabelSeparator { get; init; }

    /// <summary>What a program calls the option of <see cref="User"/>, for sentences.</summary>
    internal string UserOption { get; init; } = "--user";

    /// <summary>Likewise of <see cref="Item"/>.</summary>
    internal string ItemOption { get; init; } = "--item";

    /// <summary>Times more than a day after this are in the future; the clock's time where left out.</summary>
    public DateTimeOffset? Now { get; init; }

    /// <exception cref="InputException">An option is outside its range.</exception>
    internal void Check()
    {
        foreach (var (type, weight) in Weights)
            if (!(weight >= 0 && float.IsFinite(weight)))
                throw new InputException($"The weight of event type '{type}' must be a number from 0, was {weight}.");
        if (HalfLife is { Ticks: <= 0 }) throw new InputException($"The half-life must be longer than 0, was {HalfLife}.");
        if (MinValue is { } minimum && !float.IsFinite(minimum))
            throw new InputException($"The minimum value must be a number, was {minimum}.");
        if (MinUser < 0) throw new InputException($"The minimum of events per user must be at least 0, was {MinUser}.");
        if (MinItem < 0) throw new InputException($"The minimum of events per item must be at least 0, was {MinItem}.");
        if (SkipLines < 0) throw new InputException($"The lines to skip must be at least 0, were {SkipLines}.");
        if (DecimalPoint is not (null or '.' or ',')) throw new InputException($"--decimal is a point or a comma, was {DecimalPoint}.");
        if (Quote is > '\x7f' || Escape is > '\x7f') throw new InputException("--quote and --escape are single ASCII characters.");
        foreach (var file in Files)
            if (file.Weight is { } weight && !(weight >= 0 && float.IsFinite(weight)))
                throw new InputException($"The weight of {file.Path} must be a number from 0, was {weight}.");
        if (Delimiter is "") throw new InputException("The delimiter must not be empty; leave it out to have it found.");
    }
}
