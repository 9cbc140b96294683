using System.Globalization;
using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Analysis;
using Kindred.OnlineExperiments.Assignment;
using Kindred.OnlineExperiments.Metrics;
using Kindred.Storage;

namespace Kindred.Import;

/// <summary>
/// Exposures and what units did, in files: who saw which arm when, and either a row for each event (unit, time, event, value) or a column
/// for each metric. DuckDB joins and adds up by unit and day; from there on only sums are kept.
/// </summary>
internal sealed class ExperimentFiles
{
    private const int MostSegments = 20, SampleRows = 1000;
    private const long DayMs = 86_400_000;

    private static readonly string[] ArmNames =
        ["arm", "variant", "variation", "group", "treatment", "testgroup", "experimentgroup", "cell", "branch", "bucket"];

    private static readonly string[] ControlNames = ["control", "a", "baseline", "0", "off", "current"];

    private static readonly string[] EventNames = ["metric", "metricname", .. ColumnNames.Events];

    private readonly DuckDbSession _engine;
    private readonly CancellationToken _cancellation;
    private readonly List<string> _notes = [];

    private ExperimentFiles(DuckDbSession engine, CancellationToken cancellation) => (_engine, _cancellation) = (engine, cancellation);

    /// <param name="experiment">
    /// Without metrics all that the file has become goals; with fewer than two arms those of the file are read, the one named as control.
    /// </param>
    /// <param name="segments">Columns of the exposures by which results are broken down.</param>
    /// <returns>The experiment as it was read, and the sums.</returns>
    /// <exception cref="InputException">A file cannot be used.</exception>
    public static (OnlineExperiment Experiment, ExperimentData Data) Read(
        string exposures, string metrics, OnlineExperiment experiment, IReadOnlyList<string> segments, CancellationToken cancellation) =>
        Importer.Guarded(() =>
        {
            using var engine = new DuckDbSession(DraftFolder.Temporary(), cancellation);
            var files = new ExperimentFiles(engine, cancellation);
            var arms = files.LoadExposures(exposures, segments);
            return files.Sum(metrics, WithArms(experiment, arms, exposures), segments);
        });

    /// <summary>A history as if it were an experiment that nobody noticed: each unit begins with its first event within the last
    /// days.</summary>
    /// <returns>The sums of all units, as arm 0.</returns>
    public static (OnlineExperiment Experiment, ExperimentData Data) ReadHistory(
        string history, OnlineExperiment experiment, int days, CancellationToken cancellation) =>
        Importer.Guarded(() =>
        {
            using var engine = new DuckDbSession(DraftFolder.Temporary(), cancellation);
            var files = new ExperimentFiles(engine, cancellation);
            var events = files.LoadEvents(history);
            if (!events.HasTimes)
                throw new InputException($"{history} has no column of times, which a plan needs to know how many users come in a week.");
            engine.Execute($"""
                CREATE TABLE raw_exposures AS SELECT u, {Sql.Literal(experiment.Arms[0].Name)} AS a, t FROM events
                WHERE t >= (SELECT max(t) FROM events) - {days * DayMs}
                """);
            files.MakeUnits([]);
            return files.Sum(events, experiment, []);
        });

    private List<string> LoadExposures(string path, IReadOnlyList<string> segments)
    {
        var table = Look(path, ["arm", "variant", "variation", .. segments]);
        int unit = UnitColumn(table, path);
        int arm = ColumnNames.Find(table.Columns, ArmNames, c => c != unit) ?? throw new InputException(
            $"{path} has no column of arms; rename it to arm. It has {Names(table)}.");
        int? time = ColumnNames.Find(table.Columns, ColumnNames.Times, c => c != unit && c != arm);
        int[] columns = [.. segments.Select(name => Column(table, name, path))];
        string extra = string.Concat(columns.Select((c, n) => $", coalesce(trim(c{c + 1}), '') AS s{n}"));
        Load(table, "raw_exposures", $"trim(c{unit + 1}) AS u, trim(c{arm + 1}) AS a, {Milliseconds(table, time)} AS t{extra}");
        Refuse(path, "raw_exposures", "u IS NULL OR u = ''", "no unit");
        Refuse(path, "raw_exposures", "a IS NULL OR a = ''", "no arm");
        if (time is not null) Refuse(path, "raw_exposures", "t IS NULL", "no time that can be read");
        var arms = _engine.Rows("SELECT DISTINCT a FROM raw_exposures ORDER BY a LIMIT 101").ConvertAll(row => row[0]!);
        MakeUnits(segments);
        return arms;
    }

