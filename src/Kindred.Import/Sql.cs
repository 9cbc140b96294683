namespace Kindred.Import;

/// <summary>Text that goes into SQL, quoted.</summary>
internal static class Sql
{
    /// <summary>What ends in one of these may end in white space: ASCII's, and the last bytes of what else is invisible.</summary>
    private static readonly string[] WhiteSpace = [" ", @"\t", @"\r", @"\n", @"\x0b", @"\x0c"];

    private static readonly string Invisible = new([.. ColumnText.Invisible]);

    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    public static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static string List(IEnumerable<string> expressions) => string.Join(", ", expressions);

    /// <returns>
    /// The expression without white space and invisible characters around it; '' for NULL. They are cut off only where there may be some:
    /// trim is 15 times slower than looking.
    /// </returns>
    /// <param name="ascii">Whether nothing but ASCII occurs.</param>
    public static string Trimmed(string expression, bool ascii = false) =>
        $"coalesce(CASE WHEN {expression} < '!' "
        + $"OR {string.Join(" OR ", WhiteSpace.Select(c =>
            $"suffix({expression}, e'{c}')"))}{(ascii ? "" : $" OR strlen({expression}) <> length({expression})")} "
        + $"THEN trim({expression}, {Literal(Invisible)}) ELSE {expression} END, '')";

    /// <returns>The path as a literal that matches this one file: readers take *, ? and [ for patterns.</returns>
    public static string FileLiteral(string path) =>
        Literal(string.Concat(path.Select(c => c is '*' or '?' or '[' ? $"[{c}]" : c.ToString())));

    public static string Parquet(string path) => $"read_parquet({FileLiteral(path)}, binary_as_string = true)";

    /// <summary>A relation of the lines of a text, cut at a delimiter that is never quoted, everything as VARCHAR.</summary>
    /// <param name="delimiter">"" for whole lines.</param>
    /// <param name="skip">Lines before the first row.</param>
    public static string Lines(string path, string compression, IReadOnlyList<string> names, string delimiter, int skip = 0) => $$"""
        read_csv({{FileLiteral(path)}}, compression = '{{compression}}', auto_detect = false, header = false, skip = {{skip}},
            delim = {{Literal(delimiter)}}, quote = '', escape = '', max_line_size = {{2 * RecordReader.LongestRecord}},
            columns = { {{List(names.Select(name => $"'{name}': 'VARCHAR'"))}} })
        """;
}
