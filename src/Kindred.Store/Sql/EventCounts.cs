using System.Runtime.InteropServices;

namespace Kindred.Store.Sql;

/// <summary>How many events of a batch there are by type and day.</summary>
internal sealed class EventCounts
{
    private readonly Dictionary<(string Type, long Day), long> _counts = [];

    public void Add(StoredEvent e) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, (e.Type, EventDay.Number(e.Time)), out _)++;

    public async Task WriteAsync(SqlTransaction transaction)
    {
        await using var command = transaction.Connection.Command(
            """
            INSERT INTO event_count (type, day, events) VALUES (@type, @day, @events)
            ON CONFLICT (type, day) DO UPDATE SET events = event_count.events + excluded.events
            """, ("type", ""), ("day", 0L), ("events", 0L));
        foreach (var ((type, day), events) in _counts)
        {
            (command.Parameters[0].Value, command.Parameters[1].Value, command.Parameters[2].Value) = (type, day, events);
            await command.ExecuteNonQueryAsync(transaction.CancellationToken).ConfigureAwait(false);
        }
    }
}
