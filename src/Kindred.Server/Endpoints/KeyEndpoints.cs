using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Access;
using Kindred.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Endpoints;

/// <summary>Who may use the server, and what they changed.</summary>
internal static class KeyEndpoints
{
    private const int MostEntries = 1_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGetAndHead("/keys", List).WithOperationId("listKeys").WithTags("keys").Requires(Scope.Admin)
            .Produces<KeysAnswer>().WithSummary("All keys").WithDescription("Without the keys themselves, which nobody can read again.");
        routes.MapPost("/keys", Add).WithOperationId("addKey").WithTags("keys").Requires(Scope.Admin)
            .Accepts<KeyRequest>("application/json")
            .Produces<KeyAnswer>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status400BadRequest)
            .WithSummary("Add a key").WithDescription("The answer shows the key, this once. The first key needs the scope admin.");
        routes.MapDelete("/keys/{id}", Remove).WithOperationId("removeKey").WithTags("keys").Requires(Scope.Admin)
            .Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("Remove a key").WithDescription("At once on this server, within seconds on others.");
        routes.MapGetAndHead("/audit", Audit).WithOperationId("listAudit").WithTags("audit").Requires(Scope.Admin)
            .Produces<AuditPage>().ProducesProblem(StatusCodes.Status400BadRequest)
            .WithSummary("Who changed what, newest first")
            .WithDescription("Keys, settings, models, experiments, imports, hidden and deleted items, and what was forgotten; not the " +
                "events, users and items that programs write.");
    }

    private static async Task<JsonHttpResult<KeysAnswer>> List(IStore store) => TypedResults.Json(
        new KeysAnswer([.. (await store.Keys.ListAsync()).Select(key => KeyAnswer.Of(key))]), LivingJson.Default.KeysAnswer);

    private static async Task<JsonHttpResult<KeyAnswer>> Add(
        HttpContext context, AccessKeys keys, AuditTrail audit, TimeProvider clock)
    {
        var request = await Body.ReadAsync(context, LivingJson.Default.KeyRequest);
        Scope[] scopes = [.. (request.Scopes ?? []).Select(AccessKeys.ParseScope)];
        var (stored, key) = await keys.AddAsync(request.Name, scopes, clock.GetUtcNow());
        await audit.WriteAsync(context, "add-key", stored.Id);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(
            KeyAnswer.Of(stored) with { Key = key }, LivingJson.Default.KeyAnswer, statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> Remove(HttpContext context, AccessKeys keys, AuditTrail audit, string id)
    {
        if (!await keys.RemoveAsync(id))
            return Problem.Of($"There is no key '{PlainText.Shorten(id)}'.", StatusCodes.Status404NotFound);
        await audit.WriteAsync(context, "remove-key", id);
        return TypedResults.NoContent();
    }

    private static async Task<JsonHttpResult<AuditPage>> Audit(
        IStore store,
        [Description("Maximum number of entries."), Range(1, MostEntries)] int count = 100,
        [Description("Only entries with a smaller number: the last one of the page before.")] long? before = null)
    {
        if (count is < 1 or > MostEntries) throw new InputException($"count must be 1 to {MostEntries}, was {count}.");
        var entries = await store.Audit.ListAsync(count, before);
        return TypedResults.Json(new AuditPage([.. entries.Select(entry => new AuditAnswer(
            entry.Number, entry.Time, entry.Actor, entry.Action, entry.Subject,
            entry.Detail is null ? null : JsonDocument.Parse(entry.Detail).RootElement))]), LivingJson.Default.AuditPage);
    }
}

/// <summary>A key to add.</summary>
internal sealed record KeyRequest(
    [property: Description("What it is for, such as \"homepage\".")] string? Name,
    [property: Description("Of read, write and admin, which includes the others.")] IReadOnlyList<string>? Scopes);

/// <summary>A key.</summary>
internal sealed record KeyAnswer(string Id, string Name, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt)
{
    [Description("The key itself; only in the answer that adds it.")]
    public string? Key { get; init; }

    public static KeyAnswer Of(AccessKey key) => new(key.Id, key.Name, key.Scopes, key.CreatedAt, key.LastUsedAt);
}

internal sealed record KeysAnswer(IReadOnlyList<KeyAnswer> Keys);

/// <summary>Something that was changed.</summary>
internal sealed record AuditAnswer(
    long Number, DateTimeOffset Time,
    [property: Description("The id of a key, the name of a command, or anonymous.")] string Actor,
    string Action,
    [property: Description("What was changed; of what was forgotten, a hash.")] string? Subject,
    JsonElement? Detail);

internal sealed record AuditPage(IReadOnlyList<AuditAnswer> Entries);
