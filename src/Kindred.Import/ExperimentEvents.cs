using System.Globalization;
using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.Import;

/// <summary>What units did, as it lies in the table <c>events</c>, and the SQL that adds it up.</summary>
/// <param name="Sources">Names of events, or columns, that metrics may add up.</param>
internal sealed record ExperimentEvents(string Path, bool HasTimes, IReadOnlyList<string> Sources)
{
    private const string Counted = "count:";
    private const double DayMs = 86_400_000;
    private const int MostGoals = 20;

    private static readonly string[] Times = ["events", "units"];

    private static readonly string[] BeforeNames = ["{0}_pre", "pre_{0}", "{0}_before", "before_{0}"];

    /// <summary>Of a column for each metric, all columns, in the order of w0, w1, …; null: a row for each event.</summary>
    private IReadOnlyList<string>? Columns { get; init; }

    /// <summary>Columns that hold other than numbers.</summary>
    private IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>
    /// Makes <c>events</c> of a file: u, t and, of a row for each event, n and v; of a column for each metric w0, w1, …
    /// </summary>
    /// <param name="notes">What a person should know.</param>
    /// <exception cref="InputException">The file cannot be used.</exception>
    public static ExperimentEvents Load(DuckDbSession engine, TextTable table, ExperimentColumns columns, List<string> notes)
    {
        int unit = columns.UnitOf(table);
        int? time = columns.TimeOf(table, unit), name = columns.EventOf(table, unit, time);
        string common = $"{TextTable.Cell(unit)} AS u, {(time is { } t ? table.Milliseconds(t) : "NULL::BIGINT")} AS t";
        string understood = $"{table.Path}: unit {table.Columns[unit]}"
            + (time is { } at ? $", time {table.Columns[at]}" : ", no times");
        var events = name is { } metric
            ? LoadLong(engine, table, columns, common, metric, [unit, time, metric], understood, notes)
            : LoadWide(engine, table, common, [unit, time], understood, notes);
        ExposureFile.ReadIds(engine, table.Path, "events", notes);
        ExposureFile.Refuse(engine, table.Path, "events", "u IS NULL", "no unit");
        if (time is { } moment) ExposureFile.RefuseTimes(engine, table, moment, "events");
        else ReportOtherTimes(table, [unit, name], notes);
        return events with { HasTimes = time is not null };
    }

    /// <summary>Which of several times is meant, such as the start and the end of a period, people must say.</summary>
    private static void ReportOtherTimes(TextTable table, int?[] used, List<string> notes)
    {
        string[] times = [.. table.Columns.Where((_, n) => !used.Contains(n) && table.HoldsTimes(n))];
        if (times.Length == 0) return;
        notes.Add($"{table.Path} is read without times, so that all rows count, whenever they happened. {string.Join(" and ", times)} "
            + $"{(times.Length == 1 ? "holds" : "hold")} times: say with --time COLUMN which one says when.");
    }

