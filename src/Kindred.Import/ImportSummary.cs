using Kindred.Data;

namespace Kindred.Import;

/// <summary>What an import is doing.</summary>
/// <param name="Step">For a person: "reading ratings.csv".</param>
/// <param name="Rows">Rows read so far.</param>
public sealed record ImportProgress(string Step, long Rows);

/// <summary>A row that broke a rule.</summary>
/// <param name="File">Name without folder.</param>
/// <param name="Line">1-based; in a Parquet file the 1-based row.</param>
/// <param name="Text">The row as it stands in the file, shortened.</param>
public sealed record RejectedRow(string File, long Line, string Reason, string Text)
{
    public override string ToString() => $"{File}, line {Line}: {Reason}: {Text}";
}

/// <summary>Why rows were rejected, and how many.</summary>
public sealed record ReasonCount(string Reason, long Count);

/// <summary>What an import did.</summary>
/// <param name="Format">What the files were recognized as, for a person.</param>
/// <param name="Columns">Role (user, item, value, time, event) → the column taken for it.</param>
/// <param name="FirstInvalid">The first five rows that broke a rule.</param>
/// <param name="Reasons">All reasons for which rows were left out, most frequent first.</param>
/// <param name="Notes">Sentences that a careful reader wants to know.</param>
/// <param name="Warnings">Sentences about what is probably not meant, each with the option that mends it.</param>
/// <param name="Unused">Columns of the event files that were taken for nothing.</param>
/// <param name="Skipped">What was passed over and is not counted as rows: blank rows, repeated headers, lines before the header.</param>
/// <param name="First">Time of the oldest event, null without times; <paramref name="Last"/> of the newest.</param>
/// <param name="Spread">Of the values; null where there are none.</param>
/// <param name="Scale">How the values became the weights that models learn from.</param>
public sealed record ImportSummary(
    string Name,
    string Format,
    IReadOnlyDictionary<string, string> Columns,
    ValueKind Values,
    RowCounts Rows,
    int Users,
    int Items,
    long Events,
    IReadOnlyList<RejectedRow> FirstInvalid,
    IReadOnlyList<ReasonCount> Reasons,
    IReadOnlyList<string> Notes,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<string> Unused,
    IReadOnlyList<ReasonCount> Skipped,
    DateTimeOffset? First,
    DateTimeOffset? Last,
    ValueSpread? Spread,
    ValueScale Scale);
