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

    private static readonly string[] BeforeNames = ["{0}_pre", "pre_{0}", "{0}_before", "before_{0}"];

    /// <summary>Of a column for each metric, all columns, in the order of w0, w1, …; null: a row for each event.</summary>
    private IReadOnlyList<string>? Columns { get; init; }

    /// <summary>A row for each event: u, t, n, v.</summary>
    public static ExperimentEvents Long(string path, bool hasTimes, IReadOnlyList<string> names) => new(path, hasTimes, names);

    /// <summary>A column for each metric: u, t, w0, w1, …</summary>
    public static ExperimentEvents Wide(string path, bool hasTimes, IReadOnlyList<string> columns, IReadOnlyList<string> numeric) =>
        new(path, hasTimes, numeric) { Columns = columns };

    /// <exception cref="InputException">The metric adds up what is not there.</exception>
    public void CheckSources(OnlineMetric metric)
    {
        string?[] sources = [metric.Source ?? metric.Name, metric.Denominator];
        foreach (string source in sources.OfType<string>())
            if (!Sources.Contains(Plain(source)))
                throw new InputException($"Metric '{metric.Name}' asks for '{Plain(source)}', which {Path} does not have; "
                    + $"it has {string.Join(", ", Sources.Take(20))}.");
    }

    /// <returns>All sources as goals: shares where no unit has other values than 0 and 1, means otherwise.</returns>
    public IReadOnlyList<OnlineMetric> AsGoals(DuckDbSession engine)
    {
        string[] names = [.. Sources.Where(name => !BeforeNames.Any(form => Sources.Any(other =>
            name == string.Format(CultureInfo.InvariantCulture, form, other))))];
        if (names.Length is 0 or > MostGoals)
            throw new InputException($"{Path} has {names.Length} metrics; name those to read with --metric.");
        return
        [
            .. names.Select(name => new OnlineMetric(name)
            {
                Kind = IsShare(engine, name) ? OnlineMetricKind.Proportion : OnlineMetricKind.Mean,
            }),
        ];
    }

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
        return $"{plain} UNION ALL SELECT k, -1 AS d, {Sql.List(pre)} FROM (SELECT x.k, {Joined}) GROUP BY k";
    }

    private string Value(OnlineMetric metric, string source, bool hasTimes)
    {
        string window = "true";
        if (hasTimes)
        {
            window = string.Create(CultureInfo.InvariantCulture, $"(age < 0 OR (age >= {metric.FromDay * DayMs:F0}")
                + (metric.ToDay is { } to ? string.Create(CultureInfo.InvariantCulture, $" AND age < {to * DayMs:F0}))") : "))");
        }
        return Aggregate(source.StartsWith(Counted, StringComparison.Ordinal) ? "count" : "sum", Plain(source), window);
    }

    private string Aggregate(string function, string source, string condition) => Columns is null
        ? $"coalesce({function}(v) FILTER (WHERE n = {Sql.Literal(source)} AND {condition}), 0)::DOUBLE"
        : $"coalesce({function}(TRY_CAST(w{ColumnOf(source)} AS DOUBLE)) FILTER (WHERE {condition}), 0)::DOUBLE";

    private int ColumnOf(string name) => Columns!.Select((column, n) => (column, n)).First(c => c.column == name).n;

    private string? BeforeColumn(string source) => Columns is null ? null
        : BeforeNames.Select(form => string.Format(CultureInfo.InvariantCulture, form, Plain(source))).FirstOrDefault(Sources.Contains);

    private bool IsShare(DuckDbSession engine, string name) => engine.Count($"""
        SELECT count(*) FROM (SELECT {Aggregate("sum", name, "true")} AS y FROM events GROUP BY u) WHERE y NOT IN (0, 1)
        """) == 0;

    private static string Plain(string source) => source.StartsWith(Counted, StringComparison.Ordinal) ? source[Counted.Length..] : source;
}
