namespace Kindred.Import;

/// <summary>What happens to rows that break a rule.</summary>
public enum ErrorPolicy
{
    /// <summary>Nothing is written; the first such row is named.</summary>
    Fail,

    /// <summary>They are left out and counted.</summary>
    Skip,
}

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

    /// <summary>The column with times: its name, or its 1-based number.</summary>
    public string? Time { get; init; }

    /// <summary>The column with event types: its name, or its 1-based number.</summary>
    public string? Event { get; init; }

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
        if (Delimiter is "") throw new InputException("The delimiter must not be empty; leave it out to have it found.");
    }
}
