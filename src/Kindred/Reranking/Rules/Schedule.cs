using System.Globalization;

namespace Kindred.Reranking.Rules;

/// <summary>When a rule holds: from one moment, included, to another, excluded. UTC, Unix seconds; null: open.</summary>
internal sealed record Schedule(long? From, long? To)
{
    private static readonly string[] Formats = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mmZ",
        "yyyy-MM-ddTHH:mm:ssZ"];

    public static Schedule Always { get; } = new(null, null);

    /// <param name="rule">Its name, for the sentence.</param>
    /// <param name="from">A date or a moment, UTC, such as 2026-01-31 or 2026-01-31T18:00; null: open.</param>
    /// <param name="to">Likewise.</param>
    /// <exception cref="InputException">No date, or the end is not after the beginning.</exception>
    public static Schedule Parse(string rule, string? from, string? to)
    {
        var schedule = new Schedule(SecondsOf(rule, from), SecondsOf(rule, to));
        return schedule.From >= schedule.To
            ? throw new InputException($"Rule '{rule}' ends at {to}, which is not after its beginning at {from}.")
            : schedule;
    }

    /// <param name="time">UTC, Unix seconds; null: unknown, which is in no schedule but that of always.</param>
    public bool Holds(long? time) => this == Always || (time is { } now && !(now < From) && !(now >= To));

    private static long? SecondsOf(string rule, string? text)
    {
        if (text is null) return null;
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, utc, out var moment)
            ? moment.ToUnixTimeSeconds()
            : throw new InputException($"Rule '{rule}': '{text}' is no date; write one such as 2026-01-31 or 2026-01-31T18:00, in UTC.");
    }
}
