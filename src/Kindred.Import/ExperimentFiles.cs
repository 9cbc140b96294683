using System.Globalization;
using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Analysis;
using Kindred.OnlineExperiments.Assignment;
using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Metrics;
using Kindred.Storage;

namespace Kindred.Import;

/// <summary>
/// Exposures and what units did, in files: who saw which arm when, and either a row for each event (unit, time, event, value) or a column
/// for each metric. DuckDB joins and adds up by unit and day; from there on only sums are kept.
/// </summary>
internal sealed class ExperimentFiles
{
    private const int MostSegments = 20, FirstPart = 6;
    private const long DayMs = 86_400_000;

    private static readonly string[] ControlNames = ["control", "a", "baseline", "0", "off", "current"];

    private readonly DuckDbSession _engine;
    private readonly CancellationToken _cancellation;
    private readonly List<string> _notes = [];

    private ExperimentFiles(DuckDbSession engine, CancellationToken cancellation) => (_engine, _cancellation) = (engine, cancellation);

    /// <param name="experiment">
    /// Without metrics all that the file has become goals; with fewer than two arms those of the file are read, the one named as control.
    /// </param>
    /// <returns>The experiment as it was read, and the sums.</returns>
    /// <exception cref="InputException">A file cannot be used.</exception>
    public static (OnlineExperiment Experiment, ExperimentData Data) Read(
        string exposures, string metrics, OnlineExperiment experiment, ExperimentColumns columns, CancellationToken cancellation) =>
        Importer.Guarded(() =>
        {
            using var engine = new DuckDbSession(DraftFolder.Temporary(), cancellation);
            var files = new ExperimentFiles(engine, cancellation);
            TextTable shown = files.Open(exposures, columns), done = files.Open(metrics, columns);
            columns.CheckIn(shown, done);
            var arms = ExposureFile.Load(engine, shown, columns, [.. experiment.Arms.Select(a => a.Name)], files._notes);
            var events = ExperimentEvents.Load(engine, done, columns, files._notes);
            experiment = WithArms(experiment, arms, exposures);
            files.ReportStrangers(events, $"{shown.Columns[columns.UnitOf(shown)]} of {exposures} and "
                + $"{done.Columns[columns.UnitOf(done)]} of {metrics}");
            if (events.HasTimes && engine.Count("SELECT count(*) FROM units WHERE t IS NULL") > 0)
                throw new InputException($"{metrics} has times and {exposures} has none that was found, so what users did before they saw "
                    + $"an arm would count. Name its column of times with --time COLUMN: it has {shown.Names}.");
            return files.Sum(events, files.UpToEnd(experiment, events), columns);
        });

    /// <summary>A history as if it were an experiment that nobody noticed: each unit begins with its first event within the last
    /// days.</summary>
    /// <returns>The sums of all units, as arm 0.</returns>
    public static (OnlineExperiment Experiment, ExperimentData Data) ReadHistory(
        string history, OnlineExperiment experiment, ExperimentColumns columns, int days, CancellationToken cancellation) =>
        Importer.Guarded(() =>
        {
            using var engine = new DuckDbSession(DraftFolder.Temporary(), cancellation);
            var files = new ExperimentFiles(engine, cancellation);
            var table = files.Open(history, columns);
            columns.CheckIn(table);
            var events = ExperimentEvents.Load(engine, table, columns, files._notes);
            if (!events.HasTimes)
                throw new InputException($"{history} has no column of times, which a plan needs to know how many users come in a week.");
            engine.Execute($"""
                CREATE TABLE raw_exposures AS SELECT u, {Sql.Literal(experiment.Arms[0].Name)} AS a, t FROM events
                WHERE t >= (SELECT max(t) FROM events) - {days * DayMs}
                """);
            ExposureFile.MakeUnits(engine, 0);
            return files.Sum(events, experiment, new());
        });

    /// <summary>A design with an end does not look at what comes after it, as in a living server.</summary>
    /// <returns>The experiment.</returns>
    private OnlineExperiment UpToEnd(OnlineExperiment experiment, ExperimentEvents events)
    {
        if (!events.HasTimes || experiment.Design.Kind == DesignKind.AlwaysValid) return experiment;
        string end = $"(SELECT (min(t) // {DayMs} + {experiment.Design.Days}) * {DayMs} FROM units)";
        long units = _engine.Count($"SELECT count(*) FROM units WHERE t >= {end}");
        long rows = _engine.Count($"SELECT count(*) FROM events WHERE t >= {end}");
        if (units + rows == 0) return experiment;
        _engine.Execute($"DELETE FROM events WHERE t >= {end}");
        _engine.Execute($"DELETE FROM units WHERE t >= {end}");
        _notes.Add($"{experiment.Design.Days} days are planned: later exposures ({units:N0}) and rows ({rows:N0}) do not count. "
            + "If more days were planned, say so with --days.");
        return experiment;
    }

