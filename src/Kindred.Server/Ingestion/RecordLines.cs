using System.Buffers;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kindred.Store;

namespace Kindred.Server.Ingestion;

/// <summary>Events, users and items as JSON lines, as <see cref="EventReader"/> and <see cref="EntryReader"/> read them.</summary>
internal static class RecordLines
{
    private const int Page = 10_000, EntryPage = 1_000;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <returns>How many were written.</returns>
    public static async Task<long> WriteEventsAsync(IStore store, long after, PipeWriter output, CancellationToken cancellation)
    {
        await using var json = new Utf8JsonWriter(output, Options);
        long count = 0;
        while (await store.Events.AfterAsync(after, Page, cancellation) is { Count: > 0 } events)
        {
            foreach (var e in events) Write(json, output, e);
            (after, count) = (events[^1].Sequence, count + events.Count);
            await output.FlushAsync(cancellation);
        }
        return count;
    }

    /// <inheritdoc cref="WriteEventsAsync"/>
    public static async Task<long> WriteEntriesAsync(ICatalogStore entries, PipeWriter output, CancellationToken cancellation)
    {
        await using var json = new Utf8JsonWriter(output, Options);
        string? after = null;
        long count = 0;
        while (await entries.ListAsync(after, EntryPage, cancellation) is { Count: > 0 } page)
        {
            foreach (var entry in page) Write(json, output, entry);
            (after, count) = (page[^1].Id, count + page.Count);
            await output.FlushAsync(cancellation);
        }
        return count;
    }

    private static void Write(Utf8JsonWriter json, PipeWriter output, StoredEvent e)
    {
        json.WriteStartObject();
        json.WriteNumber("sequence", e.Sequence);
        json.WriteString("id", e.Id);
        json.WriteString("type", e.Type);
        if (e.UserId is not null) json.WriteString("userId", e.UserId);
        if (e.SessionId is not null) json.WriteString("sessionId", e.SessionId);
        json.WriteString("itemId", e.ItemId);
        if (e.Value is { } value) json.WriteNumber("value", value);
        json.WriteString("time", e.Time.UtcDateTime);
        json.WriteString("receivedAt", e.ReceivedAt.UtcDateTime);
        if (e.RequestId is not null) json.WriteString("requestId", e.RequestId);
        if (e.Position is { } position) json.WriteNumber("position", position);
        if (e.Attributes is not null) WriteRaw(json, "attributes", e.Attributes);
        End(json, output);
    }

    private static void Write(Utf8JsonWriter json, PipeWriter output, CatalogEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("id", entry.Id);
        WriteRaw(json, "attributes", entry.Attributes);
        json.WriteBoolean("hidden", entry.Hidden);
        json.WriteString("createdAt", entry.CreatedAt.UtcDateTime);
        json.WriteString("updatedAt", entry.UpdatedAt.UtcDateTime);
        End(json, output);
    }

    private static void WriteRaw(Utf8JsonWriter json, string name, string value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value, skipInputValidation: true);
    }

    private static void End(Utf8JsonWriter json, PipeWriter output)
    {
        json.WriteEndObject();
        json.Flush();
        json.Reset();
        output.Write("\n"u8);
    }
}
