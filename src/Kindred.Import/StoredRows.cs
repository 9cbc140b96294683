using Kindred.Data;
using Kindred.Import.Writing;
using Kindred.Storage;

namespace Kindred.Import;

/// <summary>
/// The valid rows of an import as they were before they were merged, left out or weighed by age: what a later import needs where the data
/// alone do not tell it. 20 bytes a row, and the ids.
/// </summary>
internal static class StoredRows
{
    private static readonly RowColumn[] Columns =
    [
        new("user", CellKind.Text), new("item", CellKind.Text), new("value", CellKind.Number), new("time", CellKind.Whole),
        new("event", CellKind.Text),
    ];

    /// <returns>
    /// Whether the data do not say all that later rows may ask for: what filters left out may come back, weights change with the newest
    /// event, and rows of one second are in the order of their milliseconds and merged by their types.
    /// </returns>
    public static bool AreNeeded(ImportOptions options, EncodedRows rows) =>
        options.MinValue is not null || options.MinUser > 1 || options.MinItem > 1 || options.HalfLife is not null
        || rows.Events.Length > 0 || Array.Exists(rows.Times, time => time % 1000 != 0);

    public static TensorWriter Write(EncodedRows rows)
    {
        int[] kept = [.. Enumerable.Range(0, rows.User.Length).Where(row => rows.User[row] >= 0)];
        var writer = new TensorWriter();
        rows.Users.Save(writer, "users");
        rows.Items.Save(writer, "items");
        rows.EventTypes.Save(writer, "events");
        writer.Add<int>("user", Pick(rows.User, kept));
        writer.Add<int>("item", Pick(rows.Item, kept));
        writer.Add<long>("times", Pick(rows.Times, kept));
        writer.Add<float>("values", Pick(rows.Values, kept));
        writer.Add<int>("types", Pick(rows.Events, kept));
        return writer;
    }

    /// <summary>Writes the rows of a data folder as CSV without a header: user, item, value, time in milliseconds, event type.</summary>
    /// <returns>How many.</returns>
    public static long CopyTo(string path, DataFolder data)
    {
        using var stream = System.IO.File.Create(path);
        var rows = new CsvRows();
        long count = data.Rows is { } file ? FromFile(file, rows, stream) : FromHistories(data, rows, stream);
        stream.Write(rows.Written);
        return count;
    }

    /// <summary>Reads such a copy into the table <c>rows</c>.</summary>
    public static void Stage(DuckDbSession engine, string path) => engine.Execute($$"""
        INSERT INTO rows SELECT "user", item, value, "time", event, 0
        FROM read_csv({{Sql.FileLiteral(path)}}, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"',
            allow_quoted_nulls = false, columns = { {{Sql.List(Columns.Select(column => $"'{column.Name}': '{TypeOf(column)}'"))}} })
        """);

    private static string TypeOf(RowColumn column) =>
        column.Kind switch { CellKind.Whole => "BIGINT", CellKind.Number => "FLOAT", _ => "VARCHAR" };

    private static long FromHistories(DataFolder data, CsvRows rows, Stream stream)
    {
        var (all, hasValues) = (data.Interactions, data.Manifest.Values != ValueKind.None);
        for (int user = 0; user < all.Users.Count; user++)
        {
            var items = all.Histories.ItemsOf(user).Span;
            var values = (data.Values.IsEmpty ? all.Histories.Weights : data.Values)
                .Span[all.Histories.Starts.Span[user]..all.Histories.Starts.Span[user + 1]];
            var times = all.Histories.TimesOf(user).Span;
            for (int n = 0; n < items.Length; n++)
                Append(rows, all.Users.Utf8(user), all.Items.Utf8(items[n]), hasValues ? values[n] : null,
                    times.IsEmpty ? null : 1000 * times[n], false, default, stream);
        }
        return all.Histories.Count;
    }

    private static long FromFile(TensorFile file, CsvRows rows, Stream stream)
    {
        StringTable users = StringTable.Load(file, "users"), items = StringTable.Load(file, "items"),
            events = StringTable.Load(file, "events");
        var (user, item) = (file.Array<int>("user"), file.Array<int>("item"));
        var (times, values, types) = (file.Array<long>("times"), file.Array<float>("values"), file.Array<int>("types"));
        for (int row = 0; row < user.Length; row++)
            Append(rows, users.Utf8(user.Span[row]), items.Utf8(item.Span[row]), values.IsEmpty ? null : values.Span[row],
                times.IsEmpty ? null : times.Span[row], !types.IsEmpty, types.IsEmpty ? default : events.Utf8(types.Span[row]), stream);
        return user.Length;
    }

    private static void Append(
        CsvRows rows, ReadOnlySpan<byte> user, ReadOnlySpan<byte> item, float? value, long? time, bool hasType, ReadOnlySpan<byte> type,
        Stream stream)
    {
        const int Enough = 1 << 16;
        rows.Text(user);
        rows.Text(item);
        if (value is { } number) rows.Number(number);
        else rows.Missing();
        if (time is { } milliseconds) rows.Whole(milliseconds);
        else rows.Missing();
        if (hasType) rows.Text(type);
        else rows.Missing();
        rows.EndRow();
        if (rows.Written.Length < Enough) return;
        stream.Write(rows.Written);
        rows.Clear();
    }

    private static T[] Pick<T>(T[] values, int[] rows) => values.Length == 0 ? [] : [.. rows.Select(row => values[row])];
}
