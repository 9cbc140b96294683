using System.Globalization;
using System.IO.Pipelines;
using Kindred.Cli.Options;
using Kindred.Import.Writing;
using Kindred.Server;
using Kindred.Server.Ingestion;
using Kindred.Store;

namespace Kindred.Cli.Commands;

/// <summary>`kindred export --data`: what a living folder keeps, in a file; as JSON lines in full, so that it can be imported
/// again.</summary>
internal static class LivingExport
{
    private const int Page = 10_000, EntryPage = 1_000;

    private static readonly RowColumn[] EventColumns =
    [
        new("sequence", CellKind.Whole), new("id", CellKind.Text), new("type", CellKind.Text), new("user", CellKind.Text),
        new("session", CellKind.Text), new("item", CellKind.Text), new("value", CellKind.Double), new("time", CellKind.Text),
        new("received", CellKind.Text), new("request", CellKind.Text), new("position", CellKind.Whole), new("attributes", CellKind.Text),
    ];

    /// <param name="what">events, users or items.</param>
    /// <returns>Rows written.</returns>
    public static async Task<long> WriteAsync(string what, string data, string file, CommandContext session)
    {
        await using var store = await LivingFolder.Open(data).OpenStoreAsync(session.Cancellation);
        var entries = what switch { "users" => store.Users, "items" => store.Items, _ => null };
        RowColumn[] columns = entries is null ? EventColumns
            : [
                new(what[..^1], CellKind.Text), new("hidden", CellKind.Text), new("created", CellKind.Text),
                new("attributes", CellKind.Text),
            ];
        using var rows = RowFile.Create(file, columns, session.Cancellation);
        long count = IsJsonLines(file) ? await rows.WriteAsync(stream => WriteLinesAsync(store, entries, stream, session.Cancellation))
            : entries is null ? await WriteEventsAsync(store, rows, session.Cancellation)
            : await WriteEntriesAsync(entries, rows, session.Cancellation);
        rows.Complete();
        return count;
    }

    private static bool IsJsonLines(string file)
    {
        string name = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? file[..^3] : file;
        return Path.GetExtension(name).ToLowerInvariant() is ".jsonl" or ".ndjson";
    }

    private static async Task<long> WriteLinesAsync(
        IStore store, ICatalogStore? entries, Stream stream, CancellationToken cancellation)
    {
        var writer = PipeWriter.Create(stream, new(leaveOpen: true));
        long count = entries is null ? await RecordLines.WriteEventsAsync(store, 0, writer, cancellation)
            : await RecordLines.WriteEntriesAsync(entries, writer, cancellation);
        await writer.CompleteAsync();
        return count;
    }

    private static async Task<long> WriteEventsAsync(IStore store, RowFile file, CancellationToken cancellation)
    {
        var (rows, count, after) = (file.NewWriter(), 0L, 0L);
        while (await store.Events.AfterAsync(after, Page, cancellation) is { Count: > 0 } events)
        {
            foreach (var e in events)
            {
                rows.Whole(e.Sequence);
                rows.Text(e.Id);
                rows.Text(e.Type);
                Text(rows, e.UserId);
                Text(rows, e.SessionId);
                rows.Text(e.ItemId);
                if (e.Value is { } value) rows.Number(value);
                else rows.Missing();
                rows.Text(TimeOf(e.Time));
                rows.Text(TimeOf(e.ReceivedAt));
                Text(rows, e.RequestId);
                if (e.Position is { } position) rows.Whole(position);
                else rows.Missing();
                Text(rows, e.Attributes);
                rows.EndRow();
            }
            file.Append(rows);
            (after, count) = (events[^1].Sequence, count + events.Count);
        }
        return count;
    }

    private static async Task<long> WriteEntriesAsync(ICatalogStore entries, RowFile file, CancellationToken cancellation)
    {
        var (rows, count) = (file.NewWriter(), 0L);
        string? after = null;
        while (await entries.ListAsync(after, EntryPage, cancellation) is { Count: > 0 } page)
        {
            foreach (var entry in page)
            {
                rows.Text(entry.Id);
                rows.Text(entry.Hidden ? "true" : "false");
                rows.Text(TimeOf(entry.CreatedAt));
                rows.Text(entry.Attributes);
                rows.EndRow();
            }
            file.Append(rows);
            (after, count) = (page[^1].Id, count + page.Count);
        }
        return count;
    }

    private static string TimeOf(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static void Text(RowWriter rows, string? text)
    {
        if (text is null) rows.Missing();
        else rows.Text(text);
    }
}
