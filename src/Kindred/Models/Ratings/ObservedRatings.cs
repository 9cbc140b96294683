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

    public float Clip(float value) => Math.Clamp(value, Lowest, Highest);
}

/// <summary>
/// The weights of events as what they are here: ratings. Who rated an item more than once gave it the mean of his ratings, not their sum.
/// </summary>
internal sealed class ObservedRatings
{
    private readonly Lazy<SparseMatrix> _byItem;

    private ObservedRatings(SparseMatrix byUser, Func<SparseMatrix> byItem)
    {
        ByUser = byUser;
        _byItem = new(byItem);
        Scale = RatingScale.Of(byUser.Values.Span);
    }

    /// <summary>[users, items]</summary>
    public SparseMatrix ByUser { get; }

    /// <summary>[items, users]. Made when first asked for.</summary>
    public SparseMatrix ByItem => _byItem.Value;

    public RatingScale Scale { get; }

    public static ObservedRatings Of(Interactions data)
    {
        var histories = data.Histories;
        if (data.ByUser.Count == histories.Count) return new(data.ByUser, () => data.ByItem);
        var means = Means(data.ByUser, histories.Starts.Span, histories.Items.Span);
        return new(means, means.Transpose);
    }

    /// <returns>[1, items]: the ratings of a query's history. Without weights it has none.</returns>
    public static SparseMatrix Of(in Query query, int items)
    {
        var sums = query.Distinct(items);
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
