namespace Kindred.Import;

/// <summary>Which column of a file is taken for what: 0-based positions, null where there is none.</summary>
/// <param name="Kind">What the values are; <see cref="ValueKind.None"/> without a value column.</param>
internal sealed record ColumnRoles(int User, int Item, int? Value, int? Time, int? Event, ValueKind Kind)
{
    private const string Nothing = "none";
    private const double EarliestPlausibleTime = 1e8; // 1973: ratings and counts are smaller

    // Usual names, lower case, letters and digits only; the first that is there wins.
    private static readonly string[] UserNames =
        ["userid", "user", "uid", "visitorid", "customerid", "reviewerid", "memberid", "accountid", "clientid", "personid",
         "customer", "visitor", "reviewer"];

    private static readonly string[] ItemNames =
        ["itemid", "item", "iid", "movieid", "productid", "parentasin", "asin", "sku", "articleid", "isbn", "bookid", "artistid", "trackid",
         "songid", "videoid", "newsid", "contentid", "animeid", "gameid", "recipeid", "businessid", "stockcode", "movie", "product",
         "article", "book", "artist", "track", "song"];

    private static readonly string[] RatingNames =
        ["rating", "stars", "score", "overall", "bookrating", "starrating", "reviewscore", "userrating"];

    private static readonly string[] WeightNames =
        ["value", "count", "weight", "quantity", "qty", "plays", "playcount", "listencount", "listens", "frequency",
         "strength", "confidence"];

    private static readonly string[] TimeNames =
        ["timestamp", "ts", "time", "datetime", "date", "unixreviewtime", "createdat", "eventtime", "unixtime", "timestampms",
         "eventtimestamp", "purchasedate", "transactiondate", "invoicedate", "reviewdate", "tdat"];

    private static readonly string[] EventNames =
        ["event", "eventtype", "action", "actiontype", "behavior", "behaviour", "behaviortype", "feedbacktype", "interactiontype", "type"];

    private static readonly HashSet<string> UsualNames =
        [.. UserNames, .. ItemNames, .. RatingNames, .. WeightNames, .. TimeNames, .. EventNames];

    public static bool IsUsualName(string name) => UsualNames.Contains(Normalize(name));

    /// <returns>The column that holds the ids of an attribute table: the usual name of such an id, or <c>id</c>.</returns>
    public static int? IdColumn(IReadOnlyList<TableColumn> columns, bool ofUsers) =>
        Usual(columns, [.. ofUsers ? UserNames : ItemNames, "id"]);

    /// <exception cref="InputException">No user or item column can be told, or a named one is not there.</exception>
    public static ColumnRoles Find(DuckDbSession engine, Table table, ImportOptions options)
    {
        if (table.Format == TableFormat.ItemLists) return new(0, 1, null, null, null, ValueKind.None);
        var columns = table.Columns;
        bool named = table.Format != TableFormat.Delimited || table.Header == 1;
        var found = named
            ? (User: Usual(columns, UserNames), Item: Usual(columns, ItemNames), Value: Usual(columns, [.. RatingNames, .. WeightNames]),
               Time: Usual(columns, TimeNames), Event: Usual(columns, EventNames))
            : ByPosition(engine, table, options);

        var roles = new ColumnRoles(
            Chosen(table, options.User, "--user") ?? found.User ?? throw Missing(table, "user"),
            Chosen(table, options.Item, "--item") ?? found.Item ?? throw Missing(table, "item"),
            options.Value == Nothing ? null : Chosen(table, options.Value, "--value") ?? found.Value,
            options.Time == Nothing ? null : Chosen(table, options.Time, "--time") ?? found.Time,
            options.Event == Nothing ? null : Chosen(table, options.Event, "--event") ?? found.Event,
            ValueKind.None);
        roles = roles.WithoutGuessesThatClash(options);
        if (options.Value is null && roles.Value is { } guess && IsAllZero(SampleOf(engine, table, guess)))
            roles = roles with { Value = null };
        return roles with { Kind = KindOf(engine, table, roles, options) };
    }

    /// <summary>A column of zeros is a program's default, as in what gorse dumps: it says nothing about the events.</summary>
    private static bool IsAllZero(List<string> values) =>
        values.Count > 0 && values.TrueForAll(v => double.TryParse(v, out double x) && x == 0);

    /// <returns>Role → column, for the manifest.</returns>
    public IReadOnlyDictionary<string, string> Describe(Table table)
    {
        var roles = new Dictionary<string, string> { ["user"] = table.Columns[User].Name, ["item"] = table.Columns[Item].Name };
        if (Value is { } value) roles["value"] = table.Columns[value].Name;
        if (Time is { } time) roles["time"] = table.Columns[time].Name;
        if (Event is { } type) roles["event"] = table.Columns[type].Name;
        return roles;
    }

