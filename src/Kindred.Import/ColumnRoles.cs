using System.Globalization;

namespace Kindred.Import;

/// <summary>Which column of a file is taken for what: 0-based positions, null where there is none.</summary>
/// <param name="Kind">What the values are; <see cref="ValueKind.None"/> without a value column.</param>
internal sealed record ColumnRoles(int User, int Item, int? Value, int? Time, int? Event, ValueKind Kind)
{
    private const string Nothing = "none";
    private const double EarliestPlausibleTime = 1e8; // 1973: ratings and counts are smaller

    /// <summary>The column with the time of the day, where <see cref="Time"/> is the date alone.</summary>
    public int? Clock { get; init; }

    /// <summary>How <see cref="Clock"/> is written.</summary>
    public ClockForm ClockForm { get; init; }

    /// <summary>SQL: the text of the time, of columns c1, c2, …; NULL where there is no time.</summary>
    public string TimeText => (Time, Clock) switch
    {
        (null, _) => "CAST(NULL AS VARCHAR)",
        ({ } date, { } clock) => TimeOfDay.Join($"c{date + 1}", $"c{clock + 1}", ClockForm),
        ({ } time, null) => $"c{time + 1}",
    };

    /// <summary>Whether the value says that the event happened (1) or did not (0).</summary>
    public bool IsLabel { get; init; }

    /// <summary>The type of all events of the file, and the weight of each; null where they are not given for the file.</summary>
    public TypedFile? Type { get; init; }

    /// <summary>The columns of the roles.</summary>
    public IEnumerable<int> Used => new[] { User, Item, Value, Time, Clock, Event }.OfType<int>();

    /// <returns>The column that holds the ids of an attribute table: the usual name of such an id, or <c>id</c>.</returns>
    public static int? IdColumn(IReadOnlyList<TableColumn> columns, bool ofUsers) =>
        ColumnNames.Find(columns, [.. ofUsers ? ColumnNames.Users : ColumnNames.Items, "id"]);

    /// <exception cref="InputException">No user or item column can be told, or a named one is not there.</exception>
    public static ColumnRoles Find(DuckDbSession engine, Table table, ImportOptions options)
    {
        if (table.Format == TableFormat.ItemLists)
            return new(0, 1, table.Columns.Count > 2 ? 2 : null, null, null, table.Columns.Count > 2 ? ValueKind.Ratings : ValueKind.None);
        var columns = table.Columns;
        bool named = table.Format != TableFormat.Delimited || table.HasHeader;
        var samples = new Dictionary<int, List<string>>();
        List<string> Sample(int column) =>
            samples.TryGetValue(column, out var sample) ? sample : samples[column] = SampleOf(engine, table, column);

        var found = named ? ByName(columns, Sample) : ByPosition(table, options, Sample);
        int? user = Chosen(table, options.User, options.UserOption) ?? found.User;
        int? item = Chosen(table, options.Item, options.ItemOption) ?? found.Item;
        if (options.User is null && user == item) user = null;
        if (user is null || item is null) throw Missing(table, options, user, item, Sample);
        var (time, ofDay) = ChosenTime(table, options.Time);
        var roles = new ColumnRoles(
            user.Value, item.Value,
            options.Value == Nothing ? null : Chosen(table, options.Value, "--value") ?? found.Value,
            options.Time == Nothing ? null : time ?? found.Time,
            options.Event == Nothing ? null : Chosen(table, options.Event, "--event") ?? found.Event,
            ValueKind.None)
        { Clock = ofDay };
        roles = roles.WithoutGuessesThatClash(options);
        if (options.Time is null) roles = roles.WithClock(columns, Sample);
        if (roles.Clock is { } clock) roles = roles with { ClockForm = TimeOfDay.FormOf(Sample(clock)) ?? ClockForm.Text };
        if (options.Value is null && roles.Value is { } guess && IsAllZero(Sample(guess)))
            roles = roles with { Value = null };
        bool isLabel = roles.Value is { } value && !ColumnNames.Has(columns[value], ColumnNames.Ratings)
            && (options.Value is not null || ColumnNames.Has(columns[value], ColumnNames.Labels))
            && ValueFormat.AreZeroOrOne(Sample(value))
            && (options.Value is null || (Sample(value).Exists(ValueFormat.IsYes) && !Sample(value).TrueForAll(ValueFormat.IsYes)));
        return roles with { Kind = KindOf(table, roles, options, isLabel, Sample), IsLabel = isLabel };
    }

