namespace Kindred.Import;

/// <summary>Text that goes into SQL, quoted.</summary>
internal static class Sql
{
    /// <summary>What is taken off both ends of an id: white space, and the CR of a line that ended in CR LF.</summary>
    private static readonly string[] WhiteSpace = [" ", @"\t", @"\r", @"\n", @"\x0b", @"\x0c"];

    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    public static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static string List(IEnumerable<string> expressions) => string.Join(", ", expressions);

    /// <returns>
    /// The expression without white space around it; '' for NULL. It is cut off only where there is some: trim is 15 times slower than
    /// looking.
    /// </returns>
    public static string Trimmed(string expression) =>
        $"coalesce(CASE WHEN {expression} < '!' OR {string.Join(" OR ", WhiteSpace.Select(c => $"suffix({expression}, e'{c}')"))} "
        + $"THEN trim({expression}, e'{string.Concat(WhiteSpace)}') ELSE {expression} END, '')";

    /// <returns>The path as a literal that matches this one file: readers take *, ? and [ for patterns.</returns>
    public static string FileLiteral(string path) =>
        Literal(string.Concat(path.Select(c => c is '*' or '?' or '[' ? $"[{c}]" : c.ToString())));

    public static string Parquet(string path) => $"read_parquet({FileLiteral(path)}, binary_as_string = true)";

    /// <summary>A relation of the lines of a text, cut at a delimiter that is never quoted, everything as VARCHAR.</summary>
    /// <param name="delimiter">"" for whole lines.</param>
    public static string Lines(string path, string compression, IReadOnlyList<string> names, string delimiter, bool header = false) => $$"""
        read_csv({{FileLiteral(path)}}, compression = '{{compression}}', auto_detect = false, header = {{(header ? "true" : "false")}},
            delim = {{Literal(delimiter)}}, quote = '', escape = '', max_line_size = {{2 * RecordReader.LongestRecord}},
            columns = { {{List(names.Select(name => $"'{name}': 'VARCHAR'"))}} })
        """;
}
