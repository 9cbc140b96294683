using Kindred.Data;
using Kindred.Models;
using Kindred.Store;

namespace Kindred.Server.Live;

/// <summary>
/// What is popular in each segment of users, such as a country, by what a snapshot has learned and what came after it. Counted as
/// <see cref="Popularity"/> counts: each user once for an item, with their last event. Immutable.
/// </summary>
internal sealed class SegmentLists
{
    private const int LongestList = 2_000;

    private readonly string _column;
    private readonly Dictionary<string, int[]> _lists; // by segment; items, best first

    private SegmentLists(string attribute, Dictionary<string, int[]> lists) => (_column, _lists) = (ColumnOf(attribute), lists);

    /// <summary>The name of an attribute of users in the context of a query.</summary>
    public static string ColumnOf(string attribute) => $"user.{attribute}";

    /// <param name="data">What the snapshot has learned.</param>
    /// <param name="items">Its items, and those that came later.</param>
    /// <param name="halfLifeDays">After so many days an event counts half; 0: all count the same.</param>
    /// <param name="segmentOf">Told an owner; null: none is known.</param>
    /// <param name="forgotten">Owners whom nobody knows any more.</param>
    /// <remarks>Cost: a pass over all events.</remarks>
    public static SegmentLists From(
        Interactions data, LiveItems items, Tail tail, EventSettings events, LiveSettings settings, double halfLifeDays,
        Func<string, string?> segmentOf, IReadOnlySet<string> forgotten)
    {
        var histories = data.Liked.Histories;
        double halfLife = histories.HasTimes ? halfLifeDays * 86_400 : 0; // s
        var (bySegment, eventsOf) = (new Dictionary<string, ItemCounts>(StringComparer.Ordinal), new Dictionary<string, int>());
        var lastOf = new Dictionary<int, long>(); // of one owner, by item

        void Count(string owner, ReadOnlySpan<int> had, ReadOnlySpan<long> times)
        {
            if (segmentOf(owner) is not { } segment || forgotten.Contains(owner)) return;
            lastOf.Clear();
            for (int n = 0; n < had.Length; n++) lastOf[had[n]] = times.IsEmpty ? 0 : times[n]; // oldest first
            int count = had.Length;
            if (tail.TryGet(owner, out var happened))
                foreach (var e in happened)
                {
                    if (events.WeightOf(e.Type, e.Time, e.Time) <= 0 || !items.Items.TryGetIndex(e.ItemId, out int item)) continue;
                    lastOf[item] = Math.Max(e.Time.ToUnixTimeSeconds(), lastOf.GetValueOrDefault(item, long.MinValue));
                    count++;
                }
            if (!bySegment.TryGetValue(segment, out var counts)) bySegment.Add(segment, counts = new());
            eventsOf[segment] = eventsOf.GetValueOrDefault(segment) + count;
            foreach (var (item, time) in lastOf)
                counts.Add(item, halfLife == 0 ? 1 : double.Exp2((time - histories.Newest) / halfLife));
        }

        for (int user = 0; user < data.Users.Count; user++)
        {
            string owner = data.Users.Id(user);
            bool isOutdated = tail.IsOutdated(owner); // some of what was learned is no more
            Count(owner, isOutdated ? [] : histories.ItemsOf(user).Span, isOutdated ? [] : histories.TimesOf(user).Span);
        }
        foreach (string owner in tail.All().Select(pair => pair.Owner).Distinct())
            if (!data.Users.TryGetIndex(owner, out _)) Count(owner, [], []);
        return new(settings.Segment!, bySegment.Where(pair => eventsOf[pair.Key] >= settings.SegmentFrom)
            .ToDictionary(pair => pair.Key, pair => pair.Value.Best(new HashSet<int>(), LongestList), StringComparer.Ordinal));
    }

    /// <returns>Whether the segment has enough events.</returns>
    public bool Has(string? segment) => segment is not null && _lists.ContainsKey(segment);

    /// <returns>Items, best first, of the segment that the query's context names; null: it has too few events, or is not known.</returns>
    public int[]? For(in Query query) =>
        query.Context?.Labels.TryGetValue(_column, out var segment) == true && segment is [var one, ..]
            ? _lists.GetValueOrDefault(one) : null;
}