    /// <returns>Role → column, for the manifest.</returns>
    public IReadOnlyDictionary<string, string> Describe(Table table)
    {
        var roles = new Dictionary<string, string> { ["user"] = table.Columns[User].Name, ["item"] = table.Columns[Item].Name };
        if (Value is { } value) roles["value"] = table.Columns[value].Name;
        if (Time is { } time) roles["time"] = table.Columns[time].Name + (Clock is { } ofDay ? $" + {table.Columns[ofDay].Name}" : "");
        if (Event is { } type) roles["event"] = table.Columns[type].Name;
        return roles;
    }

    /// <returns>Names of the columns that no role uses.</returns>
    public IEnumerable<string> Unused(Table table) =>
        table.Columns.Where((c, n) => !Used.Contains(n) && c.Name.Length > 0).Select(c => c.Name);

    private static (int? User, int? Item, int? Value, int? Time, int? Event) ByName(
        IReadOnlyList<TableColumn> columns, Func<int, List<string>> sample)
    {
        int? user = ColumnNames.Find(columns, ColumnNames.Users), item = ColumnNames.Find(columns, ColumnNames.Items, n => n != user);
        bool IsFree(int column) => column != user && column != item;
        int? value = ColumnNames.Find(columns, [.. ColumnNames.Ratings, .. ColumnNames.Weights], IsFree)
            ?? ColumnNames.Find(columns, ColumnNames.Labels, n => IsFree(n) && ValueFormat.AreZeroOrOne(sample(n)))
            ?? ColumnNames.Find(columns, ColumnNames.Notes, n => IsFree(n) && sample(n) is { Count: > 0 } cells && cells
                .TrueForAll(IsNumeric));
        bool MayBeTime(int column) => IsFree(column) && column != value;
        bool IsClock(int column) => TimeOfDay.FormOf(sample(column)) is { } form && (form == ClockForm.Text
            || Enumerable.Range(0, columns.Count).Any(n => MayBeTime(n) && n != column && AreDates(sample(n))));
        int? time = ColumnNames.Find(columns, ColumnNames.Times, n => MayBeTime(n) && !IsClock(n));
        return (user, item, value, time, ColumnNames.Find(columns, ColumnNames.Events, IsFree));
    }

    private static bool IsNumeric(string cell) => NumberOf(cell.Replace(',', '.')) is not null;

    private static bool AreDates(List<string> sample) => sample.Count > 0 && sample.TrueForAll(TimeFormat.IsDate);

    /// <summary>Joins a date with the time of the day that stands in another column.</summary>
    private ColumnRoles WithClock(IReadOnlyList<TableColumn> columns, Func<int, List<string>> sample)
    {
        if (Time is not { } date || Clock is not null || !AreDates(sample(date))) return this;
        var used = Used.ToHashSet();
        var clocks = Enumerable.Range(0, columns.Count)
            .Where(n => !used.Contains(n) && TimeOfDay.IsName(columns[n].Name) && TimeOfDay.FormOf(sample(n)) is not null).ToList();
        return clocks.Count == 1 ? this with { Clock = clocks[0] } : this;
    }

    /// <summary>A column of zeros is a program's default, as in what gorse dumps: it says nothing about the events.</summary>
    private static bool IsAllZero(List<string> values) => values.Count > 0 && values.TrueForAll(v => NumberOf(v) == 0);

