namespace Kindred.Import;

/// <summary>Who saw which arm when, from a file into the table <c>units</c>.</summary>
internal static class ExposureFile
{
    /// <summary>Makes <c>units</c>: k, u, a, t (ms, or NULL), mixed, and s0, s1, … of segments and stratum.</summary>
    /// <param name="known">Arms that the caller named.</param>
    /// <param name="notes">What a person should know.</param>
    /// <returns>The arms that the file has, at most 101.</returns>
    /// <exception cref="InputException">It cannot be used.</exception>
    public static List<string> Load(
        DuckDbSession engine, TextTable table, ExperimentColumns columns, IReadOnlyList<string> known, List<string> notes)
    {
        int unit = columns.UnitOf(table), arm = columns.ArmOf(table, unit);
        int? time = columns.ExposureTimeOf(table, unit, arm), experiment = ExperimentColumns.ExperimentOf(table, unit, arm, time);
        int[] parts = [.. PartsOf(columns).Select(table.Named)];
        string extra = string.Concat(parts.Select((column, n) => $", coalesce({TextTable.Text(column)}, '') AS s{n}"));
        table.Load("raw_exposures", $"{TextTable.Cell(unit)} AS u, {TextTable.Text(arm)} AS a, "
            + $"{(time is { } t ? table.Milliseconds(t) : "NULL::BIGINT")} AS t, "
            + $"{(experiment is { } e ? TextTable.Text(e) : "NULL::VARCHAR")} AS e{extra}");
        notes.Add($"{table.Path}: unit {table.Columns[unit]}, arm {table.Columns[arm]}"
            + (time is { } at ? $", time {table.Columns[at]}." : "; no column of times was found."));
        if (engine.Count("SELECT count(*) FROM raw_exposures") == 0) throw new InputException($"{table.Path} holds no exposures.");
        Choose(engine, table.Path, columns.Experiment, experiment is { } named ? table.Columns[named] : null);
        Refuse(engine, table.Path, "raw_exposures", "u IS NULL", "no unit");
        Refuse(engine, table.Path, "raw_exposures", "a IS NULL", "no arm");
        if (time is { } moment) RefuseTimes(engine, table, moment, "raw_exposures");
        ReadIds(engine, table.Path, "raw_exposures", notes);
        FoldArms(engine, table.Path, known, notes);
        var arms = engine.Rows("SELECT DISTINCT a FROM raw_exposures ORDER BY a LIMIT 101").ConvertAll(row => row[0]!);
        MakeUnits(engine, parts.Length);
        return arms;
    }

    /// <summary>Units by their first exposure; those that saw several arms are marked.</summary>
    /// <param name="parts">Columns s0, s1, …</param>
    public static void MakeUnits(DuckDbSession engine, int parts)
    {
        string extra = string.Concat(Enumerable.Range(0, parts).Select(n => $", arg_min(s{n}, coalesce(t, 0)) AS s{n}"));
        engine.Execute($"""
            CREATE TABLE units AS SELECT row_number() OVER () AS k, * FROM (
                SELECT u, min(a) AS a, min(t) AS t, min(a) <> max(a) AS mixed{extra} FROM raw_exposures GROUP BY u)
            """);
        engine.Execute("DROP TABLE raw_exposures");
    }

    /// <summary>Takes off what is not part of the ids in column <c>u</c>, as imports do: <c>1.0</c> is 1.</summary>
    public static void ReadIds(DuckDbSession engine, string path, string table, List<string> notes)
    {
        if (engine.Count($"SELECT count(u) FROM {table}") == 0) return;
        var (id, note) = IdForms.Of(engine, $"(SELECT DISTINCT u AS id FROM {table} WHERE u IS NOT NULL)", "unit", fold: false);
        if (note is null) return;
        engine.Execute($"CREATE OR REPLACE TABLE {table} AS "
            + $"SELECT * EXCLUDE (id) REPLACE ({id} AS u) FROM (SELECT *, u AS id FROM {table})");
        notes.Add($"{path}: {note}");
    }

