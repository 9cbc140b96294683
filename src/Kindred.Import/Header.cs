using System.Globalization;

namespace Kindred.Import;

/// <summary>Tells a first line that names the columns from one that is a row.</summary>
internal static class Header
{
    /// <param name="names">Column names that the caller expects.</param>
    public static bool Is(List<string[]> rows, IReadOnlyCollection<string> names)
    {
        var first = rows[0];
        if (first.Any(name => names.Contains(name.Trim()))) return true;
        if (first.Any(ColumnNames.IsTelling)) return true;
        if (first.Any(IsNumber)) return false;
        if (ColumnNames.NamesRoles(first)) return true;
        if (rows.Count == 1) return false;
        // Unknown words above numbers name them; so do words without digits above ids that all have some.
        var others = rows[1..];
        return Enumerable.Range(0, first.Length).Any(n => others.TrueForAll(r => n < r.Length && IsNumber(r[n])))
            || (others.Count > 2 && !first.Any(text => text.Any(char.IsAsciiDigit))
                && Enumerable.Range(0, first.Length).Any(n => others.TrueForAll(r => n < r.Length && r[n].Any(char.IsAsciiDigit))));
    }

    private static bool IsNumber(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