    /// <summary>A row for each event; one counts once where no row of its name has a value.</summary>
    private static ExperimentEvents LoadLong(
        DuckDbSession engine, TextTable table, ExperimentColumns columns, string common, int metric, int?[] used, string understood,
        List<string> notes)
    {
        int? value = columns.ValueOf(table, used);
        string number = value is { } v ? $"CASE WHEN {TextTable.Cell(v)} IS NULL THEN 1 ELSE {table.Number(v)} END" : "1.0";
        table.Load("events", $"{common}, {TextTable.Text(metric)} AS n, {number} AS v, "
            + $"{(value is { } cell ? $"{TextTable.Cell(cell)} IS NULL" : "false")} AS e");
        ExposureFile.Refuse(engine, table.Path, "events", "v IS NULL", "a value that is no number");
        string[] unused = [.. table.Columns.Where((c, n) => c.Length > 0 && n != value && !used.Contains(n))];
        if (value is { } chosen && columns.OtherValues(table, chosen, used) is { Count: > 0 } others)
            notes.Add($"{table.Path}: an event's value is its {table.Columns[chosen]}. If it is {string.Join(" or ", others.Take(5))} "
                + "instead, say so with --value COLUMN.");
        notes.Add($"{understood}, event {table.Columns[metric]}, "
            + (value is { } of ? $"value {table.Columns[of]}" : "no values: each row counts 1")
            + (unused.Length > 0 ? $"; not used: {string.Join(", ", unused.Take(10))} (name values with --value COLUMN)." : "."));
        var partly = engine.Rows(
            "SELECT n, count(*) FILTER (e), count(*) FROM events WHERE n IS NOT NULL GROUP BY n "
            + "HAVING bool_or(e) AND NOT bool_and(e) ORDER BY n");
        foreach (string?[] row in partly.Take(20))
            notes.Add($"{table.Path}: {row[1]} of {row[2]} rows of '{row[0]}' have no value and add nothing; give them a value, or "
                + "remove them.");
        if (partly.Count > 0)
            engine.Execute($"UPDATE events SET v = 0 WHERE e AND n IN ({Sql.List(partly.Select(row => Sql.Literal(row[0]!)))})");
        return new(table.Path, false,
            engine.Rows("SELECT DISTINCT n FROM events WHERE n IS NOT NULL ORDER BY n LIMIT 101").ConvertAll(row => row[0]!));
    }

    /// <summary>A column for each metric, those that hold numbers.</summary>
    private static ExperimentEvents LoadWide(
        DuckDbSession engine, TextTable table, string common, int?[] used, string understood, List<string> notes)
    {
        var columns = table.Columns.Select((c, n) => (Name: c, Place: n, Number: used.Contains(n) ? null : table.NumberOrNull(n)))
            .Where(c => !used.Contains(c.Place)).ToList();
        if (columns.Count == 0) throw new InputException($"{table.Path} has no column of a metric; it has {table.Names}.");
        table.Load("events", common + string.Concat(columns.Select((c, n) => c.Number is { } number
            ? $", {number} AS w{n}, {TextTable.Cell(c.Place)} IS NOT NULL AND {number} IS NULL AS b{n}"
            : $", NULL::DOUBLE AS w{n}, true AS b{n}")));
        bool[] isText = [.. columns.Select((_, n) => engine.Count($"SELECT count(*) FROM events WHERE b{n}") > 0)];
        string[] numeric = [.. columns.Where((_, n) => !isText[n]).Select(c => c.Name)],
            texts = [.. columns.Where((_, n) => isText[n]).Select(c => c.Name)];
        notes.Add($"{understood}, a column for each metric."
            + (texts.Length > 0 ? $" Columns that hold other than numbers are no metrics: {string.Join(", ", texts)}." : ""));
        return new(table.Path, false, numeric) { Columns = [.. columns.Select(c => c.Name)], Texts = texts };
    }

    /// <summary>
    /// Events that are written with dates alone count from the day of the first exposure on: at midnight it would still be ahead.
    /// </summary>
    /// <returns>Whether it was so, and exposures had hours.</returns>
    public static bool AlignDates(DuckDbSession engine)
    {
        string[] hours = [.. Times.Select(table => $"SELECT count(*) FROM {table} WHERE t % {DayMs:F0} <> 0")];
        if (engine.Count(hours[0]) > 0 || engine.Count(hours[1]) == 0) return false;
        engine.Execute($"UPDATE units SET t = t // {DayMs:F0} * {DayMs:F0}");
        return true;
    }

