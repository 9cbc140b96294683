using System.Globalization;

namespace Kindred.Import;

/// <summary>
/// Tables that have no row for each event: lists, baskets, matrices. Each becomes rows of a user, an item and perhaps a value.
/// </summary>
internal static class Shapes
{
    private static readonly string[] ItemNames = ["item", "items", "product", "products", "basket", "itemset", "article", "articles"];

    private static readonly TableColumn[] UserAndItem = [new("user", "c1"), new("item", "c2")];

    /// <summary>A user and the items in a line.</summary>
    /// <param name="delimiter">Null: white space.</param>
    public static Table Lists(SourceFile file, string? delimiter, int skip)
    {
        var dialect = delimiter is null or " " ? Dialect.Lines : new Dialect(delimiter, '"');
        return new(file, TableFormat.ItemLists, dialect, skip, false, UserAndItem)
        {
            Expand = (_, fields) =>
                (fields is [var line] && delimiter is null or " " ? Words(fields[0]) : Known(fields)) is [var user, .. var items]
                ? items.Select(item => (IReadOnlyList<string>)[user, item]) : [],
            Described = "lines 'user item item …'",
        };
    }

    /// <summary>The items in a line; who they are of is not said, so that the number of the line stands for a user.</summary>
    public static Table Baskets(SourceFile file, Dialect dialect, int skip)
    {
        bool isSpaced = dialect.Delimiter == " ";
        var rows = isSpaced ? [] : Sniffer.Sample(file, dialect, skip);
        bool counts = rows.Count > 1 && rows.TrueForAll(r => int.TryParse(r[0], out int count) && count == Known(r).Count - 1);
        return new(file, TableFormat.ItemLists, isSpaced ? Dialect.Lines : dialect, skip, false, UserAndItem)
        {
            Expand = (line, fields) => (isSpaced ? Words(fields[0]) : Known(fields)).Skip(counts ? 1 : 0)
                .Select(item => (IReadOnlyList<string>)[line.ToString(CultureInfo.InvariantCulture), item]),
            Described = $"baskets, one a line, of items separated by {dialect.DelimiterName}; the line's number is the user"
                + (counts ? "; the first field counts the others and is not used" : ""),
        };
    }

    /// <summary>
    /// A row a user, a column an item. A first column that counts the values of its row, or that is no id, is not a user.
    /// </summary>
    public static Table Matrix(Table table, List<string[]> rows)
    {
        var cells = table.HasHeader ? rows[1..] : rows;
        bool counts = !table.HasHeader && cells.TrueForAll(r => int.TryParse(r[0], out int count) && count <= r.Length - 1)
            && cells.GroupBy(r => r[0]).Any(g => g.Count() > 1);
        bool hasUsers = !counts && cells.Select(r => r[0]).Distinct(StringComparer.Ordinal).Count() == cells.Count
            && (table.HasHeader || cells.TrueForAll(r => !r[0].Contains('.')));
        var names = table.Columns.Select(c => c.Name).ToList();
        // Of 0 and 1 alone, 0 says that there is no event.
        bool isFlags = cells.TrueForAll(r => r.Skip(hasUsers || counts ? 1 : 0).All(f => f.Trim() is "0" or "1" || IsNothing(f)));
        return table with
        {
            Format = TableFormat.ItemLists,
            Columns = [new(hasUsers ? names[0] : "user", "c1"), new("item", "c2"), new("rating", "c3")],
            Width = table.Columns.Count,
            Needed = 1,
            Expand = (line, fields) => Enumerable.Range(hasUsers || counts ? 1 : 0, fields.Count - (hasUsers || counts ? 1 : 0))
                .Where(n => !IsNothing(fields[n]) && !(isFlags && fields[n].Trim() == "0"))
                .Select(n => (IReadOnlyList<string>)
                    [hasUsers ? fields[0] : line.ToString(CultureInfo.InvariantCulture), table.HasHeader ? names[n] : (n + 1)
                        .ToString(CultureInfo.InvariantCulture), fields[n]]),
            Described = $"a matrix with a row for each user{(hasUsers ? "" : " (the line's number)")} and a column for each item"
                + (counts ? "; column 1 counts the values and is not used" : "") + (isFlags ? "; 0 is no event" : ""),
        };
    }

    /// <summary>Whether a cell of a matrix is empty, or holds what people write into such a cell.</summary>
    public static bool IsNothing(string cell) => NullWords.Are(cell) || cell.Trim() is "-" or "?" or "." or "–";

    /// <summary>Ids separated by spaces, of uneven number: most lines differ in length from most others.</summary>
    public static bool IsLists(List<string> lines)
    {
        var counts = lines.ConvertAll(l => Words(l).Count);
        return counts.Distinct().Count() > 1 && counts.Max() > 2 && counts.GroupBy(c => c).Max(g => g.Count()) <= 0.6 * counts.Count;
    }

    /// <summary>Many lines begin with the same: a user has one line, but an item is in many baskets.</summary>
    public static bool ShareFirsts(List<string> lines)
    {
        const int Few = 10;
        const double Most = 0.8;
        return lines.Count > Few && lines.Select(l => Words(l)[0]).Distinct(StringComparer.Ordinal).Count() < Most * lines.Count;
    }

    /// <summary>Whether a line names what follows: <c>items</c>, <c>Item(s),Item 1,Item 2</c>.</summary>
    public static bool IsHeaderOfBaskets(string line, string delimiter) => line.Split(delimiter).All(f =>
        ItemNames.Contains(ColumnNames.Normalize(f).TrimEnd([.. "0123456789"])));

    /// <summary>Whether the columns are places of items, of which most rows leave the last ones empty.</summary>
    public static bool ArePlaces(Table table, IReadOnlyList<string[]> rows)
    {
        const int Few = 4;
        const double Some = 0.5;
        bool Ends(string[] row) => row.Length > 0 && row[0].Length > 0 && row[^1].Length == 0
            && Array.FindLastIndex(row, f => f.Length > 0) is var last && row.Take(last + 1).All(f => f.Length > 0);
        return table.Columns.Count > Few && rows.Count > 1 && rows.Count(Ends) >= Some * rows.Count
            && rows.Where(Ends).Select(r => Array.FindLastIndex(r, f => f.Length > 0)).Distinct().Count() > 2;
    }

    public static InputException LooksLikeBaskets(SourceFile file, string delimiter) => new(
        $"{file.Path} looks like baskets: lines of any number of fields, separated by {new Dialect(delimiter).DelimiterName}. "
        + "Say what a line is: --shape baskets (items alone), or --shape lists (a user and then the items).");

    private static List<string> Words(string line) => [.. line.Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries)];

    private static List<string> Known(IReadOnlyList<string> fields) => [.. fields.Select(ColumnText.Trim).Where(f => f.Length > 0)];
}
