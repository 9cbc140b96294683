using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Access;
using Kindred.Server.Endpoints;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Dashboard;

/// <summary>What a user would be answered, without anyone's being shown it.</summary>
internal static class PreviewEndpoint
{
    private const int MostItems = 1_000;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGetAndHead("/users/{id}/preview", Show).WithOperationId("previewForUser").WithTags("recommendations")
            .Requires(Scope.Read).Produces<PreviewAnswer>().ProducesProblem(StatusCodes.Status400BadRequest)
            .WithSummary("What a user would be shown, without its counting as shown")
            .WithDescription("""
                The answer is not logged and no experiment counts it, so it has no requestId. Beside it, if asked for: what another
                snapshot, scenario or arm would answer, or the list without the items that the user is only taken to have had.
                """);

    private static async Task<JsonHttpResult<PreviewAnswer>> Show(
        HttpContext context, Previews previews,
        [Description("The user's id, percent-encoded.")] string id,
        [Description("Items that the user is taken to have had as well.")] string[]? also = null,
        [Description("Explain why this item is not in the answer.")] string? whyNot = null,
        [Description("Answer beside it with usual (without experiments), scenario:NAME, snapshot:ID or arm:EXPERIMENT/ARM.")]
        string? with = null,
        [Description("Maximum number of items."), Range(1, MostItems)] int count = 10)
    {
        if (count is < 1 or > MostItems) throw new InputException($"count must be 1 to {MostItems}, was {count}.");
        if (also?.Any(string.IsNullOrEmpty) == true) throw new InputException("An id in also must not be empty.");
        var question = new PreviewQuestion(id, count, also ?? [], NullIfEmpty(whyNot), NullIfEmpty(with));
        var (answer, otherName, other) = await previews.OfAsync(question, context.RequestAborted);
        return TypedResults.Json(
            new PreviewAnswer(AnswerOf(id, answer), otherName, other is null ? null : AnswerOf(id, other)),
            LivingJson.Default.PreviewAnswer);
    }

    /// <summary>Nobody keeps it, so that no event can name it.</summary>
    private static RecommendationAnswer AnswerOf(string userId, Recommendation answer) =>
        RecommendationAnswer.Of(userId, answer) with { RequestId = null };

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

/// <summary>What a user would be answered.</summary>
internal sealed record PreviewAnswer(
    RecommendationAnswer Answer,
    [property: Description("What the other list is of; absent when there is none.")] string? OtherName,
    RecommendationAnswer? Other);
