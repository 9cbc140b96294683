using Kindred.Data;
using Kindred.Ranking;
using Kindred.Storage;

namespace Kindred.Import;

/// <summary>Lists that were shown, as a server logs them.</summary>
/// <param name="Impressions">By time, then by user; a list of one user at one moment each.</param>
/// <param name="Rows">Read.</param>
/// <param name="UnknownItems">Rows of items that the data do not know; left out.</param>
/// <param name="Repeats">Rows of an item that is in its list already; one of them is kept, as taken if any was.</param>
internal sealed record ImpressionLog(IReadOnlyList<Impression> Impressions, long Rows, long UnknownItems, long Repeats)
{
    /// <summary>The event types of the rows.</summary>
    public const string Shown = "shown", Taken = "taken";

    private const float TakenWeight = 2; // shown is 1

    /// <summary>
    /// Reads a table with a row for each item shown: user, item, time and an event type, <c>shown</c> or <c>taken</c>, which says that the
    /// item was shown and taken. Rows of one user and time are one list. Columns are found as those of events are.
    /// </summary>
    /// <param name="data">Whose users and items are meant; a user it does not know is nobody in particular.</param>
    /// <exception cref="InputException">The file cannot be used.</exception>
    public static ImpressionLog Read(string path, Interactions data, CancellationToken cancellation)
    {
        var options = new ImportOptions
        {
            Sources = [path],
            Value = "none",
            Weights = new Dictionary<string, float> { [Shown] = 1, [Taken] = TakenWeight },
        };
        return Importer.Guarded(() => Read(path, options, data, cancellation));
    }

    private static ImpressionLog Read(string path, ImportOptions options, Interactions data, CancellationToken cancellation)
    {
        using var engine = new DuckDbSession(DraftFolder.Temporary(), cancellation);
        var tables = EventSources.Look(engine, [path], options, cancellation);
        var sources = EventSources.Of(engine, tables, options, cancellation);
        var roles = sources.Roles[0];
        if (roles.Time is null)
            throw new InputException($"{path} has no column of times, so that nobody knows which rows were shown together.");
        var staging = new Staging(engine, sources, cancellation);
        staging.Load(0);
        Importer.CheckRows(staging, options.OnError);
        return Grouped(EncodedRows.Of(engine, sources, staging.Rows), data);
    }

    private static ImpressionLog Grouped(EncodedRows rows, Interactions data)
    {
        int[] users = IndexOf(rows.Users, data.Users), items = IndexOf(rows.Items, data.Items);
        var lists = new Dictionary<(long Time, int User), Dictionary<int, bool>>(); // by code, as unknown users are different ones
        long unknown = 0, repeats = 0;
        for (int row = 0; row < rows.User.Length; row++)
        {
            if (rows.User[row] < 0) continue;
            int item = items[rows.Item[row]];
            if (item < 0)
            {
                unknown++;
                continue;
            }
            var key = (rows.Times[row] / 1000, rows.User[row]);
            if (!lists.TryGetValue(key, out var list)) lists.Add(key, list = []);
            bool isTaken = rows.Values[row] == TakenWeight;
            if (!list.TryAdd(item, isTaken))
            {
                list[item] |= isTaken;
                repeats++;
            }
        }
        Impression[] impressions =
        [
            .. lists.OrderBy(list => list.Key).Select(list => new Impression(
                users[list.Key.User], list.Key.Time, [.. list.Value.Keys],
                [.. list.Value.Where(item => item.Value).Select(item => item.Key)])),
        ];
        return new(impressions, rows.User.Length, unknown, repeats);
    }

    private static int[] IndexOf(StringTable ids, Vocabulary vocabulary) =>
        [.. Enumerable.Range(0, ids.Count).Select(n => vocabulary.TryGetIndex(ids[n], out int index) ? index : -1)];
}
