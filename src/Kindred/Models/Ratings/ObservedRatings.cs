using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Models.Ratings;

/// <summary>The values that ratings have.</summary>
/// <param name="Mean">Of all (user, item) pairs.</param>
internal readonly record struct RatingScale(float Mean, float Lowest, float Highest)
{
    public static RatingScale Of(ReadOnlySpan<float> ratings)
    {
        if (ratings.IsEmpty) return default;
        double sum = 0;
        var (lowest, highest) = (ratings[0], ratings[0]);
        foreach (float rating in ratings)
        {
            sum += rating;
            (lowest, highest) = (Math.Min(lowest, rating), Math.Max(highest, rating));
        }
        return new((float)(sum / ratings.Length), lowest, highest);
    }

    /// <summary>The same, the mean weighted.</summary>
    /// <param name="importance">[ratings]</param>
    public static RatingScale Of(ReadOnlySpan<float> ratings, ReadOnlySpan<float> importance)
    {
        double sum = 0, all = 0;
        for (int n = 0; n < ratings.Length; n++) (sum, all) = (sum + ((double)importance[n] * ratings[n]), all + importance[n]);
        return Of(ratings) with { Mean = ratings.IsEmpty ? 0 : (float)(sum / all) };
    }

    public float Clip(float value) => Math.Clamp(value, Lowest, Highest);
}

/// <summary>
/// The weights of events as what they are here: ratings. Who rated an item more than once gave it the mean of their ratings, not their sum.
/// </summary>
internal sealed class ObservedRatings
{
    private readonly Lazy<SparseMatrix> _byItem;
    private readonly Lazy<SparseMatrix?> _importanceByItem;

    private ObservedRatings(SparseMatrix byUser, Func<SparseMatrix> byItem, SparseMatrix? importance = null)
    {
        ByUser = byUser;
        Importance = importance;
        _byItem = new(byItem);
        _importanceByItem = new(() => importance?.Transpose());
        Scale = importance is null ? RatingScale.Of(byUser.Values.Span) : RatingScale.Of(byUser.Values.Span, importance.Values.Span);
    }

    /// <summary>[users, items]</summary>
    public SparseMatrix ByUser { get; }

    /// <summary>[items, users]. Made when first asked for.</summary>
    public SparseMatrix ByItem => _byItem.Value;

    /// <summary>[users, items], places as in <see cref="ByUser"/>: how much each rating counts, 1 on average; null: all alike.</summary>
    public SparseMatrix? Importance { get; }

    /// <summary>[items, users]. Made when first asked for.</summary>
    public SparseMatrix? ImportanceByItem => _importanceByItem.Value;

    public RatingScale Scale { get; }

    /// <param name="importance">A number of the events' context: how much each counts.</param>
    /// <exception cref="InputException">There is no such number, or one of its values is not above 0.</exception>
    public static ObservedRatings Of(Interactions data, string importance)
    {
        var ratings = Of(data);
        if (importance.Length == 0) return ratings;
        if (!data.Context.Numbers.TryGetValue(importance, out var column))
        {
            string known = data.Context.Numbers.Count == 0 ? "none" : string.Join(", ", data.Context.Numbers.Keys);
            throw new InputException($"Importance is '{importance}', which is no number of the events' context; there are: {known}.");
        }
        foreach (float value in column.Values.Span)
            if (!(value > 0 && float.IsFinite(value)))
                throw new InputException($"The importance of every event must be > 0, one has {importance} = {value}.");
        var histories = data.Histories;
        var sums = SparseMatrix.FromRows(
            data.Users.Count, data.Items.Count, histories.Starts.Span, histories.Items.Span, column.Values.Span);
        var means = sums.Count == histories.Count ? sums : Means(sums, histories.Starts.Span, histories.Items.Span);
        double mean = 0;
        foreach (float value in means.Values.Span) mean += value / (double)means.Count;
        float[] relative = [.. means.Values.ToArray().Select(value => (float)(value / mean))];
        return new(ratings.ByUser, () => ratings.ByItem, new(means.Rows, means.Columns, means.Starts, means.Indices, relative));
    }

    public static ObservedRatings Of(Interactions data)
    {
        var histories = data.Histories;
        if (data.Ratings.Count == histories.Count) return new(data.Ratings, () => data.RatingsByItem);
        var means = Means(data.Ratings, histories.Starts.Span, histories.Items.Span);
        return new(means, means.Transpose);
    }

    /// <returns>[1, items]: the ratings of a query's history. Without weights it has none.</returns>
    public static SparseMatrix Of(in Query query, int items)
    {
        var sums = query.ToRatingRow(items);
        return sums.Count == query.History.Length ? sums : Means(sums, [0, query.History.Length], query.History.Span);
    }

    /// <param name="sums">Of the events in <paramref name="items"/>.</param>
    private static SparseMatrix Means(SparseMatrix sums, ReadOnlySpan<int> starts, ReadOnlySpan<int> items)
    {
        var ones = new float[items.Length];
        ones.AsSpan().Fill(1);
        var counts = SparseMatrix.FromRows(sums.Rows, sums.Columns, starts, items, ones).Values.Span;
        var means = sums.Values.ToArray();
        for (int n = 0; n < means.Length; n++) means[n] /= counts[n];
        return new(sums.Rows, sums.Columns, sums.Starts, sums.Indices, means);
    }
}
