using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Server.Live;

/// <summary>
/// Finds where items that came after a snapshot stand by its models: folded in from the users who touched them, where the model can do
/// that; then by their attributes, where the model learned from those of others; otherwise in the place of the items that those users had
/// besides, weighted by count / √popularity; before anyone touched them, in the place of items that share rare labels with them.
/// </summary>
/// <remarks>
/// Known item j stands in for new item i by Σ over users u of both: 1 / √(1 + n_j), n_j being the events of j. That is the cosine of the
/// two columns of users, |u_i ∩ u_j| / √(n_i n_j), without n_i, which is the same for all j, and with one event more, so that rare
/// items do not win by chance: B. Sarwar, G. Karypis, J. Konstan, J. Riedl, "Item-based collaborative filtering recommendation
/// algorithms", WWW 2001; M. Deshpande, G. Karypis, "Item-based top-N recommendation algorithms", TOIS 2004. A label that df of N items
/// have counts ln(1 + N / df): inverse document frequency, K. Spärck Jones, "A statistical interpretation of term specificity and its
/// application in retrieval", Journal of Documentation 1972, smoothed so that a label of all items counts a little. That the best 20
/// stand-ins share the place in proportion to their weights is our own choice.
/// </remarks>
/// <param name="data">Of the snapshot.</param>
/// <param name="popularity">By the models that count users.</param>
internal sealed class NewItemPlaces(Interactions data, IReadOnlyDictionary<IModel, LivePopularity> popularity)
{
    private const int MostStandIns = 20, ItemsOfLabel = 100;

    /// <summary>Popularity of what nobody touched: below any count, the newest first.</summary>
    private const float Untouched = 1e-30f;

    private const double Day = 86_400; // s

    private readonly Lazy<int[]> _events = new(() => CountEvents(data)); // [items]
    private readonly Dictionary<(string Column, string Label), int[]> _itemsOfLabel = [];

    /// <summary>[items] Events of each item until the last update, new ones behind the others.</summary>
    public int[] EventsOf(LiveItems items) =>
        [.. _events.Value, .. Enumerable.Range(0, items.Items.Count - items.Known).Select(n => items.Events[n].Count)];

    /// <returns>Popularity until now; null: the model does not count users.</returns>
    public IModel? PopularityBy(IModel model, LiveItems items)
    {
        if (!popularity.TryGetValue(model, out var counts)) return null;
        var untouched = new float[items.Items.Count - items.Known];
        int place = 0;
        foreach (int item in NewestFirst(items)) untouched[item - items.Known] = Untouched / (1 + place++);
        return new LivePopularityModel(items.Items, counts, untouched);
    }

    /// <summary>Counts of new items, as a source of recent popularity has them of the others.</summary>
    /// <param name="labels">Those of the items, or of the users; null: neither.</param>
    /// <param name="isOfItems">Which.</param>
    public IReadOnlyList<(int Item, IReadOnlyDictionary<int, float> CountOf)> CountsBy(
        double? halfLifeDays, LabelColumn? labels, bool isOfItems, LiveItems items)
    {
        var later = new List<(int, IReadOnlyDictionary<int, float>)>();
        for (int n = 0; n < items.Items.Count - items.Known; n++)
        {
            var countOf = new Dictionary<int, float>();
            foreach (var (owner, time) in items.Events[n])
            {
                float weight = halfLifeDays is { } days && data.Histories.HasTimes
                    ? (float)double.Exp2(Math.Min(100, (time - data.Histories.Newest) / (days * Day))) : 1;
                countOf[-1] = countOf.GetValueOrDefault(-1) + weight;
                if (labels is null) continue;
                if (isOfItems)
                    foreach (int label in labels[items.Known + n]) countOf[label] = countOf.GetValueOrDefault(label) + weight;
                else if (data.Users.TryGetIndex(owner, out int user) && labels[user] is [var first, ..])
                    countOf[first] = countOf.GetValueOrDefault(first) + weight;
            }
            later.Add((items.Known + n, countOf));
        }
        return later;
    }

