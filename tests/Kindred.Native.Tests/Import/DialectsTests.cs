using System.Globalization;
using CsCheck;
using Kindred.Import;

namespace Kindred.Native.Tests.Import;

/// <summary>Whatever program wrote a table, its events are the same.</summary>
public sealed class DialectsTests
{
    private static readonly string[] Items = ["A-1", "B 2", "Café 3", "say \"4\"", "5,6", "x;7", "it's 8", "9|0", "Ü_1", "#2"];

    /// <summary>
    /// Days above 12 among them, so that a day is told from a month; users are whole numbers, as pandas makes floats of them.
    /// </summary>
    private static readonly Gen<MeantEvent[]> AnyEvents =
        Gen.Select(Gen.Int[7000, 7019], Gen.Int[0, Items.Length - 1], Gen.Int[1, 10], Gen.Int[0, 300 * 86_400])
            .Select((user, item, stars, second) =>
                new MeantEvent($"{user}", Items[item], stars / 2f, new DateTime(2022, 1, 13).AddSeconds(second)))
            .Array[20, 60]
            .Select(events => events.DistinctBy(e => (e.User, e.Item))
                .Prepend(new("7020", "A-1", 2.5f, new DateTime(2022, 1, 25, 1, 2, 3)))
                    .Prepend(new("7021", "B 2", 3.5f, new DateTime(2022, 2, 13, 4, 5, 6))).ToArray());

    [Fact]
    public void The_same_events_are_read_from_every_dialect() => Gen.Select(AnyEvents, DialectWriter.Any).Sample((events, writer) =>
    {
        // What a dialect cannot write, it is not asked to.
        var meant = events.Where(e => writer.Quote != '\0' || !e.Item.Contains(writer.Delimiter, StringComparison.Ordinal)).ToList();
        using var box = new ImportSandbox();
        string path = box.Write("events.txt", writer.Write(meant));
        var options = new ImportOptions { Sources = [path], Encoding = writer.Encoding == "windows-1252" ? "windows-1252" : null };
        if (!writer.Header) options = options with { User = "1", Item = "2", Value = "3", Time = "4", Header = false };
        var summary = box.Import(options);
        Assert.Equal(meant.Select(e => e.Text).Order(StringComparer.Ordinal), box.Events.Order(StringComparer.Ordinal));
        Assert.Equal((meant.Count, 0), (summary.Rows.Read, summary.Rows.Invalid));
        Assert.Empty(summary.Warnings);
    }, iter: 150);

    [Fact]
    public void The_same_events_are_read_from_what_pandas_writes() => Gen.Select(AnyEvents, ProgramWriter.Pandas).Sample(AreRead, iter: 60);

    [Fact]
    public void The_same_events_are_read_from_what_excel_writes() => Gen.Select(AnyEvents, ProgramWriter.Excel).Sample(AreRead, iter: 60);

    private static void AreRead(MeantEvent[] events, ProgramWriter writer)
    {
        using var box = new ImportSandbox();
        var summary = box.Import(box.Write(writer.File, writer.Write(events)));
        Assert.Equal(events.Select(e => e.Text).Order(StringComparer.Ordinal), box.Events.Order(StringComparer.Ordinal));
        Assert.Equal((events.Length, 0), (summary.Rows.Read, summary.Rows.Invalid));
        Assert.Empty(summary.Warnings);
    }

