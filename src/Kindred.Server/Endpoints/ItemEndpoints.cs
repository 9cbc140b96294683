using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Access;
using Kindred.Server.Live;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Endpoints;

/// <summary>What became of an item lately, and whom it suits.</summary>
internal static class ItemEndpoints
{
    private const int MostUsers = 1_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGetAndHead("/items/{id}/activity", Activity).WithOperationId("getItemActivity").WithTags("items").Requires(Scope.Read)
            .Produces<ItemActivityAnswer>()
            .WithSummary("How often an item was shown and acted upon, by hour")
            .WithDescription("""
                Answers that had the item, and events that named it, in each of the last 24 hours. An item that nobody knows has zeros.
                """);
        routes.MapGetAndHead("/items/{id}/audience", Audience).WithOperationId("getItemAudience").WithTags("items").Requires(Scope.Read)
            .Produces<AudienceAnswer>().ProducesProblem(StatusCodes.Status400BadRequest)
            .WithSummary("Whom an item suits best")
            .WithDescription("""
                Users who have not had the item, by the score that the served model gives it for them. The first request after a new
                snapshot waits until all users are embedded; for more than 200,000 users `kindred audience` does it.
                """);
    }

    private static async Task<JsonHttpResult<ItemActivityAnswer>> Activity(
        HttpContext context, ItemActivity activity, [Description("The id, percent-encoded.")] string id)
    {
        var (hours, isWhole) = await activity.OfAsync(id, context.RequestAborted);
        return TypedResults.Json(
            new ItemActivityAnswer(id, [.. hours.Select(hour => new ItemHourAnswer(hour.Time, hour.Shown, hour.Events))], isWhole),
            LivingJson.Default.ItemActivityAnswer);
    }

    private static async Task<JsonHttpResult<AudienceAnswer>> Audience(
        HttpContext context, Audiences audiences, LiveState live,
        [Description("The id, percent-encoded.")] string id,
        [Description("Maximum number of users."), Range(1, MostUsers)] int count = 12)
    {
        if (count is < 1 or > MostUsers) throw new InputException($"count must be 1 to {MostUsers}, was {count}.");
        using var view = live.Acquire();
        var (users, reason) = await audiences.OfAsync(view, id, count, context.RequestAborted);
        return TypedResults.Json(
            new AudienceAnswer(id, [.. users.Select(user => new AudienceMember(user.User, user.Score))], reason),
            LivingJson.Default.AudienceAnswer);
    }
}

/// <summary>What became of an item lately.</summary>
internal sealed record ItemActivityAnswer(
    string ItemId,
    [property: Description("24 hours, oldest first, the last one not over.")] IReadOnlyList<ItemHourAnswer> Hours,
    [property: Description("Whether all answers were counted; false: the log is too long to be read while you wait, and the newest were " +
        "not. Of events the newest 20,000 of the store are.")]
    bool IsWhole);

/// <summary>An hour.</summary>
internal sealed record ItemHourAnswer(
    DateTimeOffset Time,
    [property: Description("Answers that had the item.")] int Answers,
    [property: Description("Events that named it.")] int Events);

/// <summary>Whom an item suits.</summary>
internal sealed record AudienceAnswer(
    string ItemId,
    [property: Description("Best first.")] IReadOnlyList<AudienceMember> Users,
    [property: Description("Why there are none; absent when there are some.")] string? Reason);

/// <summary>A user whom an item suits.</summary>
internal sealed record AudienceMember(
    string UserId,
    [property: Description("Of the model; comparable between users of one item alone.")] float Score);