    /// <exception cref="InputException">The metric adds up what is not there.</exception>
    public void CheckSources(OnlineMetric metric)
    {
        string?[] sources = [metric.Source ?? metric.Name, metric.Denominator];
        foreach (string source in sources.OfType<string>())
            if (Texts.Contains(Plain(source)))
                throw new InputException($"Metric '{metric.Name}' asks for '{Plain(source)}', and {Path} has other than numbers in it; "
                    + "mend the file, or say with --decimal what stands before fractions.");
            else if (!Sources.Contains(Plain(source)))
                throw new InputException($"Metric '{metric.Name}' asks for '{Plain(source)}', which {Path} does not have; "
                    + $"it has {string.Join(", ", Sources.Take(20))}.");
    }

    /// <returns>All sources as goals: shares where no unit has other values than 0 and 1, means otherwise.</returns>
    public IReadOnlyList<OnlineMetric> AsGoals(DuckDbSession engine)
    {
        string[] names = [.. Sources.Where(name => !BeforeNames.Any(form => Sources.Any(other =>
            name == string.Format(CultureInfo.InvariantCulture, form, other))))];
        if (names.Length == 0) throw new InputException($"{Path} has no metric: no event, and no column of numbers.");
        if (names.Length > MostGoals)
            throw new InputException($"{Path} has more than {MostGoals} metrics; name those that decide with --goal.");
        return
        [
            .. names.Select(name => new OnlineMetric(name)
            {
                Kind = IsShare(engine, name) ? OnlineMetricKind.Proportion : OnlineMetricKind.Mean,
            }),
        ];
    }

    /// <summary>Says how many cells of the columns that metrics add up are empty.</summary>
    /// <returns>Whether any is.</returns>
    public bool ReportMissing(DuckDbSession engine, OnlineExperiment experiment, List<string> notes)
    {
        if (Columns is null) return false;
        bool isAny = false;
        foreach (string source in experiment.Metrics.SelectMany(SummedBy).Distinct(StringComparer.Ordinal))
        {
            long empty = engine.Count($"SELECT count(*) FROM events WHERE w{ColumnOf(source)} IS NULL");
            if (empty == 0) continue;
            isAny = true;
            notes.Add($"{Path}: {empty:N0} of {engine.Count("SELECT count(*) FROM events"):N0} rows have no value in {source}; units "
                + $"without any are left out of the metrics of {source}. Write 0 where nothing happened.");
        }
        return isAny;
    }

    /// <returns>SQL: as <see cref="UnitsWithoutValues"/>, of no unit.</returns>
    public static string NoUnits(OnlineExperiment experiment) =>
        $"SELECT 0 AS k, {Sql.List(experiment.Metrics.Select((_, n) => $"false AS m{n}"))} WHERE false";

    /// <returns>
    /// SQL: k, m0, m1, …: of units that have rows since their first exposure, whether the metric has no value in any of them. It costs as
    /// much as the sums themselves.
    /// </returns>
    public string UnitsWithoutValues(OnlineExperiment experiment, bool hasTimes)
    {
        var missing = experiment.Metrics.Select((metric, n) =>
        {
            string window = hasTimes ? $"age >= 0 AND {Window(metric)}" : "true";
            var counts = SummedBy(metric).Select(source => $"count(w{ColumnOf(source)}) FILTER (WHERE {window}) = 0").Prepend("false");
            return $"count(*) FILTER (WHERE {window}) > 0 AND ({string.Join(" OR ", counts)}) AS m{n}";
        });
        return $"SELECT k, {Sql.List(missing)} FROM (SELECT x.k, m.*, {(hasTimes ? "m.t - x.t" : "0")} AS age FROM events m "
            + "JOIN units x ON x.u = m.u WHERE NOT x.mixed) GROUP BY k";
    }

    /// <returns>Columns whose values a metric adds up; rows that it counts need none.</returns>
    private static IEnumerable<string> SummedBy(OnlineMetric metric) => new[] { metric.Source ?? metric.Name, metric.Denominator }
        .OfType<string>().Where(source => !source.StartsWith(Counted, StringComparison.Ordinal));

