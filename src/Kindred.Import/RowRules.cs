namespace Kindred.Import;

/// <summary>
/// The rules that a row must keep, as SQL, each with its sentence. A row is judged once; the first rule that it breaks is its reason.
/// </summary>
/// <param name="Weights">Of event types; empty: all weigh the same.</param>
/// <param name="NullWords">Ids that mean that there is none.</param>
/// <param name="NoValue">A value that means that there is none.</param>
/// <param name="Latest">UTC Unix seconds; later times are in the future.</param>
internal sealed record RowRules(
    ValueFormat Values, TimeFormat Times, IReadOnlyDictionary<string, float> Weights, IReadOnlyList<string> NullWords, float? NoValue,
    long Latest)
{
    /// <summary>Name of the column of values; empty where there is none.</summary>
    public string ValueColumn { get; init; } = "";

    /// <summary>Reasons below are invalid rows; from here on the row is valid and the caller's options leave it out.</summary>
    public const int FirstFilter = 100;

    /// <summary>The row is an event.</summary>
    public const byte Kept = 0;

    private const int Malformed = 1, EmptyUser = 2, EmptyItem = 3, NotNumber = 4, NotFinite = 5, NotPositive = 6;
    private const int NotTime = 7, TooEarly = 8, TooLate = 9, UnknownEvent = 10, NoNumber = 11, NoTime = 12, NullUser = 13, NullItem = 14;
    private const int WeightlessEvent = FirstFilter, Unlabelled = FirstFilter + 1, Valueless = FirstFilter + 2;

    public string Sentence(int reason) => reason switch
    {
        Malformed => "the line is not a JSON object",
        EmptyUser => "the user id is empty",
        EmptyItem => "the item id is empty",
        NullUser => "the user id is a word for a missing value (NULL, NaN, NA or the like)",
        NullItem => "the item id is a word for a missing value (NULL, NaN, NA or the like)",
        NotNumber => $"the value is not a number in '{ValueColumn}' (--decimal says what stands before the fraction, "
            + "--event takes words as types of events, --value none ignores the values)",
        NoNumber => "the value is missing (--value none ignores the values)",
        NotFinite => "the value is not finite",
        NotPositive => "the value is not above 0 (--no-value 0 leaves zeros out, --value none ignores the values; "
            + "dislikes have to be mapped or left out beforehand)",
        NotTime => $"the time is neither a number of seconds, milli- or microseconds since 1970 nor an ISO 8601 date"
            + (Times.Description is { } format ? $", nor {format} as the others" : "") + " (--time-format says how times are written)",
        NoTime => "the time is missing (--time none ignores the times)",
        TooEarly => "the time is before 1970",
        TooLate => "the time is in the future (--time-format says how times are written)",
        UnknownEvent => "the event type has no --weight (--weight TYPE=0 leaves a type out)",
        WeightlessEvent => "its event type weighs 0",
        Unlabelled => "its value is 0: it did not happen",
        Valueless => FormattableString.Invariant($"its value is {NoValue}, which means none"),
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "No such rule."),
    };

    /// <returns>
    /// The query of the rows of a relation, in its order: user and item, trimmed, value (FLOAT), time (BIGINT, milliseconds), event type,
    /// reason (UTINYINT).
    /// </returns>
    /// <param name="relation">c1, c2, … and malformed; see <see cref="Table.Relation"/>.</param>
    /// <param name="ascii">Whether nothing but ASCII occurs in the rows.</param>
    /// <param name="tight">Whether ids have nothing around them that is to be cut off.</param>
    /// <param name="text">Whether the rows are a text beyond ASCII.</param>
    public string Columns(string relation, ColumnRoles roles, bool ascii, bool tight, bool text) => $"""
        SELECT "user", item, CAST(value AS FLOAT), CAST(floor(CASE WHEN reason = {Kept} THEN clock + 0.001 END) AS BIGINT), event,
               CAST(reason AS UTINYINT)
        FROM (SELECT *, CASE {Judge(roles)} ELSE {Kept} END AS reason
              FROM (SELECT *, {Weight(roles)} AS value, {(roles.Time is null ? "CAST(NULL AS DOUBLE)" : Times.Milliseconds("date",
                  "date_number"))} AS clock,
                           {(roles.Value is null ? "CAST(1 AS FLOAT)" : "number_of_cell")} AS number
                    FROM (SELECT malformed, {Id(roles.User, ascii, tight)} AS "user", {Id(roles.Item, ascii, tight)} AS item,
                                 {EventOf(roles)} AS event, {(roles.Value is { } cell ? Plain(cell, text) : "''")} AS cell,
                                 {(roles.Value is { } value ? Values.Number(Plain(value, text)) : "CAST(1 AS FLOAT)")} AS number_of_cell,
                                 {TimeOf(roles, text)} AS date, TRY_CAST({TimeOf(roles, text)} AS DOUBLE) AS date_number
                          FROM {relation})))
        """;

    private static string Id(int column, bool ascii, bool tight) =>
        tight ? $"coalesce(c{column + 1}, '')" : Sql.Trimmed($"c{column + 1}", ascii);

    private static string TimeOf(ColumnRoles roles, bool text) =>
        roles is { Time: { } time, Clock: null } ? Plain(time, text) : roles.TimeText;

    /// <summary>Of texts beyond ASCII, without invisible characters around it, which no number has.</summary>
    private static string Plain(int column, bool text) => text ? Sql.Trimmed($"c{column + 1}") : $"c{column + 1}";

    private static string EventOf(ColumnRoles roles) =>
        roles.Type is { } file ? Sql.Literal(file.Type)
        : roles.Event is { } type ? Sql.Trimmed($"c{type + 1}")
        : "CAST(NULL AS VARCHAR)";

    private string Weight(ColumnRoles roles)
    {
        if (Weights.Count == 0) return roles.Kind == ValueKind.None ? "CAST(NULL AS FLOAT)" : "number_of_cell";
        var cases = Weights.Select(w => $"WHEN {Sql.Literal(w.Key)} THEN CAST({w.Value:R} AS FLOAT)");
        return FormattableString.Invariant($"number_of_cell * CASE event {string.Join(' ', cases)} END");
    }

    private string Judge(ColumnRoles roles)
    {
        // As a list, not by IN: the engine would make a join of it, for all rows.
        string nulls = $"[{Sql.List(NullWords.Select(Sql.Literal))}]";
        int longest = NullWords.Max(w => System.Text.Encoding.UTF8.GetByteCount(w));
        // The list is looked through for few rows: most ids are longer, or begin as no such word does. A bit stands for 4 characters.
        string looks = NullWords.Any(w => char.IsAsciiDigit(w[0])) ? "" : "({0} < '0' OR {0} >= ':') AND ";
        long firsts = NullWords.Aggregate(0L, (bits, word) => bits | 1L << (word.EnumerateRunes().First().Value & 63));
        string IsNull(string id) => $"{looks.Replace("{0}", id, StringComparison.Ordinal)}strlen({id}) <= {longest} "
            + $"AND ((CAST({firsts} AS BIGINT) >> (ascii({id}) & 63)) & 1) = 1 AND list_contains({nulls}, {id})";
        List<(string Broken, object Reason)> rules =
        [
            ("malformed", Malformed), ("\"user\" = ''", EmptyUser), ("item = ''", EmptyItem), (IsNull("\"user\""), NullUser),
            (IsNull("item"), NullItem),
        ];
        // What is asked of few rows is asked inside: the engine would reorder conditions that are joined by AND.
        if (roles.Value is not null)
        {
            if (NoValue is { } none) rules.Add((FormattableString.Invariant($"number = CAST({none:R} AS FLOAT)"), Valueless));
            rules.Add(("number IS NULL", Either(IsMissing("cell", nulls), NoNumber, NotNumber)));
            rules.Add(("NOT isfinite(number) OR NOT isfinite(coalesce(value, 1))", Either(IsMissing("cell", nulls), NoNumber, NotFinite)));
            if (roles.IsLabel) rules.Add(("number <= 0", Unlabelled));
            if (roles.Kind != ValueKind.Ratings) rules.Add(("number <= 0", NotPositive));
        }
        if (roles.Time is not null)
        {
            rules.Add(("clock IS NULL OR NOT isfinite(clock)", Either(IsMissing("date", nulls), NoTime, NotTime)));
            rules.Add(("clock < 0", TooEarly));
            rules.Add(($"clock > {Latest}000", TooLate));
        }
        if (Weights.Count > 0)
        {
            rules.Add(($"event NOT IN ({Sql.List(Weights.Keys.Select(Sql.Literal))})", UnknownEvent));
            rules.Add(("value = 0", WeightlessEvent));
        }
        return string.Join(' ', rules.Select(r => $"WHEN {r.Broken} THEN {r.Reason}"));
    }

    private static string Either(string condition, int then, int otherwise) => $"CASE WHEN {condition} THEN {then} ELSE {otherwise} END";

    private static string IsMissing(string cell, string nulls) =>
        $"list_contains(list_append({nulls}, ''), coalesce(trim({cell}), ''))";
}
