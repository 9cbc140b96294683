namespace Kindred.Models;

/// <summary>Why an item was recommended: what of the user's past brought it there.</summary>
internal static class TopContributions
{
    private const int Most = 2;

    /// <summary>
    /// The past items that contributed most, at most two. Only what the user liked counts, by their own measure: items whose weight — a
    /// rating, a number of plays — is not below the median of their history.
    /// </summary>
    /// <returns>Items, the largest contribution first; none where the model cannot say.</returns>
    public static IReadOnlyList<int> For(IModel model, Query query, int item)
    {
        if (model is not IExplainableModel explainable || query.History.IsEmpty) return [];
        var contributions = new float[query.History.Length];
        explainable.Explain(query, item, contributions);

        float[] weights = [.. Enumerable.Range(0, contributions.Length).Select(n => query.WeightOf(n)).Order()];
        float median = weights[weights.Length / 2];
        return
        [
            .. Enumerable.Range(0, contributions.Length)
                .Where(n => query.WeightOf(n) >= median)
                .GroupBy(n => query.History.Span[n], n => contributions[n])
                .Select(past => (Item: past.Key, Share: past.Sum()))
                .Where(past => past.Share > 0)
                .OrderByDescending(past => past.Share)
                .ThenBy(past => past.Item)
                .Take(Most)
                .Select(past => past.Item),
        ];
    }
}