    /// <param name="itemsOf">What an owner touched, by index; items that the snapshot does not know may be among them.</param>
    public NewItems Place(IModel model, LiveItems items, Func<string, IReadOnlyList<int>> itemsOf)
    {
        int count = items.Items.Count - items.Known;
        var standIns = new IReadOnlyList<StandIn>[count];
        for (int n = 0; n < count; n++) standIns[n] = StandInsFor(n, items, itemsOf);
        return new(model, items.Items, model is IEmbeddingModel embedding ? VectorsOf(embedding, standIns, items) : null, standIns);
    }

    /// <returns>[new items] The newest first.</returns>
    public static IReadOnlyList<int> NewestFirst(LiveItems items) =>
        [.. Enumerable.Range(0, items.Items.Count - items.Known).OrderByDescending(n => items.Since[n]).ThenByDescending(n => n)
            .Select(n => items.Known + n)];

    private Matrix VectorsOf(IEmbeddingModel model, IReadOnlyList<StandIn>[] standIns, LiveItems items)
    {
        var vectors = new Matrix(standIns.Length, model.ItemEmbeddings.Columns);
        bool[] isNew = [.. Enumerable.Range(0, items.Items.Count).Select(item => item >= items.Known)];
        var byAttributes = (model as IAttributeFoldIn)?.EmbedItems(items.Attributes.Where(isNew));
        for (int n = 0; n < standIns.Length; n++)
        {
            var vector = vectors.Row(n);
            int[] users = [.. items.Users[n].Select(id => data.Users.TryGetIndex(id, out int user) ? user : -1).Where(user => user >= 0)];
            if (users.Length > 0 && model is IItemFoldIn foldIn && foldIn.TryEmbedItem(users, [], vector)) continue;
            vector.Clear();
            if (byAttributes is not null && byAttributes.Row(n).ContainsAnyExcept(0))
            {
                byAttributes.Row(n).CopyTo(vector);
                continue;
            }
            foreach (var (item, share) in standIns[n]) Kernels.AddScaled(share, model.ItemEmbeddings.Row(item), vector);
        }
        return vectors;
    }

    private IReadOnlyList<StandIn> StandInsFor(int n, LiveItems items, Func<string, IReadOnlyList<int>> itemsOf)
    {
        var weights = new Dictionary<int, float>();
        foreach (string owner in items.Users[n])
        {
            foreach (int item in itemsOf(owner).Distinct())
                if (item < items.Known) weights[item] = weights.GetValueOrDefault(item) + 1 / MathF.Sqrt(1 + _events.Value[item]);
        }
        if (weights.Count == 0) AddByLabels(items.Known + n, items.Attributes, weights);
        var best = weights.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Take(MostStandIns).ToArray();
        float sum = best.Sum(pair => pair.Value);
        return [.. best.Select(pair => new StandIn(pair.Key, pair.Value / sum))];
    }

    private void AddByLabels(int row, Catalog attributes, Dictionary<int, float> weights)
    {
        foreach (var (name, column) in attributes.Labels)
        {
            foreach (int label in column[row])
            {
                int[] alike = ItemsOf(name, column.Labels.Id(label));
                foreach (int item in alike.AsSpan(0, Math.Min(alike.Length, ItemsOfLabel)))
                    weights[item] = weights.GetValueOrDefault(item) + MathF.Log(1 + ((float)data.Items.Count / alike.Length));
            }
        }
    }

    // those with events, the most popular first; made once for each label
    private int[] ItemsOf(string column, string label)
    {
        if (_itemsOfLabel.TryGetValue((column, label), out int[]? items)) return items;
        items = [];
        if (data.ItemAttributes.Labels.TryGetValue(column, out var known) && known.Labels.TryGetIndex(label, out int number))
        {
            int[] events = _events.Value;
            items = [.. Enumerable.Range(0, data.Items.Count).Where(item => events[item] > 0 && known[item].Contains(number))
                .OrderByDescending(item => events[item])];
        }
        return _itemsOfLabel[(column, label)] = items;
    }

    private static int[] CountEvents(Interactions data)
    {
        var events = new int[data.Items.Count];
        foreach (int item in data.Histories.Items.Span) events[item]++;
        return events;
    }
}