    /// <summary>Units by their first exposure; those that saw several arms are counted, and left out.</summary>
    private void MakeUnits(IReadOnlyList<string> segments)
    {
        string extra = string.Concat(segments.Select((_, n) => $", arg_min(s{n}, coalesce(t, 0)) AS s{n}"));
        _engine.Execute($"""
            CREATE TABLE units AS SELECT row_number() OVER () AS k, * FROM (
                SELECT u, min(a) AS a, min(t) AS t, min(a) <> max(a) AS mixed{extra} FROM raw_exposures GROUP BY u)
            """);
        _engine.Execute("DROP TABLE raw_exposures");
    }

    private static OnlineExperiment WithArms(OnlineExperiment given, List<string> arms, string path)
    {
        if (given.Arms.Count > 1)
        {
            return arms.Except(given.Arms.Select(arm => arm.Name)).FirstOrDefault() is { } unknown
                ? throw new InputException($"{path} has the arm '{unknown}', which the experiment does not have; add it, or remove "
                    + "the rows.")
                : given;
        }
        if (arms.Count is < 2 or > 100)
            throw new InputException($"{path} has {(arms.Count > 100 ? "more than 100" : $"{arms.Count}")} arms; an experiment has "
                + "two or a few.");
        string? named = given.Arms is [var first, ..] ? first.Name : null;
        string control = arms.FirstOrDefault(
            arm => named is null ? ControlNames.Contains(arm.ToLowerInvariant()) : arm == named) ?? throw new InputException(
            $"{path} has the arms {string.Join(", ", arms.Take(10))}; name control with --control.");
        string[] ordered = [control, .. arms.Where(arm => arm != control)];
        return given with
        {
            Arms = [.. ordered.Select(arm => new ExperimentArm(arm))],
        };
    }

    private (OnlineExperiment, ExperimentData) Sum(string path, OnlineExperiment experiment, IReadOnlyList<string> segments) =>
        Sum(LoadEvents(path), experiment, segments);

    private (OnlineExperiment, ExperimentData) Sum(ExperimentEvents events, OnlineExperiment experiment, IReadOnlyList<string> segments)
    {
        if (experiment.Metrics.Count == 0) experiment = experiment with { Metrics = events.AsGoals(_engine) };
        experiment.Check();
        foreach (var metric in experiment.Metrics) events.CheckSources(metric);
        bool hasTimes = events.HasTimes && _engine.Count("SELECT count(*) FROM units WHERE t IS NULL") == 0;
        if (hasTimes != events.HasTimes) _notes.Add("The exposures have no times, so those of the metrics are not used.");
        _engine.Execute($"CREATE TABLE sums AS {events.UnitSums(experiment, hasTimes)}");
        ReportStrangers(events);
        long first = hasTimes ? _engine.Count("SELECT coalesce(min(t), 0)::BIGINT FROM units") / DayMs * DayMs : 0;
        int days = !hasTimes ? 1
            : (int)_engine.Count($"SELECT coalesce(max(d), 0) FROM (SELECT d FROM sums UNION ALL SELECT ((t - {first}) // "
                + $"{DayMs})::BIGINT FROM units)") + 1;
        if (days > 3660) throw new InputException($"The files cover {days:N0} days; an experiment is read over 10 years at most.");
        var (names, codes) = SegmentsOf(segments);
        var data = new ExperimentData(experiment, days, names, 1, Caps(experiment))
        {
            Start = hasTimes ? DateTimeOffset.FromUnixTimeMilliseconds(first) : null,
            UnitsInSeveralArms = _engine.Count("SELECT count(*) FROM units WHERE mixed"),
        };
        Fill(data, experiment, hasTimes ? $"(x.t - {first}) // {DayMs}" : "0", codes);
        data.Notes = _notes;
        return (experiment, data);
    }