    /// <summary>A column that the caller named for one role is not guessed for another; one that they named for two is refused.</summary>
    private ColumnRoles WithoutGuessesThatClash(ImportOptions options)
    {
        if (User == Item) throw new InputException(
            $"The same column was taken for users and items; name both with {options.UserOption} and {options.ItemOption}.");
        var named = new HashSet<int> { User, Item };
        int? Keep(int? column, bool chosen, string role) =>
            column is null || named.Add(column.Value) ? column
            : chosen ? throw new InputException($"The column of --{role} was already taken; every role needs a column of its own.")
            : null;
        int? value = Value, time = Time, type = Event, ofDay = Clock;
        // Chosen ones first.
        if (options.Value is not null) value = Keep(value, true, "value");
        if (options.Time is not null) time = Keep(time, true, "time");
        if (ofDay is not null) ofDay = Keep(ofDay, true, "time");
        if (options.Event is not null) type = Keep(type, true, "event");
        if (options.Value is null) value = Keep(value, false, "value");
        if (options.Time is null) time = Keep(time, false, "time");
        if (options.Event is null) type = Keep(type, false, "event");
        return this with { Value = value, Time = time, Event = type, Clock = ofDay };
    }

    private static ValueKind KindOf(Table table, ColumnRoles roles, ImportOptions options, bool isLabel, Func<int, List<string>> sample)
    {
        if (options.Weights.Count > 0 || options.Files.Count > 0) return ValueKind.Weights;
        if (roles.Value is not { } value || isLabel) return ValueKind.None;
        if (ColumnNames.Has(table.Columns[value], ColumnNames.Ratings)) return ValueKind.Ratings;
        if (ColumnNames.Has(table.Columns[value], ColumnNames.Weights)) return ValueKind.Weights;
        // Half steps up to ten are stars; anything else counts or weighs.
        var cells = sample(value);
        return cells.TrueForAll(v => NumberOf(v) is not { } x || (x is >= 0 and <= 10 && double.IsInteger(2 * x))) && !AreMoney(cells)
            ? ValueKind.Ratings
            : ValueKind.Weights;

        // Written as people do: 123,45 or 1.234,50 €. Ratings are percentages at most, in whole steps.
        bool AreMoney(List<string> texts)
        {
            var format = FormatOf(texts);
            return texts.Exists(v => NumberOf(v) is null && format.Parse(v) is { } x && (x > 100 || (x > 10 && !float.IsInteger(4 * x))));
        }

        ValueFormat FormatOf(List<string> texts)
        {
            try { return ValueFormat.Find(texts, options.DecimalPoint, table.Dialect.Delimiter); }
            catch (InputException) { return ValueFormat.Plain; } // asked for where all files are known
        }
    }

    /// <summary>Without names: user, item, then a rating or weight and a time, found by their values.</summary>
    private static (int? User, int? Item, int? Value, int? Time, int? Event) ByPosition(
        Table table, ImportOptions options, Func<int, List<string>> sample)
    {
        int width = table.Columns.Count;
        if (width > 6 && options.User is null && Enumerable.Range(0, width).All(c => sample(c).TrueForAll(v => NumberOf(v) is not null)))
            throw LooksLikeMatrix(table);
        if (options.User is null && Shapes.ArePlaces(table, Sniffer.Sample(table.File, table.Dialect, table.Skip)))
            throw Shapes.LooksLikeBaskets(table.File, table.Dialect.Delimiter);
        if (width is < 2 or > 4)
            return options is { User: not null, Item: not null } ? default : throw new InputException(
                $"{table.File.Path} has {width} column{(width == 1 ? "" : "s")} and no header; "
                + $"say which is which by number, for example {options.UserOption} 1 {options.ItemOption} 2.");
        bool IsTime(int column) => sample(column).Count > 0 && sample(column).TrueForAll(v =>
            NumberOf(v) is { } x ? x >= EarliestPlausibleTime || v.Length is 8 or 14 && x > 1.9e7 : TimeFormat.IsDate(v.Split(' ', 'T')[0])
                || DateTimeOffset.TryParse(v, CultureInfo.InvariantCulture, out _));
        int? time = Enumerable.Range(2, width - 2).Reverse().Cast<int?>().FirstOrDefault(c => IsTime(c!.Value));
        int? value = Enumerable.Range(2, width - 2).Cast<int?>().FirstOrDefault(c => c != time);
        return (0, 1, value, time, null);
    }

