namespace Kindred.Import;

/// <summary>Event files, which of their columns is what, and how their cells are written: all that is needed to read them.</summary>
/// <param name="Tables">All looked at before any is read.</param>
/// <param name="Roles">Of each table.</param>
/// <param name="FoldIds">Whether ids that differ only in how they are written are the same.</param>
/// <param name="Notes">Sentences about what was found.</param>
internal sealed record EventSources(
    IReadOnlyList<Table> Tables, IReadOnlyList<ColumnRoles> Roles, RowRules Rules, bool FoldIds, IReadOnlyList<string> Notes)
{
    private const int SampleRows = 1000;

    private ValueScaling? Scaling { get; init; }

    /// <returns>The tables of event files.</returns>
    public static List<Table> Look(DuckDbSession engine, IReadOnlyList<string> paths, ImportOptions options, CancellationToken cancellation)
    {
        var reading = Reading.Events(options);
        var tables = paths.Select(p => SourceFile.Open(engine, p, reading, cancellation))
            .Select(file => Hinted(file, () => Sniffer.Look(engine, file, reading))).ToList();
        // A short file of item lists may look like columns; its neighbors tell.
        if (options.Shape is null && tables.Exists(t => t.Format == TableFormat.ItemLists))
        {
            tables = tables.ConvertAll(t =>
                t is { Format: TableFormat.Delimited, HasHeader: false, Dialect.Delimiter: " " } ? Shapes.Lists(t.File, null, t.Skip) : t);
        }
        return tables;
    }

    /// <param name="types">Of each table, null where its rows say it themselves; null: none is given.</param>
    /// <param name="kind">What values are; null: what the columns tell.</param>
    /// <exception cref="InputException">The tables do not have the same roles, or an option asks for one that is not there.</exception>
    public static EventSources Of(
        DuckDbSession engine, IReadOnlyList<Table> tables, ImportOptions options, CancellationToken cancellation,
        IReadOnlyList<TypedFile?>? types = null, ValueKind? kind = null)
    {
        var roles = tables.Select((t, n) => Hinted(t.File, () => ColumnRoles.Find(engine, t, options)) with { Type = types?[n] }).ToList();
        CheckSame(tables, roles);
        var weights = WeightsOf(options, roles);
        CheckOptions(options, roles[0], weights);
        for (int n = 0; n < roles.Count; n++)
            roles[n] = roles[n] with { Kind = kind ?? (weights.Count > 0 ? ValueKind.Weights : roles[0].Kind), IsLabel = roles[0].IsLabel };
        var notes = new List<string>();
        var shaped = tables.Select((t, n) => Shaped(engine, t, roles[n], options, notes)).ToList();

        var values = roles[0].Value is null ? ValueFormat.Plain
            : ValueFormat.Find(SampleOf(engine, shaped, roles, r => $"c{r.Value + 1}"), options.DecimalPoint, shaped[0].Dialect.Delimiter);
        if (values.Description is { Length: > 0 } written) notes.Add($"Values are read {written}.");
        var times = roles[0].Time is null ? TimeFormat.Usual : TimesOf(engine, shaped, roles, options, cancellation);
        if (times.Description is { } format) notes.Add($"Times are read as {format}.");
        // Later than 2106 is later than any clock of today, and keeps sorting keys short; see EventTable.
        long latest = Math.Min(uint.MaxValue, (options.Now ?? DateTimeOffset.UtcNow).AddDays(1).ToUnixTimeSeconds());
        var rules = new RowRules(values, times, weights, [.. NullWords.All, .. options.Null], options.NoValue, latest)
        {
            ValueColumn = roles[0].Value is { } value ? tables[0].Columns[value].Name : "",
        };
        return new(shaped, roles, rules, options.FoldIds, notes) { Scaling = options.Scale };
    }

    /// <returns>
    /// How values become weights: as was asked; otherwise by their spread, unless they are multiplied by weights that were given.
    /// </returns>
    /// <param name="values">[events]</param>
    public ValueScale ScaleOf(ReadOnlySpan<float> values) => Scaling is { } scaling ? ValueScale.Of(scaling, values)
        : Roles[0].Kind == ValueKind.Weights && Rules.Weights.Count == 0 ? ValueScale.For(values) : ValueScale.Raw;

    private static Dictionary<string, float> WeightsOf(ImportOptions options, List<ColumnRoles> roles)
    {
        var weights = new Dictionary<string, float>(options.Weights);
        foreach (var file in roles.Select(r => r.Type).OfType<TypedFile>())
        {
            if (file.Weight is { } weight && weights.TryGetValue(file.Type, out float other) && other != weight)
                throw new InputException($"The event type '{file.Type}' has two weights, {other} and {weight}; give it one.");
            if (file.Weight is { } one) weights[file.Type] = one;
        }
        // Types that come with files alone need no other weights.
        if (roles.Exists(r => r.Type is not null))
            foreach (var file in roles.Select(r => r.Type).OfType<TypedFile>()) weights.TryAdd(file.Type, 1);
        return weights;
    }

    /// <summary>Where a sheet cannot be used, another one may be meant.</summary>
    private static T Hinted<T>(SourceFile file, Func<T> look)
    {
        try { return look(); }
        catch (InputException e) when (file.OtherSheet is not null) { throw new InputException($"{e.Message} {file.OtherSheet}", e); }
    }

    private static void CheckSame(IReadOnlyList<Table> tables, List<ColumnRoles> roles)
    {
        void Check(string role, Func<ColumnRoles, int?> of, int n)
        {
            if (of(roles[0]) is null == of(roles[n]) is null) return;
            throw new InputException($"Only one of {tables[0].File.Path} and {tables[n].File.Path} has a {role} column; "
                + $"import files of one kind, or leave it out with --{role} none.");
        }

        for (int n = 1; n < roles.Count; n++)
        {
            Check("value", r => r.Value, n);
            Check("time", r => r.Time, n);
            if (roles[0].Type is null != roles[n].Type is null)
                throw new InputException(
                    $"{tables[n].File.Path} and {tables[0].File.Path} do not both have a type; name all files with --file " +
                    $"FILE:TYPE=WEIGHT.");
            if (roles[0].Type is null) Check("event", r => r.Event, n);
        }
    }

    private static void CheckOptions(ImportOptions options, ColumnRoles roles, Dictionary<string, float> weights)
    {
        if (weights.Count > 0 && roles.Event is null && roles.Type is null)
            throw new InputException("--weight needs a column of event types; name it with --event.");
        if (options.HalfLife is not null && roles.Time is null)
            throw new InputException("--half-life needs a time column; name it with --time.");
        if (options.MinValue is not null && roles.Kind == ValueKind.None && weights.Count == 0)
            throw new InputException("--min-value needs a value column; name it with --value.");
        if (options.Scale is not (null or ValueScaling.Raw) && weights.Count == 0 && roles.Kind != ValueKind.Weights)
            throw new InputException(roles.Kind == ValueKind.Ratings ? "--scale is for counts and the like; ratings are left as they are."
                : "--scale needs a value column; name it with --value.");
        if (options.NoValue is not null && roles.Value is null)
            throw new InputException("--no-value needs a value column; name it with --value.");
        if (options.TimeFormat is not null && roles.Time is null)
            throw new InputException("--time-format needs a time column; name it with --time.");
    }

    /// <returns>The table with a row for each item, where a row holds several.</returns>
    private static Table Shaped(DuckDbSession engine, Table table, ColumnRoles roles, ImportOptions options, List<string> notes)
    {
        if (table.Expand is not null) return table;
        var item = table.Columns[roles.Item];
        var needed = table with { Needed = roles.Used.Max() + 1 };
        if (options.ItemSeparator == "none") return needed;
        if (item.List is { } list)
        {
            notes.Add($"Each element of {list} is an event.");
            return table.IsText ? needed with { Expand = (_, fields) => JsonColumns.Expand(table.Columns, list, fields[0]) }
                : needed with { Unnested = list };
        }
        var cells = needed.Sample(engine, roles.Item, SampleRows).FindAll(c => c.Length > 0);
        string? separator = options.ItemSeparator is { } text ? Dialect.Characters(text) : null;
        bool areLists = cells.Count > 0 && cells.TrueForAll(ItemCells.IsList);
        if (separator is null && !areLists)
        {
            if (table.Format != TableFormat.JsonLines && ItemCells.SeparatorOf(cells) is { } found)
                throw new InputException(
                    $"{table.File.Path}: {item.Name} seems to hold baskets, several items in a " +
                    $"row: '{BrokenRows.Shorten(cells.First(c => c.Contains(found, StringComparison.Ordinal)))}'. "
                    + $"Say so with --item-separator '{found}', or take each as one item with --item-separator none.");
            return needed;
        }
        if (!table.IsText)
            throw new InputException($"{table.File.Path}: --item-separator is for text files; {item.Name} of Parquet should be a list.");
        notes.Add($"Each item in {item.Name} is an event.");
        int column = roles.Item, width = table.Columns.Count;
        if (table.Format == TableFormat.JsonLines)
        {
            // The line is taken apart as a list of one, then the cell.
            return needed with
            {
                Expand = (_, fields) =>
                JsonColumns.Cells(table.Columns, fields[0]) is { } cells ? Events(cells, column, separator) : null
            };
        }
        return needed with
        {
            Width = width,
            Expand = (_, fields) => Events(fields, column, separator),
        };
    }

    private static IEnumerable<IReadOnlyList<string>> Events(IReadOnlyList<string> fields, int column, string? separator) =>
        ItemCells.Split(fields[column], separator).DefaultIfEmpty("")
            .Select(item => (IReadOnlyList<string>)[.. fields.Select((f, n) => n == column ? item : f)]);

    private static List<string> SampleOf(
        DuckDbSession engine, List<Table> tables, List<ColumnRoles> roles, Func<ColumnRoles, string> cell) =>
        [.. tables.SelectMany((t, n) => t.Sample(engine, cell(roles[n]), SampleRows)).Where(v => !NullWords.Are(v))];

    private static TimeFormat TimesOf(
        DuckDbSession engine, List<Table> tables, List<ColumnRoles> roles, ImportOptions options, CancellationToken cancellation)
    {
        if (options.TimeFormat is { } name) return TimeFormat.Named(name);
        var sample = SampleOf(engine, tables, roles, r => r.TimeText);
        return TimeFormat.Find(engine, sample, expression => tables.Select((t, n) => t.Count(engine, $"""
            SELECT count({expression}) FROM (SELECT {roles[n].TimeText} AS cell FROM {Table.RelationMark})
            """, cancellation)).Sum());
    }
}
