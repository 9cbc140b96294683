using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Access;
using Kindred.Server.Experiments;
using Kindred.Server.Ingestion;
using Kindred.Server.Live;
using Kindred.Server.Telemetry;
using Kindred.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Endpoints;

/// <summary>Events come in.</summary>
internal static class EventEndpoints
{
    /// <summary>Records of one request.</summary>
    public const int MostRecords = 10_000;

    /// <summary>Longest body, after decompression.</summary>
    public const int LongestBody = 16 << 20; // bytes

    public const string ConflictReason = "Another event with this id is stored; give each event an id of its own.";

    private const int MostReasons = 1_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/events", Post).WithOperationId("addEvents").WithTags("events").Requires(Scope.Write)
            .WithMetadata(new RequestSizeLimitAttribute(LongestBody))
            .Accepts<EventContract>("application/json", "application/x-ndjson")
            .Produces<EventsAnswer>().ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity).ProducesProblem(StatusCodes.Status429TooManyRequests)
            .WithSummary("Store what users did")
            .WithDescription("""
                One event, an array of events, or one event a line (application/x-ndjson); gzip if Content-Encoding says so. A record that
                cannot be read is rejected by itself. An event that is sent again is stored once: by its id, or without one by its content;
                one without an id and a time by the request's header Idempotency-Key, the same each time the request is sent. 422: that
                key was sent with another body before; nothing was stored.
                When the answer comes, the stored events have survived what it says under durability. 429: too many events wait; try again
                after the time in Retry-After.
                """);
        routes.MapGetAndHead("/users/{id}/events", History).WithOperationId("listHistory").WithTags("events").Requires(Scope.Read)
            .Produces<HistoryAnswer>().ProducesProblem(StatusCodes.Status400BadRequest)
            .WithSummary("What a user did, oldest first").WithDescription("Nobody is unknown: who did nothing has no events.");
        routes.MapGetAndHead("/events/counts", Counts).WithOperationId("countEvents").WithTags("events").Requires(Scope.Read)
            .Produces<EventCountsAnswer>()
            .WithSummary("How many events are stored, by type and day").WithDescription("By the day on which they happened (UTC).");
        routes.MapPost("/users/{anonymous}/merge-into/{user}", Merge).WithOperationId("mergeUser").WithTags("events").Requires(Scope.Write)
            .Produces<MergeAnswer>()
            .WithSummary("Give the events of an anonymous session to a user")
            .WithDescription("For instance when the visitor signs in. The session has no events afterwards.");
    }

    private static async Task<JsonHttpResult<HistoryAnswer>> History(
        HttpContext context, IStore store,
        [Description("The user's id, or that of the session of an anonymous visitor, percent-encoded.")] string id,
        [Description("The newest events, at most so many."), Range(1, MostRecords)] int count = 100)
    {
        if (count is < 1 or > MostRecords) throw new InputException($"count must be 1 to {MostRecords}, was {count}.");
        var events = await store.Events.HistoryAsync(id, count, cancellationToken: context.RequestAborted);
        return TypedResults.Json(new HistoryAnswer([.. events.Select(PastEvent.From)]), LivingJson.Default.HistoryAnswer);
    }

    private static async Task<JsonHttpResult<EventCountsAnswer>> Counts(HttpContext context, IStore store)
    {
        var counts = await store.Events.CountsAsync(context.RequestAborted);
        return TypedResults.Json(
            new EventCountsAnswer([.. counts.Select(count => new EventCountAnswer(count.Type, count.Day, count.Events))]),
            LivingJson.Default.EventCountsAnswer);
    }

    private static async Task<IResult> Post(
        HttpContext context, IStore store, EventWriter writer, EventSettingsInUse settings, LiveState live, TimeProvider clock)
    {
        var body = await Body.ReadAsync(context);
        var (records, indices, rejections) =
            RecordReader.ReadAll<NewEvent>(body.Span, new EventReader(settings.Current, clock.GetUtcNow()).Read, MostRecords);
        Instruments.Reject("unreadable", rejections.Count);
        var key = IdempotencyKey.Of(context, body.Span);
        // what is acknowledged before it is stored does not wait for the store
        if (key is not null && writer.Durability != Durability.Memory && records.Any(IdempotencyKey.IsNeededBy)
            && await key.IsReusedAsync(store.Events))
            return Problem.Of(IdempotencyKey.ReusedReason, StatusCodes.Status422UnprocessableEntity);
        var results = await writer.WriteAsync(key?.Identify(records, indices) ?? records);
        await live.TakeNewItemsAsync();
        return TypedResults.Json(AnswerOf(results, indices, rejections, writer.Durability), LivingJson.Default.EventsAnswer);
    }

    private static EventsAnswer AnswerOf(
        IReadOnlyList<AppendResult> results, List<int> indices, List<Rejection> rejections, Durability durability)
    {
        int accepted = 0, duplicates = 0, rejected = rejections.Count;
        for (int n = 0; n < results.Count; n++)
        {
            if (results[n].Outcome == AppendOutcome.Accepted) accepted++;
            else if (results[n].Outcome == AppendOutcome.Duplicate) duplicates++;
            else rejections.Add(new(indices[n], ConflictReason));
        }
        var reasons = rejections.Count == 0 ? null : rejections.OrderBy(rejection => rejection.Index).Take(MostReasons).ToArray();
        return new(accepted, duplicates, rejections.Count - rejected, rejected, reasons, NameOf(durability));
    }

    private static async Task<JsonHttpResult<MergeAnswer>> Merge(
        IStore store,
        StoreChanges changes,
        ExposureSums sums,
        [Description("The id of the session, percent-encoded.")] string anonymous,
        [Description("The id of the user, percent-encoded.")] string user)
    {
        await sums.FlushAsync(); // the session's part in experiments is the user's, too
        int merged = await store.Events.MergeAsync(anonymous, user);
        await changes.CatchUpAsync();
        return TypedResults.Json(new MergeAnswer(merged), LivingJson.Default.MergeAnswer);
    }

    public static string NameOf(Durability durability) => durability switch
    {
        Durability.Fsync => "fsync",
        Durability.Os => "os",
        _ => "memory",
    };

    /// <summary>What <see cref="EventReader"/> reads, for the API's description.</summary>
    internal sealed record EventContract(
        [property: Description("Such as view or purchase.")] string Type,
        [property: Description("The item.")] string ItemId,
        [property: Description("The user; an anonymous visitor has a sessionId instead.")] string? UserId = null,
        [property: Description("The visit.")] string? SessionId = null,
        [property: Description("Your identity of the event: a second event with the same id is not stored. Default: made of the content.")]
        string? Id = null,
        [property: Description("A rating, a price, a quantity.")] double? Value = null,
        [property: Description("ISO 8601, or Unix seconds or milliseconds as a number. Default: now.")] DateTimeOffset? Time = null,
        [property: Description("The requestId of the answer in which the item was shown.")] string? RequestId = null,
        [property: Description("The place of the item in that answer, from 0.")] int? Position = null,
        [property: Description("Anything else, as a JSON object.")] IReadOnlyDictionary<string, object>? Attributes = null);
}

/// <summary>Events of one user.</summary>
internal sealed record HistoryAnswer(IReadOnlyList<PastEvent> Events);

/// <summary>An event as it is stored.</summary>
internal sealed record PastEvent(
    long Sequence, string Id, string Type, string ItemId, string? SessionId, double? Value, DateTimeOffset Time, DateTimeOffset ReceivedAt,
    string? RequestId, int? Position)
{
    public static PastEvent From(StoredEvent e) => new(
        e.Sequence, e.Id, e.Type, e.ItemId, e.SessionId, e.Value, e.Time, e.ReceivedAt, e.RequestId, e.Position);
}

/// <summary>How many events there are.</summary>
internal sealed record EventCountsAnswer(
    [property: Description("One for each type and day with events.")] IReadOnlyList<EventCountAnswer> Counts);

/// <summary>How many events of a type happened on a day.</summary>
internal sealed record EventCountAnswer(string Type, DateOnly Day, long Events);
