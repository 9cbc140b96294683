using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred;

/// <summary>A request for similar items by ids → the answer by ids.</summary>
internal static class AskedSimilarItems
{
    /// <param name="recommendable">[items] What may be answered at all; null: everything.</param>
    public static SimilarItemsAnswer Answer(
        Served served, SimilarItemsRequest request, CancellationToken cancellationToken, BitSet? recommendable = null)
    {
        if (request.Count < 1) throw new InputException($"count must be at least 1, was {request.Count}.");
        RequestCheck.Check(request);
        var allowed = served.Filters.Of(request.Where, cancellationToken: cancellationToken);
        bool isKnown = served.Interactions.Items.TryGetIndex(request.ItemId, out int item);
        if (!isKnown) return AnswerOf(served, request, null, "unknown item", []);
        if (served.WithoutSimilarity is { } why) return AnswerOf(served, request, item, why, []) with { IsSupported = false };
        var similar = served.SimilarItems();
        if (!similar.IsSupported)
            return AnswerOf(served, request, item, $"{served.ModelName} knows no similarity", []) with { IsSupported = false };
        var within = (allowed is null ? recommendable : recommendable?.And(allowed) ?? allowed)?.Within(similar.Count);
        var found = item < similar.Count ? similar.Find(item, request.Count, within)
            : served.StandInFor?.Invoke(item) is { } standIn ? similar.Find(standIn, request.Count, within)
            : []; // newer than the model
        string? reason = found.Count > 0 ? null : allowed is null ? "nothing known about this item" : "nothing passes the filter";
        return AnswerOf(served, request, item, reason, found);
    }

    private static SimilarItemsAnswer AnswerOf(
        Served served, SimilarItemsRequest request, int? item, string? reason, IReadOnlyList<Candidate> found)
    {
        RecommendedItem ItemOf(Candidate candidate) => new()
        {
            ItemId = served.Interactions.Items.Id(candidate.Item),
            Title = served.Catalog.TitleOf(candidate.Item),
            Score = candidate.Score,
            Source = candidate.Source,
        };
        return new()
        {
            ItemId = request.ItemId,
            Title = item is { } known ? served.Catalog.TitleOf(known) : null,
            IsKnownItem = item is not null,
            Snapshot = served.Id,
            Reason = reason,
            Items = [.. found.Select(ItemOf)],
        };
    }
}
