using System.Collections.Concurrent;
using Kindred.Store;

namespace Kindred.Server.Live;

/// <summary>
/// What users said that they do not want, also before the snapshot was made: it has not learned that. Kept in memory for the users who ask,
/// as long as its <see cref="Tail"/>, which has what they say later. Safe to use from any number of threads.
/// </summary>
internal sealed class NegativeEvents
{
    private const int MostUsers = 100_000;

    private readonly ConcurrentDictionary<string, IReadOnlyList<TailEvent>> _events = new(StringComparer.Ordinal);
    private EventSettings? _settings; // by which they are negative

    /// <summary>Those whose events are in memory.</summary>
    public IEnumerable<string> Owners => _events.Keys;

    /// <param name="most">The newest events of the owner that count.</param>
    /// <returns>The last event of each item, where that is negative; those of the tail may be missing.</returns>
    public async ValueTask<IReadOnlyList<TailEvent>> OfAsync(
        string owner, IEventStore store, EventSettings settings, int most, CancellationToken cancellationToken)
    {
        if (settings.Negative.Count == 0) return [];
        if (!ReferenceEquals(Interlocked.Exchange(ref _settings, settings), settings)) _events.Clear();
        if (_events.TryGetValue(owner, out var known)) return known;
        var events = await store.HistoryAsync(owner, most, 0, null, cancellationToken);
        TailEvent[] negative =
        [
            .. events.GroupBy(e => e.ItemId).Select(item => item.Last()).Where(e => settings.IsNegative(e.Type)).Select(TailEvent.From),
        ];
        if (_events.Count >= MostUsers) _events.Clear();
        return _events[owner] = negative;
    }

    public void Drop(string owner) => _events.TryRemove(owner, out _);
}
