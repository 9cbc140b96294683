using System.Collections.Concurrent;
using Kindred.Store;

namespace Kindred.Server.Live;

/// <summary>
/// What users said that they do not want, also before the snapshot was made: it has not learned that. Kept in memory for the users who ask.
/// </summary>
internal sealed class NegativeEvents(LiveState state)
{
    private const int MostUsers = 100_000;

    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> _items = new(StringComparer.Ordinal);
    private EventSettings? _settings; // by which they are negative

    /// <returns>Ids of items; those of later events may be missing.</returns>
    public async ValueTask<IReadOnlyList<string>> OfAsync(string owner, CancellationToken cancellationToken)
    {
        var settings = state.Events;
        if (settings.Negative.Count == 0) return [];
        if (!ReferenceEquals(Interlocked.Exchange(ref _settings, settings), settings)) _items.Clear();
        if (_items.TryGetValue(owner, out var known)) return known;
        var events = await state.Store.Events.HistoryAsync(owner, state.Settings.HistoryEvents, 0, null, cancellationToken);
        string[] items = [.. events.GroupBy(e => e.ItemId).Where(item => settings.IsNegative(item.Last().Type)).Select(item => item.Key)];
        if (_items.Count >= MostUsers) _items.Clear();
        return _items[owner] = items;
    }
}
