using System.Text.Json;
using Kindred.Comparison;
using Kindred.Data;
using Kindred.Models;
using Kindred.Server.Live;
using Kindred.Store;

namespace Kindred.Server.Renewal;

/// <summary>What a store knows at a moment, as a trainer sees it.</summary>
/// <param name="Interactions">Owners of histories and the items they touched, in the order of their first event, with attributes.</param>
/// <param name="Sequence">Of the last event that is in it.</param>
/// <param name="Version">Of the last change besides events that is surely in it.</param>
/// <param name="LeftOut">Events whose type weighs nothing, or counts against an item.</param>
internal sealed record StoredData(Interactions Interactions, long Sequence, long Version, long LeftOut)
{
    private const int Page = 10_000;

    /// <summary>Reads all events up to a cut, page by page, and the catalogue as it is now.</summary>
    /// <param name="name">Of the data, for reports.</param>
    /// <param name="sequence">The cut; null: the last event there is.</param>
    /// <param name="progress">Told the events read.</param>
    /// <remarks>Memory: 24 bytes an event, the ids, and the attributes of those who have events. Events of one cut are the same
    /// bits.</remarks>
    public static async Task<StoredData> ReadAsync(
        IStore store, string name, long? sequence = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        var settings = await EventSettings.ReadAsync(store, cancellation);
        long version = await store.LastVersionAsync(cancellation); // first: what changes while events are read is told to servers again
        long cut = sequence ?? await store.Events.LastSequenceAsync(cancellation);
        var histories = new HistoryBuilder();
        long after = 0, leftOut = 0;
        while (after < cut && await store.Events.AfterAsync(after, Page, cancellation) is { Count: > 0 } page)
        {
            foreach (var e in page)
            {
                if (e.Sequence > cut) break;
                double weight = settings.WeightOf(e.Type, e.Time, e.Time); // ages count once the newest event is known
                if (weight > 0) histories.Add(e.Owner, e.ItemId, e.Time.ToUnixTimeMilliseconds(), (float)weight);
                else leftOut++;
            }
            after = page[^1].Sequence;
            progress?.Report(new((int)Math.Min(after, cut), (int)cut, "event"));
        }
        var interactions = histories.Build(settings.HalfLifeDays);
        interactions = interactions.With(
            await AttributesOf(store.Users, interactions.Users, cancellation),
            await AttributesOf(store.Items, interactions.Items, cancellation));
        var values = interactions.Histories.Weights.Span.ContainsAnyExcept(1) ? ValueKind.Weights : ValueKind.None;
        return new(interactions.WithOrigin(new(name, MemoryEvents.FingerprintOf(interactions), values)), cut, version, leftOut);
    }

    /// <summary>Writes them as a data folder, as an import of files does.</summary>
    /// <exception cref="InputException">Something else is in the way, or the place cannot be written to.</exception>
    public void WriteFolder(string path)
    {
        var data = Interactions;
        long kept = data.Histories.Count;
        DataFolder.Write(
            path,
            new(data.Origin.Name, [data.Origin.Name], new Dictionary<string, string>(), data.Origin.Values,
                new(kept + LeftOut, kept, 0, 0, LeftOut)),
            data, data.ItemAttributes, data.UserAttributes);
    }

    private static async Task<Catalog> AttributesOf(ICatalogStore store, Vocabulary ids, CancellationToken cancellation)
    {
        var known = new Dictionary<int, JsonElement>();
        string? after = null;
        while (await store.ListAsync(after, Page, cancellation) is { Count: > 0 } page)
        {
            foreach (var entry in page)
                if (ids.TryGetIndex(entry.Id, out int index)) known[index] = JsonElement.Parse(entry.Attributes);
            after = page[^1].Id;
        }
        return CatalogChanges.Apply(Catalog.Empty(ids.Count), ids.Count, known, await store.TypesAsync(cancellation));
    }
}
