using Kindred.Data;
using Kindred.Storage;

namespace Kindred.Import;

/// <summary>
/// The valid rows of an import as they were before they were merged, left out or weighed by age: what a later import needs where the data
/// alone do not tell it. 20 bytes a row, and the ids.
/// </summary>
internal static class StoredRows
{
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

    /// <summary>Adds the rows of a data folder.</summary>
    public static void AddTo(StagedRows rows, DataFolder data)
    {
        if (data.Rows is { } file) AddFile(rows, file);
        else AddHistories(rows, data);
    }

    private static void AddHistories(StagedRows rows, DataFolder data)
    {
        var all = data.Interactions;
        ReadOnlySpan<int> starts = all.Histories.Starts.Span, items = all.Histories.Items.Span;
        var times = all.Histories.Times.Span;
        var values = (data.Values.IsEmpty ? all.Histories.Weights : data.Values).Span;
        for (int user = 0; user < all.Users.Count; user++)
            for (int n = starts[user]; n < starts[user + 1]; n++)
                rows.Add(all.Users.Utf8(user), all.Items.Utf8(items[n]), values[n], times.IsEmpty ? 0 : 1000 * times[n], default);
    }

    private static void AddFile(StagedRows rows, TensorFile file)
    {
        StringTable users = StringTable.Load(file, "users"), items = StringTable.Load(file, "items"),
            events = StringTable.Load(file, "events");
        ReadOnlySpan<int> user = file.Array<int>("user").Span, item = file.Array<int>("item").Span, types = file.Array<int>("types").Span;
        var times = file.Array<long>("times").Span;
        var values = file.Array<float>("values").Span;
        for (int row = 0; row < user.Length; row++)
            rows.Add(users.Utf8(user[row]), items.Utf8(item[row]), values.IsEmpty ? 0 : values[row], times.IsEmpty ? 0 : times[row],
                types.IsEmpty ? default : events.Utf8(types[row]));
    }

    private static T[] Pick<T>(T[] values, int[] rows) => values.Length == 0 ? [] : [.. rows.Select(row => values[row])];
}
