using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval;

namespace Kindred.Server.Live;

/// <summary>
/// What answers before there is a model: pinned items, then what is popular by a short half-life, of the user's segment where that has
/// enough events, then the newest items.
/// </summary>
internal static class ColdStart
{
    /// <summary>What the answers call the snapshot that is not there.</summary>
    public const string Id = "none";

    public const string PinnedName = "pinned", NewestName = "newest";

    /// <summary>More events than that say nothing more about what is popular now.</summary>
    public const int MostEvents = 200_000;

    private const int LongestList = 2_000;

    /// <param name="events">With their owners.</param>
    /// <param name="segmentOf">Told an owner; null: none is known.</param>
    /// <returns>The pipeline, and why it answers.</returns>
    public static (Pipeline Pipeline, string Reason) From(
        LiveItems items, IEnumerable<(string Owner, TailEvent Event, double Weight)> events, DateTimeOffset now, LiveSettings settings,
        Func<string, string?> segmentOf)
    {
        var all = new ItemCounts();
        var bySegment = new Dictionary<string, ItemCounts>(StringComparer.Ordinal);
        foreach (var (owner, e, weight) in events)
        {
            if (weight <= 0 || !items.Items.TryGetIndex(e.ItemId, out int item)) continue;
            double count = weight * double.Exp2(-Math.Max(0, (now - e.Time).TotalDays) / settings.HalfLifeDays);
            all.Add(item, count);
            if (settings.Segment is null || segmentOf(owner) is not { } segment) continue;
            if (!bySegment.TryGetValue(segment, out var counts)) bySegment.Add(segment, counts = new());
            counts.Add(item, count);
        }
        int[] pinned = [.. settings.Pinned.Select(id => items.Items.TryGetIndex(id, out int item) ? item : -1).Where(item => item >= 0)
            .Distinct()];
        var isPinned = pinned.ToHashSet();
        bool isPopular = all.Events >= settings.PopularFrom;
        var popular = new PopularRetriever(
            isPopular ? all.Best(isPinned, LongestList) : [],
            bySegment.Where(pair => isPopular && pair.Value.Events >= settings.SegmentFrom)
                .ToDictionary(pair => pair.Key, pair => pair.Value.Best(isPinned, LongestList)),
            SegmentLists.ColumnOf(settings.Segment ?? ""));
        int[] newest = [.. NewItemPlaces.NewestFirst(items).Where(item => !isPinned.Contains(item) && !(isPopular && all.Of(item) > 0))];
        var pipeline = new Pipeline(
            [
                new(PinnedName, new ListRetriever(pinned), Count: 0),
                new(ModelExtensions.FallbackName, popular, Count: 0),
                new(NewestName, new ListRetriever(newest), Count: 0),
            ],
            new Stage[] { new("sources in order", new InOrderOfSources()), new(ModelExtensions.SeenStage, new ExcludeSeen()) });
        return (pipeline, isPopular ? "no model yet: popular of late"
            : $"no model yet: newest items until there are {settings.PopularFrom} events");
    }

    /// <summary>Proposes a list: that of the user's segment, where it has one.</summary>
    private sealed class PopularRetriever(int[] all, Dictionary<string, int[]> bySegment, string label) : IRetriever
    {
        public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
        {
            int[] list = query.Context?.Labels.TryGetValue(label, out var segment) == true && segment is [var one, ..]
                && bySegment.TryGetValue(one, out int[]? own) ? own : all;
            return new ListRetriever(list).Retrieve(query, items, scores, cancellationToken);
        }
    }

    /// <summary>What an earlier source proposed stands before what a later one did; scores say so too.</summary>
    private sealed class InOrderOfSources : IStage
    {
        public void Apply(in Query query, Candidates candidates)
        {
            int sources = candidates.Sources.Count;
            for (int place = 0; place < candidates.Count; place++)
            {
                int source = 0;
                while (candidates.RankIn(place, source) == 0) source++;
                candidates.Scores[place] = sources - source - 1 + (1f / candidates.RankIn(place, source));
            }
            candidates.Sort();
        }
    }
}

/// <summary>Proposes the items of a list, the same for all.</summary>
/// <param name="list">Best first, without repeats.</param>
internal sealed class ListRetriever(IReadOnlyList<int> list) : IRetriever
{
    public int ItemCount => list.Count;

    public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
    {
        int count = 0;
        for (int n = 0; n < list.Count && count < items.Length; n++)
        {
            if (query.Allowed?.Contains(list[n]) == false) continue;
            (items[count], scores[count]) = (list[n], 1f / (1 + n));
            count++;
        }
        return count;
    }
}
