using System.ComponentModel;
using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Access;
using Kindred.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Endpoints;

/// <summary>Users and items go away: an item from the catalogue, or either for good.</summary>
internal static class ForgettingEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapDelete("/users/{id}", ForgetUser).WithOperationId("forgetUser").WithTags("users").Requires(Scope.Admin)
            .Produces<ReceiptAnswer>()
            .WithSummary("Forget a user")
            .WithDescription("""
                Removes the user's events, exposures and attributes, and masks the user in snapshots, from the next answer on; the next
                training learns without them. Backups keep them until you delete those. The answer is a receipt: what was found in each
                place before and after, with a hash of the id instead of the id.
                """);
        routes.MapDelete("/items/{id}", DeleteItem).WithOperationId("deleteItem").WithTags("items").Requires(Scope.Write)
            .Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("Delete an item").WithDescription("It is not recommended any more. Its events stay, and are learned from.");
        routes.MapPost("/items/{id}/forget", ForgetItem).WithOperationId("forgetItem").WithTags("items").Requires(Scope.Admin)
            .Produces<ReceiptAnswer>()
            .WithSummary("Forget an item").WithDescription("As a user is forgotten: with all events that name it.");
    }

    private static Task<JsonHttpResult<ReceiptAnswer>> ForgetUser(
        HttpContext context, Forgetting forgetting, AuditTrail audit, [Description("The user's id, percent-encoded.")] string id) =>
        Forget(context, forgetting, audit, SubjectKind.User, id);

    private static Task<JsonHttpResult<ReceiptAnswer>> ForgetItem(
        HttpContext context, Forgetting forgetting, AuditTrail audit, [Description("The item's id, percent-encoded.")] string id) =>
        Forget(context, forgetting, audit, SubjectKind.Item, id);

    private static async Task<JsonHttpResult<ReceiptAnswer>> Forget(
        HttpContext context, Forgetting forgetting, AuditTrail audit, SubjectKind kind, string id)
    {
        var receipt = await forgetting.ForgetAsync(kind, id);
        string what = kind == SubjectKind.User ? "user" : "item";
        await audit.WriteAsync(context, $"forget-{what}", receipt.Hash);
        return TypedResults.Json(ReceiptAnswer.Of(what, receipt), LivingJson.Default.ReceiptAnswer);
    }

    private static async Task<IResult> DeleteItem(
        HttpContext context, IStore store, StoreChanges changes, AuditTrail audit,
        [Description("The item's id, percent-encoded.")] string id)
    {
        if (!await store.Items.DeleteAsync(id, context.RequestAborted))
            return Problem.Of($"There is no entry of the item '{PlainText.Shorten(id)}'; to keep an item that events alone name from " +
                "being " +
                "recommended, hide it.", StatusCodes.Status404NotFound);
        await audit.WriteAsync(context, "delete-item", id);
        await changes.CatchUpAsync();
        return TypedResults.NoContent();
    }
}

/// <summary>What forgetting found and removed.</summary>
internal sealed record ReceiptAnswer(
    [property: Description("\"user\" or \"item\".")] string Kind,
    [property: Description("The first 128 bits of the SHA-256 of the id.")] string Hash,
    DateTimeOffset ForgottenAt,
    IReadOnlyList<PlaceAnswer> Places)
{
    public static ReceiptAnswer Of(string kind, ForgetReceipt receipt) => new(kind, receipt.Hash, receipt.ForgottenAt,
        [.. receipt.Places.Select(place => new PlaceAnswer(place.Name, place.Before, place.After))]);
}

internal sealed record PlaceAnswer(
    string Name,
    [property: Description("Rows that named the id.")] long Before,
    [property: Description("Rows that name it now, counted again.")] long After);