    /// <returns>SQL over <c>age</c>: whether a row lies in the metric's window.</returns>
    private static string Window(OnlineMetric metric) =>
        string.Create(CultureInfo.InvariantCulture, $"age >= {metric.FromDay * DayMs:F0}")
        + (metric.ToDay is { } to ? string.Create(CultureInfo.InvariantCulture, $" AND age < {to * DayMs:F0}") : "");

    /// <returns>SQL: k, d (−1: before the first exposure), v0, v1, …: numerator and denominator of each metric.</returns>
    public string UnitSums(OnlineExperiment experiment, bool hasTimes)
    {
        double before = experiment.Design.UsesBefore ? experiment.Design.BeforeDays * DayMs : 0;
        var values = experiment.Metrics.SelectMany(metric => (string[])
        [
            Value(metric, metric.Source ?? metric.Name, hasTimes), metric.Denominator is { } of ? Value(metric, of, hasTimes) : "0.0",
        ]).Select((sql, n) => $"{sql} AS v{n}");
        if (hasTimes)
        {
            return string.Create(CultureInfo.InvariantCulture, $"""
                SELECT k, CASE WHEN age < 0 THEN -1 ELSE day END AS d, {Sql.List(values)}
                FROM (SELECT x.k, m.*, m.t - x.t AS age, (m.t - first) // {DayMs:F0} AS day
                      FROM events m JOIN units x ON x.u = m.u, (SELECT min(t) // {DayMs:F0} * {DayMs:F0} AS first FROM units)
                      WHERE NOT x.mixed AND m.t >= x.t - {before:F0})
                GROUP BY ALL
                """);
        }
        const string Joined = "m.* FROM events m JOIN units x ON x.u = m.u WHERE NOT x.mixed";
        string plain = $"SELECT k, 0 AS d, {Sql.List(values)} FROM (SELECT x.k, 0 AS age, {Joined}) GROUP BY k";
        var known = experiment.Metrics.SelectMany(metric => (string?[])
            [BeforeColumn(metric.Source ?? metric.Name), metric.Denominator is { } of ? BeforeColumn(of) : null]).ToArray();
        if (!experiment.Design.UsesBefore || known.All(column => column is null)) return plain;
        var pre = known.Select((column, n) => $"{(column is null ? "0.0" : Aggregate("sum", column, "true"))} AS v{n}");
        string isKnown = string.Join(" OR ", known.OfType<string>().Select(column => $"count(w{ColumnOf(column)}) > 0"));
        return $"{plain} UNION ALL SELECT k, -1 AS d, {Sql.List(pre)} FROM (SELECT x.k, {Joined}) GROUP BY k HAVING {isKnown}";
    }

    private string Value(OnlineMetric metric, string source, bool hasTimes)
    {
        string window = hasTimes ? $"(age < 0 OR ({Window(metric)}))" : "true";
        return Aggregate(source.StartsWith(Counted, StringComparison.Ordinal) ? "count" : "sum", Plain(source), window);
    }

    private string Aggregate(string function, string source, string condition) => Columns is null
        ? $"coalesce({function}(v) FILTER (WHERE n = {Sql.Literal(source)} AND {condition}), 0)::DOUBLE"
        : $"coalesce({function}(w{ColumnOf(source)}) FILTER (WHERE {condition}), 0)::DOUBLE";

    private int ColumnOf(string name) => Columns!.Select((column, n) => (column, n)).First(c => c.column == name).n;

    private string? BeforeColumn(string source) => Columns is null ? null
        : BeforeNames.Select(form => string.Format(CultureInfo.InvariantCulture, form, Plain(source))).FirstOrDefault(Sources.Contains);

    private bool IsShare(DuckDbSession engine, string name) => engine.Count($"""
        SELECT count(*) FROM (SELECT {Aggregate("sum", name, "true")} AS y FROM events GROUP BY u) WHERE y NOT IN (0, 1)
        """) == 0;

    private static string Plain(string source) => source.StartsWith(Counted, StringComparison.Ordinal) ? source[Counted.Length..] : source;
}
