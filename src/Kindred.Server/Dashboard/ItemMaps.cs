using Kindred.Models;
using Kindred.Reports.Maps;
using Kindred.Server.Live;
using Kindred.Snapshots;

namespace Kindred.Server.Dashboard;

/// <summary>Maps of the items of the model that answers: each made once for a snapshot, when first asked for.</summary>
internal sealed class ItemMaps(LiveSnapshot snapshots, LiveState live) : IDisposable
{
    /// <summary>Items on a map; of a map by neighbours fewer, for someone waits for it.</summary>
    public const int MostItems = 50_000, MostWithNeighbours = 3_000;

    private const int Steps = 8; // of a user's way

    private readonly SemaphoreSlim _work = new(1);
    private readonly Dictionary<MapLayout, ItemMap> _maps = [];
    private string? _of; // the snapshot whose maps these are

    public void Dispose() => _work.Dispose();

    /// <summary>What the present snapshot's map is, with a user's way on it.</summary>
    /// <param name="most">The most popular items alone.</param>
    /// <param name="by">What to color by; null: as it suits.</param>
    /// <param name="user">Null: nobody is shown.</param>
    /// <exception cref="InputException">There is no map of this model, or no such attribute.</exception>
    public async Task<(MapDrawing Drawing, string Snapshot, IReadOnlyList<string> Choices, Func<int, string> IdOf)> DrawAsync(
        MapLayout layout, int most, string? by, string? user, CancellationToken cancellation)
    {
        using var lease = snapshots.TryAcquire();
        if (lease?.Snapshot is not { } snapshot) throw new InputException("No model is trained yet, so there is no map.");
        if (snapshot.Model is not IEmbeddingModel model)
            throw new InputException($"A model of the kind {snapshot.Manifest.Model.Trainer} has no embeddings, so there is no map of it.");
        var map = await MapOf(snapshot, model, layout, cancellation);
        map = map.Top(most);
        var path = string.IsNullOrEmpty(user) ? [] : await PathOf(snapshot, model, map, user, cancellation);
        var drawing = MapDrawing.Of(map, snapshot.Items, snapshot.ItemCatalog, by, path);
        var items = snapshot.Items;
        return (drawing, snapshot.Manifest.Id, MapColors.Choices(map, snapshot.ItemCatalog), at => items.Id(map.Items[at]));
    }

    private async Task<ItemMap> MapOf(Snapshot snapshot, IEmbeddingModel model, MapLayout layout, CancellationToken cancellation)
    {
        await _work.WaitAsync(cancellation);
        try
        {
            if (_of != snapshot.Manifest.Id) _maps.Clear();
            _of = snapshot.Manifest.Id;
            if (!_maps.TryGetValue(layout, out var map))
                _maps[layout] = map = await Task.Run(() => ItemMap.Of(
                    model, snapshot.Interactions, layout, layout == MapLayout.Components ? MostItems : MostWithNeighbours,
                    cancellation: cancellation), cancellation);
            return map;
        }
        finally
        {
            _work.Release();
        }
    }

    /// <returns>Where the user stood after each of their last events.</returns>
    private async Task<IReadOnlyList<(double, double)>> PathOf(
        Snapshot snapshot, IEmbeddingModel model, ItemMap map, string user, CancellationToken cancellation)
    {
        var events = await live.Store.Events.HistoryAsync(user, live.Settings.HistoryEvents, cancellationToken: cancellation);
        int[] history = [.. events.Where(e => !live.Events.IsNegative(e.Type))
            .Select(e => snapshot.Items.TryGetIndex(e.ItemId, out int item) ? item : -1).Where(item => item >= 0)];
        return [.. Enumerable.Range(Math.Max(1, history.Length - Steps + 1), Math.Min(Steps, history.Length))
            .Select(count => map.PlaceOf(model, new(-1, history.AsMemory(0, count)))).OfType<(double, double)>()];
    }
}