    /// <summary>A column that the caller named for one role is not guessed for another; one that he named for two is refused.</summary>
    private ColumnRoles WithoutGuessesThatClash(ImportOptions options)
    {
        if (User == Item) throw new InputException("The same column was taken for users and items; name both with --user and --item.");
        var named = new HashSet<int> { User, Item };
        int? Keep(int? column, bool chosen, string role) =>
            column is null || named.Add(column.Value) ? column
            : chosen ? throw new InputException($"The column of --{role} was already taken; every role needs a column of its own.")
            : null;
        int? value = Value, time = Time, type = Event;
        // Chosen ones first.
        if (options.Value is not null) value = Keep(value, true, "value");
        if (options.Time is not null) time = Keep(time, true, "time");
        if (options.Event is not null) type = Keep(type, true, "event");
        if (options.Value is null) value = Keep(value, false, "value");
        if (options.Time is null) time = Keep(time, false, "time");
        if (options.Event is null) type = Keep(type, false, "event");
        return this with { Value = value, Time = time, Event = type };
    }

    private static ValueKind KindOf(DuckDbSession engine, Table table, ColumnRoles roles, ImportOptions options)
    {
        if (options.Weights.Count > 0) return ValueKind.Weights;
        if (roles.Value is not { } value) return ValueKind.None;
        string name = Normalize(table.Columns[value].Name);
        if (RatingNames.Contains(name)) return ValueKind.Ratings;
        if (WeightNames.Contains(name)) return ValueKind.Weights;
        // Half steps up to ten are stars; anything else counts or weighs.
        return SampleOf(engine, table, value)
            .TrueForAll(v => !double.TryParse(v, out double x) || (x is >= 0 and <= 10 && double.IsInteger(2 * x)))
            ? ValueKind.Ratings
            : ValueKind.Weights;
    }

    /// <summary>Without names: user, item, then a rating or weight and a time, told apart by looking.</summary>
    private static (int? User, int? Item, int? Value, int? Time, int? Event) ByPosition(DuckDbSession engine, Table table, ImportOptions options)
    {
        int width = table.Columns.Count;
        if (width is < 2 or > 4)
            return options is { User: not null, Item: not null } ? default : throw new InputException(
                $"{table.File.Path} has {width} column{(width == 1 ? "" : "s")} and no header; "
                + "say which is which by number, for example --user 1 --item 2.");
        bool IsTime(int column) => SampleOf(engine, table, column).TrueForAll(v =>
            double.TryParse(v, out double x) ? x >= EarliestPlausibleTime : DateTimeOffset.TryParse(v, out _));
        int? time = Enumerable.Range(2, width - 2).Reverse().Cast<int?>().FirstOrDefault(c => IsTime(c!.Value));
        int? value = Enumerable.Range(2, width - 2).Cast<int?>().FirstOrDefault(c => c != time);
        return (0, 1, value, time, null);
    }

    private static List<string> SampleOf(DuckDbSession engine, Table table, int column)
    {
        const int Rows = 200;
        var values = table.Format == TableFormat.Delimited
            ? Sniffer.Sample(table.File, table.Dialect, Rows).Skip(table.Header).Where(r => r.Length == table.Columns.Count)
                .Select(r => r[column].Trim())
            : table.Sample(engine, column, Rows).Select(value => value?.Trim() ?? "");
        return [.. values.Where(v => v.Length > 0)];
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

    private static InputException Missing(Table table, string role) =>
        new($"{table.File.Path} has no column that is known to hold {role}s; name it with --{role}; "
            + $"there {(table.Columns.Count == 1 ? "is" : "are")} {Names(table)}.");

    private static string Names(Table table) => string.Join(", ", table.Columns.Select(c => c.Name));

    private static int? Usual(IReadOnlyList<TableColumn> columns, IReadOnlyList<string> names) =>
        names.Select(name => Position(columns, c => Normalize(c.Name) == name)).FirstOrDefault(p => p is not null);

    private static int? Position(IReadOnlyList<TableColumn> columns, Func<TableColumn, bool> matches)
    {
        for (int n = 0; n < columns.Count; n++)
            if (matches(columns[n])) return n;
        return null;
    }

    /// <summary>Lower case, letters and digits only, without the type that some formats append (<c>user_id:token</c>).</summary>
    private static string Normalize(string name) => string.Concat(name.Split(':')[0].Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
}
