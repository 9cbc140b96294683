using System.Text.RegularExpressions;

namespace Kindred.Import;

/// <summary>Texts that are no tables, which would be misread as such.</summary>
internal static partial class ForeignText
{
    private const double NearlyAll = 0.9;

    /// <exception cref="InputException">It is one of these, and the message says what to do.</exception>
    public static void Check(SourceFile file, List<string> lines)
    {
        string first = lines[0].TrimStart();
        string? what = Statement().IsMatch(first) || lines.Exists(l => Insert().IsMatch(l))
            || (lines.Count > 2 && lines.Count(l => Tuple().IsMatch(l)) >= NearlyAll * lines.Count)
            ? "SQL statements; run them in a database and import from it: sqlite3 events.db < FILE, then kindred import events.db "
                + "--query TABLE"
            : Page().IsMatch(first) ? "an HTML page, as some programs call a workbook; save the table as CSV (UTF-8)"
            : first.StartsWith("<?xml", StringComparison.Ordinal) || Element().IsMatch(first)
                ? "XML; write its rows as CSV or as JSON lines"
            : lines.Count > 2 && lines.Count(l => LibSvm().IsMatch(l)) >= NearlyAll * lines.Count
                ? "LibSVM rows (label feature:value …), which are no events; write a user and an item a line" : null;
        if (what is not null) throw new InputException($"{file.Path} is {what}.");
    }

    [GeneratedRegex(@"^(--\s*(MySQL|MariaDB|PostgreSQL|phpMyAdmin)|/\*!\d|PRAGMA |BEGIN TRANSACTION|CREATE TABLE)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Statement();

    [GeneratedRegex(@"^\s*\(.+\)\s*[,;]\s*$")]
    private static partial Regex Tuple();

    [GeneratedRegex(@"^\s*INSERT (INTO|IGNORE) ", RegexOptions.IgnoreCase)]
    private static partial Regex Insert();

    [GeneratedRegex(@"^<(!DOCTYPE html|html|table|head|body|meta)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Page();

    [GeneratedRegex(@"^<[A-Za-z][\w:.-]*(\s[^<>]*)?>")]
    private static partial Regex Element();

    [GeneratedRegex(@"^[+-]?\d+(\.\d+)?(\s+\d+:[-+.\deE]+)+\s*$")]
    private static partial Regex LibSvm();
}