    /// <summary>Streams the sums of each unit and day, in the order of units.</summary>
    private void Fill(ExperimentData data, OnlineExperiment experiment, string entryDay, IReadOnlyList<string> segments)
    {
        int width = 2 * experiment.Metrics.Count;
        string arm = string.Concat(experiment.Arms.Select((a, n) => $" WHEN x.a = {Sql.Literal(a.Name)} THEN {n}"));
        string values = string.Concat(Enumerable.Range(0, width).Select(n => $", coalesce(v{n}, 0)::DOUBLE"));
        string codes = string.Concat(segments.Select(code => $", ({code})::INTEGER"));
        long current = -1;
        var unit = new double[width];
        var within = new int[segments.Count];
        _engine.ForEachChunk($"""
            SELECT x.k::BIGINT, (CASE{arm} END)::INTEGER, ({entryDay})::INTEGER, coalesce(s.d, 0)::INTEGER,
                (s.d IS NOT NULL)::INTEGER{codes}{values}
            FROM units x LEFT JOIN sums s ON s.k = x.k WHERE NOT x.mixed ORDER BY x.k, s.d
            """, chunk =>
        {
            _cancellation.ThrowIfCancellationRequested();
            var keys = chunk.Column<long>(0);
            ReadOnlySpan<int> arms = chunk.Column<int>(1), entries = chunk.Column<int>(2), days = chunk.Column<int>(3),
                has = chunk.Column<int>(4);
            for (int row = 0; row < chunk.Count; row++)
            {
                if (keys[row] != current)
                {
                    if (current >= 0) data.End();
                    current = keys[row];
                    for (int n = 0; n < within.Length; n++) within[n] = chunk.Column<int>(5 + n)[row];
                    data.Begin(arms[row], entries[row], within);
                }
                if (has[row] == 0) continue;
                for (int n = 0; n < width; n++) unit[n] = chunk.Column<double>(5 + within.Length + n)[row];
                if (days[row] < 0) data.AddBefore(unit);
                else data.Add(days[row], unit);
            }
        });
        if (current >= 0) data.End();
    }

    private double[] Caps(OnlineExperiment experiment) =>
    [
        .. experiment.Metrics.Select((metric, n) =>
        {
            if (metric.CapQuantile is not { } quantile) return metric.Cap ?? double.PositiveInfinity;
            string q = quantile.ToString(CultureInfo.InvariantCulture);
            string? cap = _engine.Rows($"""
                SELECT quantile_cont(coalesce(y, 0), {q}) FROM units x
                LEFT JOIN (SELECT k, sum(v{2 * n}) AS y FROM sums WHERE d >= 0 GROUP BY k) s ON s.k = x.k WHERE NOT mixed
                """)[0][0];
            double found = cap is null ? double.PositiveInfinity : double.Parse(cap, CultureInfo.InvariantCulture);
            _notes.Add($"{metric.Name} counts {found:G6} at most, the quantile {q}; write \"cap\": {found:R} to keep it.");
            return found;
        }),
    ];

    /// <summary>The most frequent values of each column are segments, the others are one together.</summary>
    private (IReadOnlyList<string> Names, IReadOnlyList<string> Codes) SegmentsOf(IReadOnlyList<string> columns)
    {
        var names = new List<string>();
        var codes = new List<string>();
        for (int n = 0; n < columns.Count; n++)
        {
            var values = _engine.Rows($"SELECT s{n}, count(*) FROM units GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MostSegments + 1}")
                .ConvertAll(row => row[0]!);
            bool hasRest = values.Count > MostSegments;
            if (hasRest) values.RemoveAt(MostSegments);
            int start = names.Count;
            names.AddRange(values.Select(value => $"{columns[n]}={(value.Length == 0 ? "(none)" : value)}"));
            if (hasRest) names.Add($"{columns[n]}=(others)");
            codes.Add($"CASE{string.Concat(values.Select((value, at) => $" WHEN x.s{n} = {Sql.Literal(value)} THEN {start + at}"))} "
                + $"ELSE {names.Count - 1} END");
        }
        return (names, codes);
    }

    private ExperimentEvents LoadEvents(string path)
    {
        var table = Look(path, ["metric", "value"]);
        int unit = UnitColumn(table, path);
        int? time = ColumnNames.Find(table.Columns, ColumnNames.Times, c => c != unit);
        int? name = ColumnNames.Find(table.Columns, EventNames, c => c != unit && c != time);
        string common = $"trim(c{unit + 1}) AS u, {Milliseconds(table, time)} AS t";
        ExperimentEvents events;
        if (name is { } metric)
        {
            int? value = ColumnNames.Find(table.Columns, [.. ColumnNames.Weights, .. ColumnNames.Ratings], c => c != unit && c != time
                && c != metric);
            Load(table, "events", $"{common}, trim(c{metric + 1}) AS n, "
                + $"{(value is { } v ? Number($"c{v + 1}") : "1.0")} AS v");
            Refuse(path, "events", "v IS NULL OR isnan(v) OR isinf(v)", "a value that is no number");
            events = ExperimentEvents.Long(path, time is not null,
                _engine.Rows("SELECT DISTINCT n FROM events WHERE n <> '' ORDER BY n LIMIT 101").ConvertAll(row => row[0]!));
        }
        else
        {
            var columns = table.Columns.Select((c, n) => (c.Name, n)).Where(c => c.n != unit && c.n != time).ToList();
            if (columns.Count == 0) throw new InputException($"{path} has no column of a metric; it has {Names(table)}.");
            Load(table, "events", common + string.Concat(columns.Select((c, n) => $", nullif(trim(c{c.n + 1}), '') AS w{n}")));
            // columns of texts are no metrics
            var numeric = columns.Where((_, n) => _engine.Count(
                $"SELECT count(*) FROM events WHERE w{n} IS NOT NULL AND TRY_CAST(w{n} AS DOUBLE) IS NULL") == 0)
                .Select(c => c.Name).ToList();
            if (columns.Select(c => c.Name).Except(numeric).ToList() is { Count: > 0 } texts)
                _notes.Add($"Columns that hold other than numbers are no metrics: {string.Join(", ", texts)}.");
            events = ExperimentEvents.Wide(path, time is not null, [.. columns.Select(c => c.Name)], numeric);
        }
        Refuse(path, "events", "u IS NULL OR u = ''", "no unit");
        if (time is not null) Refuse(path, "events", "t IS NULL", "no time that can be read");
        return events;
    }

