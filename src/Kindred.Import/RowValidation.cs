namespace Kindred.Import;

/// <summary>
/// The rules that a row must keep, as SQL, each with its sentence. A row is judged once; the first rule that it breaks is its reason.
/// </summary>
internal static class RowValidation
{
    /// <summary>Reasons below are invalid rows; from here on the row is valid and the caller's options leave it out.</summary>
    public const int FirstFilter = 100;

    private const int Kept = 0, Malformed = 1, EmptyUser = 2, EmptyItem = 3, NotNumber = 4, NotFinite = 5, NotPositive = 6;
    private const int NotTime = 7, TooEarly = 8, TooLate = 9, UnknownEvent = 10, WeightlessEvent = FirstFilter;

    /// <summary>The staged rows: everything later steps ask for, in the order of the files.</summary>
    public const string CreateTable =
        """CREATE TABLE rows ("user" VARCHAR, item VARCHAR, value FLOAT, "time" BIGINT, event VARCHAR, reason UTINYINT)""";

    public static string Sentence(int reason) => reason switch
    {
        Malformed => "the line is not a JSON object",
        EmptyUser => "the user id is empty",
        EmptyItem => "the item id is empty",
        NotNumber => "the value is not a number (--value none ignores the values)",
        NotFinite => "the value is not finite",
        NotPositive => "the value is not above 0 (--value none ignores the values; dislikes have to be mapped or left out beforehand)",
        NotTime => "the time is neither a number of seconds, milli- or microseconds since 1970 nor an ISO 8601 date",
        TooEarly => "the time is before 1970",
        TooLate => "the time is in the future",
        UnknownEvent => "the event type has no --weight (--weight TYPE=0 leaves a type out)",
        WeightlessEvent => "its event type weighs 0",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "No such rule."),
    };

    /// <returns>
    /// The statement that stages the rows of a relation: ids trimmed, numbers and times parsed, every row with its reason.
    /// </returns>
    /// <param name="relation">c1, c2, … and malformed; see <see cref="Table.Relation"/>.</param>
    /// <param name="latest">UTC Unix seconds; later times are in the future.</param>
    public static string Stage(string relation, ColumnRoles roles, IReadOnlyDictionary<string, float> weights, long latest) => $"""
        INSERT INTO rows
        SELECT "user", item, value, CAST(floor(CASE WHEN reason = {Kept} THEN seconds END) AS BIGINT), event, reason
        FROM (SELECT *, CASE {Judge(roles, weights, latest)} ELSE {Kept} END AS reason
              FROM (SELECT *, {Weight(roles, weights)} AS value, {Seconds(roles)} AS seconds
                    FROM (SELECT malformed, {Sql.Trimmed($"c{roles.User + 1}")} AS "user", {Sql.Trimmed($"c{roles.Item + 1}")} AS item,
                                 {(roles.Event is { } type ? Sql.Trimmed($"c{type + 1}") : "CAST(NULL AS VARCHAR)")} AS event,
                                 {(roles.Value is { } value ? $"TRY_CAST(c{value + 1} AS FLOAT)" : "CAST(1 AS FLOAT)")} AS number,
                                 {(roles.Time is { } time ? $"TRY_CAST(c{time + 1} AS DOUBLE)" : "CAST(NULL AS DOUBLE)")} AS clock,
                                 {(roles.Time is { } text ? $"c{text + 1}" : "CAST(NULL AS VARCHAR)")} AS date
                          FROM {relation})))
        """;

    private static string Weight(ColumnRoles roles, IReadOnlyDictionary<string, float> weights)
    {
        if (weights.Count == 0) return roles.Kind == ValueKind.None ? "CAST(NULL AS FLOAT)" : "number";
        var cases = weights.Select(w => $"WHEN {Sql.Literal(w.Key)} THEN CAST({w.Value:R} AS FLOAT)");
        return $"number * CASE event {string.Join(' ', cases)} END";
    }

    /// <summary>
    /// Numbers are told apart by magnitude: 10¹¹ seconds are the year 5138, 10¹¹ milliseconds are 1973, and so on upwards.
    /// </summary>
    private static string Seconds(ColumnRoles roles) => roles.Time is null ? "clock" : """
        CASE WHEN clock IS NULL THEN epoch(TRY_CAST(trim(date) AS TIMESTAMPTZ))
             WHEN abs(clock) < 1e11 THEN clock
             WHEN abs(clock) < 1e14 THEN clock / 1e3
             WHEN abs(clock) < 1e17 THEN clock / 1e6
             ELSE clock / 1e9 END
        """;

    private static string Judge(ColumnRoles roles, IReadOnlyDictionary<string, float> weights, long latest)
    {
        List<(string Broken, int Reason)> rules = [("malformed", Malformed), ("\"user\" = ''", EmptyUser), ("item = ''", EmptyItem)];
        if (roles.Value is not null)
        {
            rules.Add(("number IS NULL", NotNumber));
            rules.Add(("NOT isfinite(number) OR NOT isfinite(coalesce(value, 1))", NotFinite));
            rules.Add(("number <= 0", NotPositive));
        }
        if (roles.Time is not null)
        {
            rules.Add(("seconds IS NULL OR NOT isfinite(seconds)", NotTime));
            rules.Add(("seconds < 0", TooEarly));
            rules.Add(($"seconds > {latest}", TooLate));
        }
        if (weights.Count > 0)
        {
            rules.Add(($"event NOT IN ({Sql.List(weights.Keys.Select(Sql.Literal))})", UnknownEvent));
            rules.Add(("value = 0", WeightlessEvent));
        }
        return string.Join(' ', rules.Select(r => $"WHEN {r.Broken} THEN {r.Reason}"));
    }
}
