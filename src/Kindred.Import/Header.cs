using System.Globalization;
using System.Text.RegularExpressions;

namespace Kindred.Import;

/// <summary>Tells a first line that names the columns from one that is a row.</summary>
internal static partial class Header
{
    /// <param name="names">Column names that the caller expects.</param>
    public static bool Is(List<string[]> rows, IReadOnlyCollection<string> names)
    {
        var first = rows[0];
        if (first.Any(name => names.Contains(name.Trim()))) return true;
        if (first.Any(ColumnNames.IsTelling)) return true;
        // As pandas and spreadsheets leave the name of an index empty.
        if (first.Length > 2 && first[0].Trim().Length == 0 && rows.Count > 1 && rows.Skip(1).All(r => r[0].Trim().Length > 0)
            && first.Skip(1).All(f => f.Trim().Length > 0) && first.Distinct(StringComparer.Ordinal).Count() == first.Length) return true;
        if (first.Any(IsNumber)) return false;
        if (ColumnNames.NamesRoles(first)) return true;
        if (AreGenerated(first) && !rows.Skip(1).Any(r => r.All(cell => Generated().IsMatch(cell)))) return true;
        if (rows.Count == 1) return false;
        // Unknown words above numbers name them; so do words without digits above ids that all have some.
        var others = rows[1..];
        return Enumerable.Range(0, first.Length).Any(n => others.TrueForAll(r => n < r.Length && IsNumber(r[n])))
            || (others.Count > 2 && !first.Any(text => text.Any(char.IsAsciiDigit))
                && Enumerable.Range(0, first.Length).Any(n => others.TrueForAll(r => n < r.Length && r[n].Any(char.IsAsciiDigit))));
    }

    /// <summary>Names that programs give to columns without: <c>0,1,2,3</c>.</summary>
    public static bool IsNumbered(string[] first) => first.Length > 3 && first.Select((name, n) => name == $"{n}").All(same => same);

    /// <summary><c>col1,col2</c>, <c>V1,V2</c>, <c>Unnamed: 0</c>.</summary>
    private static bool AreGenerated(string[] first) => first.Length > 1 && first.All(name => Generated().IsMatch(name.Trim()))
        && first.Select(name => name.TrimEnd([.. "0123456789"])).Distinct(StringComparer.Ordinal).Count() == 1;

    [GeneratedRegex(@"^(col|column|v|x|f|var|field|c|_c|attr|unnamed:)[_ ]?\d+$", RegexOptions.IgnoreCase)]
    private static partial Regex Generated();

    private static bool IsNumber(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
