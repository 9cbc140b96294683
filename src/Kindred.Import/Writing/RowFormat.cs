namespace Kindred.Import.Writing;

/// <summary>How a table is written, by its file's name.</summary>
internal sealed record RowFormat(bool IsCsv, bool IsParquet, bool IsCompressed)
{
    /// <exception cref="InputException">No such ending.</exception>
    public static RowFormat Of(string path)
    {
        string name = Path.GetFileName(path).ToLowerInvariant();
        bool isCompressed = name.EndsWith(".gz", StringComparison.Ordinal);
        return Path.GetExtension(isCompressed ? name[..^3] : name) switch
        {
            ".csv" => new(true, false, isCompressed),
            ".jsonl" or ".ndjson" => new(false, false, isCompressed),
            ".parquet" when !isCompressed => new(false, true, false),
            // A stream has no ending; rows for another program are read as CSV most easily.
            _ when path.StartsWith("/dev/", StringComparison.Ordinal) => new(true, false, false),
            _ => throw new InputException($"{path} says no format; end its name in .csv, .jsonl or .parquet (.csv.gz and .jsonl.gz too)."),
        };
    }

    /// <returns>Whether rows are made as JSON first: where they are to be, and of Parquet where a cell holds a list.</returns>
    public bool IsJsonText(IReadOnlyList<RowColumn> columns) =>
        !IsCsv && (!IsParquet || columns.Any(column => column.Kind is CellKind.Texts or CellKind.Numbers));
}
