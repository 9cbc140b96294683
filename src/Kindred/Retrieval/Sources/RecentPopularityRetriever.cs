using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Retrieval.Sources;

/// <summary>
/// Proposes what many had lately: of the whole catalogue, or of the label that the user had most (their genre), or among users who share a
/// label with them (their country). The lists are made once; an answer is a slice.
/// </summary>
/// <remarks>An item counts Σ 2^(−age / half-life) over its events, the age counted to the newest event of the data.</remarks>
internal sealed class RecentPopularityRetriever : IRetriever
{
    private const int LongestList = 2_000;

    private readonly (int[] Items, float[] Scores) _ofAllUsers;
    private readonly Dictionary<int, (int[] Items, float[] Scores)> _ofLabel = [];
    private readonly Func<Query, int> _labelOf;

    private RecentPopularityRetriever(float[] counts, Func<Query, int> labelOf) : this(Best(counts), labelOf) { }

    private RecentPopularityRetriever((int[] Items, float[] Scores) ofAllUsers, Func<Query, int> labelOf) =>
        (_ofAllUsers, _labelOf) = (ofAllUsers, labelOf);

    /// <summary>The same for all users.</summary>
    /// <param name="halfLife">Null: all events count alike, as they do in data without times.</param>
    public static RecentPopularityRetriever Of(Interactions interactions, TimeSpan? halfLife) =>
        new(Count(interactions, halfLife, _ => true), _ => -1);

    /// <summary>The best of the label that most of the user's history has; of several the first one of the column.</summary>
    /// <param name="labels">[items]</param>
    public static RecentPopularityRetriever OfItemLabels(Interactions interactions, TimeSpan? halfLife, LabelColumn labels)
    {
        float[] counts = Count(interactions, halfLife, _ => true);
        var lists = new RecentPopularityRetriever(counts, query => MostFrequent(query.History.Span, labels));
        for (int label = 0; label < labels.Labels.Count; label++)
        {
            float[] own = [.. counts.Select((count, item) => labels[item].Contains(label) ? count : float.NaN)];
            lists._ofLabel[label] = Best(own);
        }
        return lists;
    }

    /// <summary>The best among the users who have the user's first label; an unknown user gets that of all users.</summary>
    /// <param name="labels">[users]</param>
    public static RecentPopularityRetriever OfUserLabels(Interactions interactions, TimeSpan? halfLife, LabelColumn labels)
    {
        int FirstOf(int user) => user >= 0 && labels[user] is [var first, ..] ? first : -1;
        var lists = new RecentPopularityRetriever(Count(interactions, halfLife, _ => true), query => FirstOf(query.User));
        for (int label = 0; label < labels.Labels.Count; label++)
            lists._ofLabel[label] = Best(Count(interactions, halfLife, user => FirstOf(user) == label));
        return lists;
    }

    /// <summary>The same with items that came later. Cost: a look at each item of the lists.</summary>
    /// <param name="later">Each with its count of each label, and of all users under −1.</param>
    /// <param name="labels">[items] Of the later ones too, where the lists are of the items' labels; null: they are not.</param>
    public RecentPopularityRetriever With(
        IReadOnlyList<(int Item, IReadOnlyDictionary<int, float> CountOf)> later, LabelColumn? labels)
    {
        (int[], float[]) Merged((int[] Items, float[] Scores) list, int label)
        {
            var best = new TopK(new int[LongestList], new float[LongestList]);
            for (int n = 0; n < list.Items.Length; n++) best.Offer(list.Items[n], list.Scores[n]);
            foreach (var (item, countOf) in later) if (countOf.TryGetValue(label, out float count)) best.Offer(item, count);
            best.Sort();
            var (items, scores) = (new int[best.Count], new float[best.Count]);
            best.CopyTo(items, scores);
            return (items, scores);
        }
        var merged = new RecentPopularityRetriever(
            Merged(_ofAllUsers, -1), labels is null ? _labelOf : query => MostFrequent(query.History.Span, labels));
        foreach (int label in _ofLabel.Keys.Concat(later.SelectMany(item => item.CountOf.Keys)).Where(label => label >= 0).Distinct())
            merged._ofLabel[label] = Merged(_ofLabel.GetValueOrDefault(label, ([], [])), label);
        return merged;
    }

    public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
    {
        var (from, own) = _ofLabel.TryGetValue(_labelOf(query), out var list) ? list : _ofAllUsers;
        int count = 0;
        for (int n = 0; n < from.Length && count < items.Length; n++)
        {
            if (query.Allowed is { } allowed && !allowed.Contains(from[n])) continue;
            (items[count], scores[count]) = (from[n], own[n]);
            count++;
        }
        return count;
    }

    // [items]; NaN where there is nothing to count
    private static float[] Count(Interactions interactions, TimeSpan? halfLife, Func<int, bool> counts)
    {
        var histories = interactions.Histories;
        var sums = new double[interactions.Items.Count];
        long newest = histories.Newest;
        for (int user = 0; user < histories.Users; user++)
        {
            if (!counts(user)) continue;
            var items = histories.ItemsOf(user).Span;
            var times = histories.TimesOf(user).Span;
            for (int n = 0; n < items.Length; n++)
                sums[items[n]] += halfLife is { } life && n < times.Length ? Math.Pow(2, (times[n] - newest) / life.TotalSeconds) : 1;
        }
        return Array.ConvertAll(sums, sum => sum > 0 ? (float)sum : float.NaN);
    }

    private static int MostFrequent(ReadOnlySpan<int> history, LabelColumn labels)
    {
        var counts = new Dictionary<int, int>();
        foreach (int item in history) foreach (int label in labels[item]) counts[label] = counts.GetValueOrDefault(label) + 1;
        int best = -1;
        foreach (var (label, count) in counts)
            if (best < 0 || count > counts[best] || (count == counts[best] && label < best)) best = label;
        return best;
    }

    private static (int[] Items, float[] Scores) Best(float[] counts)
    {
        var (items, scores) = (new int[LongestList], new float[LongestList]);
        var best = new TopK(items, scores);
        best.OfferAll(counts);
        best.Sort();
        return (items[..best.Count], scores[..best.Count]);
    }
}