    private static List<string> SampleOf(DuckDbSession engine, Table table, int column)
    {
        const int Rows = 200;
        var values = table is { Format: TableFormat.Delimited, Expand: null }
            ? Sniffer.Sample(table.File, table.Dialect, table.Skip, Rows).Skip(table.HasHeader ? 1 : 0).Where(r => r.Length > column)
                .Select(r => ColumnText.Trim(r[column]))
            : table.Sample(engine, column, Rows);
        return [.. values.Where(v => !NullWords.Are(v))];
    }

    private static double? NumberOf(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;

    /// <returns>The column with the time, and the one with the time of the day where two are named: <c>Date+Time</c>.</returns>
    private static (int? Time, int? Clock) ChosenTime(Table table, string? choice)
    {
        bool isOne = choice is null or Nothing || table.Columns.Any(c => string.Equals(c.Name, choice, StringComparison.OrdinalIgnoreCase));
        if (isOne || choice!.Split('+') is not [var date, var clock])
            return (choice == Nothing ? null : Chosen(table, choice, "--time"), null);
        return (Chosen(table, date.Trim(), "--time"), Chosen(table, clock.Trim(), "--time"));
    }

    private static int? Chosen(Table table, string? choice, string option)
    {
        if (choice is null) return null;
        int? column = Position(table.Columns, c => c.Name == choice)
            ?? Position(table.Columns, c => string.Equals(c.Name, choice, StringComparison.OrdinalIgnoreCase));
        if (column is not null) return column;
        if (int.TryParse(choice, out int number) && number >= 1 && number <= table.Columns.Count) return number - 1;
        throw new InputException($"{table.File.Path} has no column '{choice}' for {option}; it has {Names(table)}.");
    }

    /// <summary>Names all that is missing, and the command to type.</summary>
    private static InputException Missing(Table table, ImportOptions options, int? user, int? item, Func<int, List<string>> sample)
    {
        string what = user is null && item is null ? "users, and none that is known to hold items" : user is null ? "users" : "items";
        var columns = Enumerable.Range(0, table.Columns.Count).ToList();
        if (user is null && options.User is null && table is { Format: TableFormat.Delimited, Expand: null }
            && Shapes.ArePlaces(table, [.. Sniffer.Sample(table.File, table.Dialect, table.FirstLines)]))
            return Shapes.LooksLikeBaskets(table.File, table.Dialect.Delimiter);
        bool isMatrix = table.HasHeader && columns.Count > 5
            && columns.Count(c => c > 0 && sample(c).TrueForAll(v => NumberOf(v) is not null
                || Shapes.IsNothing(v))) >= 0.9 * (columns.Count - 1);
        if (isMatrix) return LooksLikeMatrix(table);
        var free = columns.Where(c => c != user && c != item && table.Columns[c].Name.Length > 0).ToList();
        int? first = user ?? free.Cast<int?>().FirstOrDefault(), second = item ?? free.Cast<int?>().FirstOrDefault(c => c != first);
        string Quoted(int? column) => column is null ? "COLUMN" : PlainText.Word(table.Columns[column.Value].Name);
        string choice = $"{(user is null ? $" --user {Quoted(first)}" : "")}{(item is null ? $" --item {Quoted(second)}" : "")}";
        return new(
            $"{table.File.Path} has no column that is known to hold {what}; it has {Names(table)}. "
            + $"Say which, for example: kindred import {PlainText.Word(table.File.Path)} --out DATA{choice}");
    }

    private static InputException LooksLikeMatrix(Table table) =>
        new($"{table.File.Path} looks like a matrix, a row for each user and a column for each item: {Names(table)}. "
            + $"Type: kindred import {PlainText.Word(table.File.Path)} --out DATA --shape matrix");

    private static string Names(Table table)
    {
        const int Shown = 30;
        string names = string.Join(", ", table.Columns.Take(Shown).Select(c => c.Name));
        return table.Columns.Count > Shown ? $"{names}, … ({table.Columns.Count} columns)" : names;
    }

    private static int? Position(IReadOnlyList<TableColumn> columns, Func<TableColumn, bool> matches)
    {
        for (int n = 0; n < columns.Count; n++)
            if (matches(columns[n])) return n;
        return null;
    }
}
