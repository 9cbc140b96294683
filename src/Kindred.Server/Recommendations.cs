using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Snapshots;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server;

/// <summary>Request ids → query → candidates → ids: what there is under /v1.</summary>
internal static class Recommendations
{
    /// <summary>Items of one answer.</summary>
    public const int MaxCount = 1000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var v1 = routes.MapGroup("/v1")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        v1.MapGet("/users/{id}/recommendations", ForUser).WithName("recommendForUser").WithTags("recommendations")
            .WithSummary("Items for a user")
            .WithDescription("""
                The model's best items that are not in the user's stored history. For an unknown user the most popular items, and the answer
                says so.
                """);
        v1.MapPost("/recommendations", ForHistory).WithName("recommendForHistory").WithTags("recommendations")
            .Accepts<RecommendationRequest>("application/json")
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .WithSummary("Items for a history")
            .WithDescription("""
                The model's best items after the given history: an anonymous session, or what a known user did since the snapshot was made.
                Nothing is stored.
                """);
        v1.MapGet("/items/{id}/similar", Similar).WithName("similarItems").WithTags("items")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("Items like an item")
            .WithDescription("The cosine of the model's embeddings, or what the model would recommend to somebody who had only this item.");
    }

    private static Results<Ok<RecommendationAnswer>, ProblemHttpResult> ForUser(
        LiveSnapshot holder,
        Companions companions,
        [Description("The user's id, percent-encoded.")] string id,
        [Description("Conditions on attributes of the items, such as year>=1990, percent-encoded; all must be met.")] string[]? where = null,
        [Description("How many items at most."), Range(1, MaxCount)] int count = 10,
        [Description("Tell the way of each item through the pipeline.")] bool explain = false,
        [Description("Items of which the answer tells why they are not in it; needs a pipeline.")] string[]? whyNot = null,
        CancellationToken aborted = default)
    {
        var request = new RecommendationRequest(id, [], count, where, Explain: explain, WhyNot: whyNot is { Length: > 0 } ? whyNot : null);
        RequestCheck.Check(request);
        using var lease = holder.TryAcquire();
        if (lease is null) return Health.NotLoaded();
        return TypedResults.Ok(Answer(holder, lease.Snapshot, companions.Of(lease.Snapshot), request, aborted));
    }

    private static async Task<Results<Ok<RecommendationAnswer>, ProblemHttpResult>> ForHistory(
        LiveSnapshot holder, Companions companions, HttpContext context)
    {
        // Read as a stream, not bound as a parameter: binding reads the pipe, and a server told to stop would cut off a body on its way.
        var (body, contract) = (context.Request.Body, ServerJson.Default.RecommendationRequest);
        var request = await JsonSerializer.DeserializeAsync(body, contract, context.RequestAborted)
            ?? throw new InputException("The body is null; send a JSON object with a history.");
        if (request.UserId is null && request.History is null or { Count: 0 })
            throw new InputException("The history is empty and no userId is given; send at least one item id, or name a user.");
        RequestCheck.Check(request);
        using var lease = holder.TryAcquire();
        if (lease is null) return Health.NotLoaded();
        return TypedResults.Ok(Answer(holder, lease.Snapshot, companions.Of(lease.Snapshot), request, context.RequestAborted));
    }

    private static Results<Ok<SimilarAnswer>, ProblemHttpResult> Similar(
        LiveSnapshot holder,
        Companions companions,
        [Description("The item's id, percent-encoded.")] string id,
        [Description("Conditions on attributes of the items, such as year>=1990, percent-encoded; all must be met.")] string[]? where = null,
        [Description("How many items at most."), Range(1, MaxCount)] int count = 10,
        CancellationToken aborted = default)
    {
        CheckCount(count);
        using var lease = holder.TryAcquire();
        if (lease is null) return Health.NotLoaded();
        var snapshot = lease.Snapshot;
        var manifest = snapshot.Manifest;
        if (!snapshot.Items.TryGetIndex(id, out int item))
        {
            return TypedResults.Problem(
                $"The snapshot {manifest.Id} has no item '{PlainText.Shorten(id)}'.", statusCode: StatusCodes.Status404NotFound);
        }

        var allowed = companions.Of(snapshot).Filters.Of(where ?? [], cancellationToken: aborted);
        bool supported = snapshot.SimilarItems.IsSupported;
        var found = supported ? snapshot.SimilarItems.Find(item, count, allowed) : [];
        string? reason =
            !supported ? $"{manifest.Model.Trainer} knows no similarity"
            : found.Count == 0 ? (allowed is null ? "nothing known about this item" : "nothing passes the filter")
            : null;
        return TypedResults.Ok(new SimilarAnswer
        {
            ItemId = id,
            Title = snapshot.ItemCatalog.TitleOf(item),
            Snapshot = manifest.Id,
            Reason = reason,
            Items = ItemsOf(snapshot, found),
        });
    }

    private static RecommendationAnswer Answer(
        LiveSnapshot holder, Snapshot snapshot, Companion companion, RecommendationRequest request, CancellationToken aborted)
    {
        CheckCount(request.Count);
        int user = -1;
        bool known = request.UserId is not null && snapshot.Users.TryGetIndex(request.UserId, out user);
        var (unknownItems, history, weights) = Translate(snapshot, request.History ?? []);
        var query = QueryOf(snapshot, user, history, weights) with
        {
            Allowed = AllowedOf(snapshot, companion.Filters, request, aborted),
            Context = ContextOf(snapshot, request.Context),
            RandomKey = request.Key,
        };
        var stories = Explanations.Of(snapshot, query, request);
        var (candidates, left) = snapshot.Answer(query, request.Count);
        companion.Offer(holder, snapshot, query, request.Count, candidates);

        string source = candidates is [var first, ..] ? first.Source : Snapshot.FromFallback;
        return new()
        {
            UserId = request.UserId,
            Snapshot = snapshot.Manifest.Id,
            Source = source,
            Reason = source != Snapshot.FromFallback ? null : ReasonOf(snapshot, query, candidates, known, request.History is { Count: > 0 }),
            UnknownItems = unknownItems.Length > 0 ? unknownItems : null,
            LeftOut = left.Count > 0 ? left : null,
            Items = ItemsOf(snapshot, candidates, stories),
            WhyNot = stories?.Missing,
        };
    }

    /// <summary>A pipeline's rules have seasons and hours, so that it is told the time; a model alone is told what the request says.</summary>
    private static QueryContext? ContextOf(Snapshot snapshot, RequestContext? given)
    {
        if (given is null && snapshot.Pipeline is null) return null;
        return new()
        {
            Time = given?.Time?.ToUnixTimeSeconds() ?? (snapshot.Pipeline is null ? null : DateTimeOffset.UtcNow.ToUnixTimeSeconds()),
            Labels = given?.Labels ?? new Dictionary<string, IReadOnlyList<string>>(),
            Numbers = given?.Numbers ?? new Dictionary<string, float>(),
        };
    }

    /// <summary>Why the list does not begin with an item of the model.</summary>
    private static string? ReasonOf(Snapshot snapshot, in Query query, IReadOnlyList<Candidate> candidates, bool known, bool isHistoryGiven) =>
        query.Allowed is not null && candidates.Count == 0 ? "nothing passes the filter"
        : query.History.IsEmpty ? (isHistoryGiven ? "no known item in the history" : known ? "no history" : "unknown user")
        : candidates.Count == 0 ? "nothing left to recommend"
        : snapshot.Manifest.Model.Trainer == snapshot.Manifest.Fallback.Trainer ? null
        : "nothing learned from this history";

    private static BitSet? AllowedOf(Snapshot snapshot, FilterCache filters, RecommendationRequest request, CancellationToken aborted)
    {
        int[] Known(IReadOnlyList<string> ids) =>
            [.. ids.Select(id => snapshot.Items.TryGetIndex(id, out int item) ? item : -1).Where(item => item >= 0)];
        return filters.Of(request.Where ?? [], Known(request.Deny ?? []), request.Allow is null ? null : Known(request.Allow), aborted);
    }

    /// <summary>The given events follow the stored ones of the user.</summary>
    private static Query QueryOf(Snapshot snapshot, int user, int[] history, float[] weights)
    {
        if (user < 0) return new(-1, history, weights);
        var stored = Query.Of(snapshot.Interactions, user);
        // What a model learned about a user by index is the state of the snapshot; with events after it, only the history is true.
        int[] allItems = [.. stored.History.Span, .. history];
        float[] allWeights = [.. stored.Weights.Span, .. weights];
        return history.Length == 0 ? stored : new(-1, allItems, allWeights);
    }

    private static (string[] UnknownItems, int[] History, float[] Weights) Translate(Snapshot snapshot, IReadOnlyList<HistoryEvent> given)
    {
        var (unknown, history, weights) = (new List<string>(), new List<int>(), new List<float>());
        foreach (var (itemId, weight) in given)
        {
            if (!(weight > 0 && float.IsFinite(weight)))
                throw new InputException($"The weight of item '{PlainText.Shorten(itemId)}' must be a number above 0, was {weight}.");
            if (!snapshot.Items.TryGetIndex(itemId, out int item))
            {
                unknown.Add(itemId);
                continue;
            }
            history.Add(item);
            weights.Add(weight);
        }
        return ([.. unknown.Distinct()], [.. history], [.. weights]);
    }

    private static AnsweredItem[] ItemsOf(Snapshot snapshot, IReadOnlyList<Candidate> candidates, Explanations? stories = null) =>
    [
        .. candidates.Select(c => new AnsweredItem
        {
            ItemId = snapshot.Items.Id(c.Item),
            Title = snapshot.ItemCatalog.TitleOf(c.Item),
            Score = c.Score,
            Source = c.Source,
            Propensity = c.Propensity,
            Explanation = stories?.StoryOf(c.Item),
        }),
    ];

    private static void CheckCount(int count)
    {
        if (count is < 1 or > MaxCount) throw new InputException($"count must be 1 to {MaxCount}, was {count}.");
    }
}