    private TextTable Open(string path, ExperimentColumns columns) =>
        TextTable.Open(_engine, path, columns.Expected, columns.Forms, _cancellation);

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
            throw new InputException(arms.Count == 1
                ? $"{path} has one arm alone, '{arms[0]}'; an experiment compares two or a few."
                : $"{path} has more than 100 arms; an experiment compares two or a few. Name their column with --arm COLUMN.");
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

    private (OnlineExperiment, ExperimentData) Sum(ExperimentEvents events, OnlineExperiment experiment, ExperimentColumns columns)
    {
        if (experiment.Metrics.Count == 0) experiment = experiment with { Metrics = events.AsGoals(_engine) };
        experiment.Check();
        foreach (var metric in experiment.Metrics) events.CheckSources(metric);
        bool hasTimes = events.HasTimes;
        if (hasTimes && ExperimentEvents.AlignDates(_engine))
            _notes.Add("The metrics have dates without a time of day: events of the day of a unit's first exposure count.");
        string missing = events.ReportMissing(_engine, experiment, _notes)
            ? events.UnitsWithoutValues(experiment, hasTimes) : ExperimentEvents.NoUnits(experiment);
        _engine.Execute($"CREATE TABLE missing AS {missing}");
        _engine.Execute($"CREATE TABLE sums AS {events.UnitSums(experiment, hasTimes)}");
        if (hasTimes) ReportOddTimes();
        long first = hasTimes ? _engine.Count("SELECT coalesce(min(t), 0)::BIGINT FROM units") / DayMs * DayMs : 0;
        int days = !hasTimes ? 1
            : (int)_engine.Count($"SELECT coalesce(max(d), 0) FROM (SELECT d FROM sums UNION ALL SELECT ((t - {first}) // "
                + $"{DayMs})::BIGINT FROM units)") + 1;
        if (days > 3660) throw new InputException($"The files cover {days:N0} days; an experiment is read over 10 years at most.");
        var (names, codes) = SegmentsOf(columns.Segments);
        var (strata, stratum) = columns.Stratum is { } name ? StrataOf(name, columns.Segments.Count) : (1, "0");
        var data = new ExperimentData(experiment, days, names, strata, Caps(experiment))
        {
            Start = hasTimes ? DateTimeOffset.FromUnixTimeMilliseconds(first) : null,
            UnitsInSeveralArms = _engine.Count("SELECT count(*) FROM units WHERE mixed"),
        };
        Fill(data, experiment, hasTimes ? $"(x.t - {first}) // {DayMs}" : "0", stratum, codes);
        data.Notes = _notes;
        return (experiment, data);
    }