    /// <summary>Arms that differ only by case are one: as the caller writes it, otherwise as most rows do.</summary>
    private static void FoldArms(DuckDbSession engine, string path, IReadOnlyList<string> known, List<string> notes)
    {
        var alike = engine.Rows("SELECT a, lower(a), count(*) AS n FROM raw_exposures WHERE lower(a) IN ("
            + "SELECT lower(a) FROM raw_exposures GROUP BY 1 HAVING count(DISTINCT a) > 1) GROUP BY 1, 2 ORDER BY n DESC, a LIMIT 200");
        foreach (var spellings in alike.GroupBy(row => row[1]!, row => row[0]!))
        {
            string[] named = [.. known.Where(spellings.Contains)];
            if (named.Length > 1) continue;
            string one = named.Length == 1 ? named[0] : spellings.First();
            engine.Execute($"UPDATE raw_exposures SET a = {Sql.Literal(one)} WHERE lower(a) = {Sql.Literal(spellings.Key)}");
            notes.Add($"{path}: the arms {string.Join(", ", spellings.Order(StringComparer.Ordinal))} differ only by case; they are read "
                + $"as the one arm {one}.");
        }
    }

    /// <summary>Columns of segments, then that of the stratum.</summary>
    public static IReadOnlyList<string> PartsOf(ExperimentColumns columns) =>
        columns.Stratum is { } stratum ? [.. columns.Segments, stratum] : columns.Segments;

    /// <exception cref="InputException">Rows of a table meet the condition.</exception>
    public static void Refuse(DuckDbSession engine, string path, string table, string condition, string what)
    {
        long bad = engine.Count($"SELECT count(*) FROM {table} WHERE {condition}");
        if (bad > 0) throw new InputException($"{path}: {bad:N0} row{(bad == 1 ? " has" : "s have")} {what}; mend the file.");
    }

    /// <summary>Times that cannot be read, with one of them.</summary>
    /// <param name="loaded">The table that was made of the file.</param>
    public static void RefuseTimes(DuckDbSession engine, TextTable table, int time, string loaded)
    {
        if (engine.Count($"SELECT count(*) FROM {loaded} WHERE t IS NULL") == 0) return;
        table.Load("no_times", $"{table.Milliseconds(time)} IS NULL AS bad, {TextTable.Cell(time)} AS cell");
        string?[] first = engine.Rows("SELECT rowid + 1, cell FROM no_times WHERE bad ORDER BY cell IS NULL, rowid LIMIT 1")[0];
        Refuse(engine, table.Path, loaded, "t IS NULL", $"no time that can be read (column {table.Columns[time]}, row {first[0]})"
            + (first[1] is { } cell ? $", such as {PlainText.Shorten(cell)}. {TextTable.TimeForms}" : ""));
    }

    /// <summary>Exposures of one experiment: those of several together would be none.</summary>
    private static void Choose(DuckDbSession engine, string path, string? wanted, string? column)
    {
        if (column is null)
        {
            if (wanted is null) return;
            throw new InputException($"{path} has no column of experiments, so --experiment {wanted} chooses none.");
        }
        if (wanted is not null) engine.Execute($"DELETE FROM raw_exposures WHERE e IS DISTINCT FROM {Sql.Literal(wanted)}");
        var names = engine.Rows("SELECT DISTINCT coalesce(e, '') FROM raw_exposures ORDER BY 1 LIMIT 11").ConvertAll(row => row[0]!);
        if (names.Count == 0) throw new InputException($"{path} has no exposures of experiment '{wanted}' in {column}.");
        if (names.Count > 1)
            throw new InputException($"{path} holds several experiments in {column}: {string.Join(", ", names.Take(10))}"
                + $"{(names.Count > 10 ? ", …" : "")}; choose one with --experiment NAME.");
    }
}
