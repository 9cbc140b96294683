using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kindred.AspNetCore.Endpoints;

/// <summary>Recommendations and similar items: JSON to a request, the recommender's answer to JSON.</summary>
internal static partial class Recommendations
{
    /// <summary>Items of one answer.</summary>
    public const int MaxCount = 1000;

    public const int DefaultCount = 10;

    /// <summary>The header that names the snapshot that answered, for proxies and logs; the body does, too.</summary>
    public const string SnapshotHeader = "Kindred-Snapshot";

    /// <summary>Longest body of a request.</summary>
    private const int LongestBody = 1 << 20; // bytes

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGetAndHead("/users/{id}/recommendations", ForUser).WithOperationId("recommendForUser").WithTags("recommendations")
            .Produces<RecommendationAnswer>().ProducesProblem(StatusCodes.Status400BadRequest)
            .WithSummary("Items for a user")
            .WithDescription("""
                The model's best items that are not in the user's stored history. For an unknown user the most popular items, and the answer
                says so.
                """);
        routes.MapPostOfJson<RecommendationRequest>("/recommendations", ForHistory)
            .WithOperationId("recommendForHistory").WithTags("recommendations")
            .WithMetadata(new RequestSizeLimitAttribute(LongestBody))
            .Produces<RecommendationAnswer>().ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .WithSummary("Items for a history")
            .WithDescription("""
                The model's best items after the given history: an anonymous session, or what a known user did since the snapshot was made.
                Nothing is stored.
                """);
        routes.MapGetAndHead("/items/{id}/similar", Similar).WithOperationId("similarItems").WithTags("items")
            .Produces<SimilarAnswer>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("Items like an item")
            .WithDescription("The cosine of the model's embeddings, or what the model would recommend to a user who had only this item.");
    }

    private static async Task<JsonHttpResult<RecommendationAnswer>> ForUser(
        HttpContext context,
        [Description("The user's id, percent-encoded.")] string id,
        [Description(
            "Conditions on attributes of the items, such as year>=1990, percent-encoded; all must be met.")] string[]? where = null,
        [Description("Maximum number of items."), Range(1, MaxCount)] int count = DefaultCount,
        [Description("Explain the path of each item through the pipeline.")] bool explain = false,
        [Description("Explain why these items are not in the answer.")] string[]? whyNot = null,
        [Description("Which of the server's pipelines answers. Default: the usual one.")] string? scenario = null) =>
        await Answer(
            new(id, [], scenario, count, where, Explain: explain, WhyNot: whyNot is { Length: > 0 } ? whyNot : null), context);

    private static async Task<JsonHttpResult<RecommendationAnswer>> ForHistory(HttpContext context)
    {
        var request = await RequestBody.Read(context.Request, context.RequestAborted);
        if (request.UserId is null && request.History is null or { Count: 0 })
            throw new InputException("The history is empty and no userId is given; send at least one item id, or name a user.");
        return await Answer(request, context);
    }

    private static async Task<JsonHttpResult<RecommendationAnswer>> Answer(RecommendationRequest request, HttpContext context)
    {
        CheckCount(request.Count ?? DefaultCount);
        var answer = await context.Recommender().RecommendAsync(request.ToRequest(), context.RequestAborted);
        if (answer.SkippedSteps.Count > 0)
        {
            var log = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Recommendations));
            foreach (var skipped in answer.SkippedSteps) if (skipped.Error is { } error) LogFailed(log, skipped.Step, error);
        }
        context.Response.Headers[SnapshotHeader] = answer.Snapshot;
        return TypedResults.Json(RecommendationAnswer.Of(request.UserId, answer), ContractsJson.Default.RecommendationAnswer);
    }

    private static IResult Similar(
        HttpContext context,
        [Description("The item's id, percent-encoded.")] string id,
        [Description(
            "Conditions on attributes of the items, such as year>=1990, percent-encoded; all must be met.")] string[]? where = null,
        [Description("Maximum number of items."), Range(1, MaxCount)] int count = DefaultCount)
    {
        CheckCount(count);
        var answer = context.Recommender().SimilarItems(
            new() { ItemId = id, Count = count, Where = where ?? [] }, context.RequestAborted);
        context.Response.Headers[SnapshotHeader] = answer.Snapshot;
        return answer.IsKnownItem
            ? TypedResults.Json(SimilarAnswer.Of(answer), ContractsJson.Default.SimilarAnswer)
            : Problem.Of(UnknownItem.Sentence(id, answer.Snapshot), StatusCodes.Status404NotFound);
    }

    private static void CheckCount(int count)
    {
        if (count is < 1 or > MaxCount) throw new InputException($"count must be 1 to {MaxCount}, was {count}.");
    }

    [LoggerMessage(5, LogLevel.Warning, "{Step} failed, and was left out of an answer")]
    private static partial void LogFailed(ILogger log, string step, Exception e);
}