    /// <summary>Streams the sums of each unit and day, in the order of units.</summary>
    private void Fill(ExperimentData data, OnlineExperiment experiment, string entryDay, string stratum, IReadOnlyList<string> segments)
    {
        int metrics = experiment.Metrics.Count, width = 2 * metrics;
        string arm = string.Concat(experiment.Arms.Select((a, n) => $" WHEN x.a = {Sql.Literal(a.Name)} THEN {n}"));
        string values = string.Concat(Enumerable.Range(0, width).Select(n => $", coalesce(v{n}, 0)::DOUBLE"));
        string missing = string.Concat(Enumerable.Range(0, metrics).Select(n => $", coalesce(l.m{n}, false)::INTEGER"));
        string codes = string.Concat(segments.Select(code => $", ({code})::INTEGER"));
        long current = -1;
        var unit = new double[width];
        var within = new int[segments.Count];
        _engine.ForEachChunk($"""
            SELECT x.k::BIGINT, (CASE{arm} END)::INTEGER, ({entryDay})::INTEGER, coalesce(s.d, 0)::INTEGER,
                (s.d IS NOT NULL)::INTEGER, ({stratum})::INTEGER{codes}{missing}{values}
            FROM units x LEFT JOIN sums s ON s.k = x.k LEFT JOIN missing l ON l.k = x.k WHERE NOT x.mixed ORDER BY x.k, s.d
            """, chunk =>
        {
            _cancellation.ThrowIfCancellationRequested();
            var keys = chunk.Column<long>(0);
            ReadOnlySpan<int> arms = chunk.Column<int>(1), entries = chunk.Column<int>(2), days = chunk.Column<int>(3),
                has = chunk.Column<int>(4), strata = chunk.Column<int>(5);
            for (int row = 0; row < chunk.Count; row++)
            {
                if (keys[row] != current)
                {
                    if (current >= 0) data.End();
                    current = keys[row];
                    for (int n = 0; n < within.Length; n++) within[n] = chunk.Column<int>(FirstPart + n)[row];
                    data.Begin(arms[row], entries[row], within, strata[row]);
                    for (int n = 0; n < metrics; n++)
                        if (chunk.Column<int>(FirstPart + within.Length + n)[row] != 0) data.LeaveOut(n);
                }
                if (has[row] == 0) continue;
                for (int n = 0; n < width; n++) unit[n] = chunk.Column<double>(FirstPart + within.Length + metrics + n)[row];
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
                LEFT JOIN (SELECT k, sum(v{2 * n}) AS y FROM sums WHERE d >= 0 GROUP BY k) s ON s.k = x.k
                LEFT JOIN missing l ON l.k = x.k WHERE NOT mixed AND NOT coalesce(l.m{n}, false)
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
            var (values, hasRest) = Frequent(n);
            codes.Add(CodeOf(values, n, names.Count, names.Count + values.Count + (hasRest ? 0 : -1)));
            names.AddRange(values.Select(value => $"{columns[n]}={(value.Length == 0 ? "(none)" : value)}"));
            if (hasRest) names.Add($"{columns[n]}=(others)");
        }
        return (names, codes);
    }

    /// <summary>The most frequent values of a column are strata, the others are one together.</summary>
    private (int Count, string Code) StrataOf(string column, int n)
    {
        var (values, hasRest) = Frequent(n);
        int count = values.Count + (hasRest ? 1 : 0);
        _notes.Add($"Arms are compared within {count:N0} value{(count == 1 ? "" : "s")} of {column}.");
        return (count, CodeOf(values, n, 0, count - 1));
    }

    private (List<string> Values, bool HasRest) Frequent(int n)
    {
        var values = _engine.Rows($"SELECT s{n}, count(*) FROM units GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MostSegments + 1}")
            .ConvertAll(row => row[0]!);
        bool hasRest = values.Count > MostSegments;
        if (hasRest) values.RemoveAt(MostSegments);
        return (values, hasRest);
    }

    private static string CodeOf(List<string> values, int n, int first, int rest) =>
        $"CASE{string.Concat(values.Select((value, at) => $" WHEN x.s{n} = {Sql.Literal(value)} THEN {first + at}"))} ELSE {rest} END";

    /// <summary>Exposures of another century are probably times in another unit.</summary>
    private void ReportOddTimes()
    {
        var range = _engine.Rows("SELECT min(t), max(t) FROM units")[0];
        var (first, last) = (Moment(range[0]), Moment(range[1]));
        if (first.Year < 2000 || last.Year > 2100)
            _notes.Add($"Exposures are from {first:yyyy-MM-dd} to {last:yyyy-MM-dd}; if that is wrong, say with --time-format how times "
                + "are written.");

        static DateTimeOffset Moment(string? milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(
            long.Parse(milliseconds ?? "0", CultureInfo.InvariantCulture),
            DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
    }

    /// <summary>Rows of units without an exposure are nothing wrong, but all of them would be.</summary>
    /// <param name="ids">The columns of units.</param>
    private void ReportStrangers(ExperimentEvents events, string ids)
    {
        long rows = _engine.Count("SELECT count(*) FROM events");
        long strangers = _engine.Count("SELECT count(*) FROM events m WHERE NOT EXISTS (SELECT 1 FROM units x WHERE x.u = m.u)");
        if (rows > 0 && strangers == rows)
            throw new InputException($"No unit of {events.Path} is among the exposures; are the ids of the same kind? They are "
                + $"{ids}: name others with --user COLUMN.");
        if (strangers > 0) _notes.Add($"{strangers:N0} of {rows:N0} rows in {events.Path} are of units without an exposure; they do "
            + "not count.");
    }
}