    /// <summary>Clean files are read by the engine, others by our own reader first: one quote decides, and must not decide more.</summary>
    [Fact]
    public void Clean_and_dirty_files_are_read_alike() => Gen.Select(
        AnyEvents, DialectWriter.OneOf(",", ";", "\t", "|"), DialectWriter.OneOf("\n", "\r\n")).Sample((events, delimiter, end) =>
    {
        var plain = events.Where(e => e.Item.AsSpan().IndexOfAny(",;|\"'") < 0).ToList();
        string[] lines =
            [.. plain.Select(e => string.Join(delimiter, e.User, e.Item, e.Rating.ToString(CultureInfo.InvariantCulture),
                e.Time.ToString("s", CultureInfo.InvariantCulture)))];
        string header = string.Join(delimiter, "user", "item", "rating", "time");
        string[] Read(string text)
        {
            using var box = new ImportSandbox();
            box.Import(box.Write("events.csv", text));
            return box.Events;
        }
        string[] clean = Read(header + end + string.Join(end, lines) + end);
        Assert.Equal(plain.Count, clean.Length);
        Assert.Equal(clean, Read(header + end + string.Join(end + end, lines)));
        Assert.Equal(clean, Read(header + end + string.Join(end, lines)
            + $"{end}\"{plain[0].User}\"{lines[0][plain[0].User.Length..]}{end}"));
    }, iter: 30);

    /// <summary>
    /// As DataFrame.to_parquet of pandas: the index as a column, times of any unit, categories, whole numbers as floats.
    /// </summary>
    [Fact]
    public void The_same_events_are_read_from_parquet_as_pandas_writes_it() => Gen.Select(
        AnyEvents, DialectWriter.OneOf("TIMESTAMP_NS", "TIMESTAMP", "TIMESTAMP_MS", "TIMESTAMPTZ", "VARCHAR"),
        DialectWriter.OneOf("BIGINT", "DOUBLE", "INTEGER", "VARCHAR"), DialectWriter.OneOf("FLOAT", "DOUBLE"), Gen.Bool, Gen.Bool)
        .Sample((events, time, user, rating, isIndexed, areCategories) =>
    {
        using var box = new ImportSandbox();
        string rows = string.Join(", ", events.Select((e, n) => string.Create(CultureInfo.InvariantCulture,
            $"({n}, {e.User}, {Sql.Literal(e.Item)}, {e.Rating}, TIMESTAMP '{e.Time:yyyy-MM-dd HH:mm:ss}')")));
        string items = string.Join(", ", events.Select(e => e.Item).Distinct().Select(Sql.Literal));
        string item = areCategories ? $"CAST(i AS ENUM({items}))" : "i";
        string query = $"""
            SELECT CAST(u AS {user}) AS user_id, {item} AS item_id, CAST(r AS {rating}) AS rating, CAST(t AS {time}) AS "timestamp"
                {(isIndexed ? ", n AS __index_level_0__" : "")}
            FROM (VALUES {rows}) v(n, u, i, r, t)
            """;
        var summary = box.Import(box.Copy("events.parquet", query, "FORMAT parquet, ROW_GROUP_SIZE 2048"));
        Assert.Equal(events.Select(e => e.Text).Order(StringComparer.Ordinal), box.Events.Order(StringComparer.Ordinal));
        Assert.Empty(summary.Warnings);
    }, iter: 40);

    /// <summary>As the engine itself writes CSV, JSON lines and Parquet.</summary>
    [Theory]
    [InlineData("csv", "FORMAT csv, HEADER")]
    [InlineData("csv", "FORMAT csv, HEADER, DELIMITER '|', FORCE_QUOTE *")]
    [InlineData("csv.gz", "FORMAT csv, HEADER, COMPRESSION gzip")]
    [InlineData("jsonl", "FORMAT json")]
    [InlineData("json", "FORMAT json, ARRAY true")]
    [InlineData("parquet", "FORMAT parquet")]
    public void The_same_events_are_read_from_what_duckdb_writes(string extension, string format) => AnyEvents.Sample(events =>
    {
        using var box = new ImportSandbox();
        string rows = string.Join(", ", events.Select(e =>
            string.Create(
                CultureInfo.InvariantCulture, $"({e.User}, {Sql.Literal(e.Item)}, {e.Rating}, TIMESTAMP '{e.Time:yyyy-MM-dd HH:mm:ss}')")));
        box.Import(box.Copy($"events.{extension}", $"SELECT * FROM (VALUES {rows}) t(user_id, item_id, rating, \"timestamp\")", format));
        Assert.Equal(events.Select(e => e.Text).Order(StringComparer.Ordinal), box.Events.Order(StringComparer.Ordinal));
    }, iter: 10);
}