    /// <summary>Rows of units without an exposure are nothing wrong, but all of them would be.</summary>
    private void ReportStrangers(ExperimentEvents events)
    {
        long rows = _engine.Count("SELECT count(*) FROM events");
        long strangers = _engine.Count("SELECT count(*) FROM events m WHERE NOT EXISTS (SELECT 1 FROM units x WHERE x.u = m.u)");
        if (rows > 0 && strangers == rows)
            throw new InputException($"No unit of {events.Path} is among the exposures; are the ids of the same kind?");
        if (strangers > 0) _notes.Add($"{strangers:N0} of {rows:N0} rows in {events.Path} are of units without an exposure; they do "
            + "not count.");
    }

    private Table Look(string path, IReadOnlyList<string> names)
    {
        var reading = new Reading([.. names, "user_id", "session_id"]);
        return Sniffer.Look(_engine, SourceFile.Open(_engine, path, reading, _cancellation), reading);
    }

    private void Load(Table table, string name, string select)
    {
        var copy = table.Read(_engine, relation => _engine.Execute($"CREATE OR REPLACE TABLE {name} AS SELECT {select} FROM {relation}"),
            () => _engine.Count($"SELECT count(*) FROM {name}"), () => true, _cancellation);
        if (copy is { Broken.Count: > 0 })
        {
            var first = copy.Broken.First[0];
            throw new InputException($"{table.File.Path}: {copy.Broken.Count} rows are broken, the first in line {first.Line}: "
                + $"{first.Reason}; mend the file.");
        }
    }

    private void Refuse(string path, string table, string condition, string what)
    {
        long bad = _engine.Count($"SELECT count(*) FROM {table} WHERE {condition}");
        if (bad > 0) throw new InputException($"{path}: {bad:N0} row{(bad == 1 ? " has" : "s have")} {what}; mend the file.");
    }

    private string Milliseconds(Table table, int? column)
    {
        if (column is not { } time) return "NULL::BIGINT";
        var sample = table.Sample(_engine, time, SampleRows).FindAll(cell => cell.Length > 0);
        var format = TimeFormat.Find(_engine, sample, expression => table.Count(
            _engine, $"SELECT count({expression}) FROM (SELECT c{time + 1} AS cell FROM {Table.RelationMark})", _cancellation));
        return $"({format.Milliseconds($"c{time + 1}", $"TRY_CAST(trim(c{time + 1}) AS DOUBLE)")})::BIGINT";
    }

    /// <summary>An event without a value counts once.</summary>
    private static string Number(string cell) => $"CASE WHEN coalesce(trim({cell}), '') = '' THEN 1 ELSE TRY_CAST(trim({cell}) AS "
        + "DOUBLE) END";

    private static int UnitColumn(Table table, string path) => ColumnNames.Find(table.Columns, ["unit", "unitid", .. ColumnNames.Users])
        ?? throw new InputException($"{path} has no column of users or sessions; rename it to user_id. It has {Names(table)}.");

    private static int Column(Table table, string name, string path)
    {
        for (int n = 0; n < table.Columns.Count; n++)
            if (string.Equals(table.Columns[n].Name, name, StringComparison.OrdinalIgnoreCase)) return n;
        throw new InputException($"{path} has no column '{name}'; it has {Names(table)}.");
    }

    private static string Names(Table table) => string.Join(", ", table.Columns.Select(column => column.Name));
}
