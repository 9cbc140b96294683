using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Access;
using Kindred.Server.Ingestion;
using Kindred.Store;
using Kindred.Store.Exposures;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Endpoints;

/// <summary>What was recommended: which items were really seen, and what came of it.</summary>
internal static class ExposureEndpoints
{
    private const int MostEvents = 10_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/exposures", Post).WithOperationId("addExposures").WithTags("exposures").Requires(Scope.Write)
            .WithMetadata(new RequestSizeLimitAttribute(EventEndpoints.LongestBody))
            .Accepts<ShownContract>("application/json", "application/x-ndjson")
            .Produces<ShownAnswer>().ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status429TooManyRequests)
            .WithSummary("Say which items of answers were seen")
            .WithDescription("""
                Each answer is logged as it was given, whether anyone looked at it or not. What was in view is known to the client alone: it
                sends the requestId of the answer and the places that were seen. One, an array, or one a line (application/x-ndjson).
                """);
        routes.MapGetAndHead("/attribution", Attribute).WithOperationId("attribute").WithTags("exposures").Requires(Scope.Read)
            .Produces<AttributionPage>().ProducesProblem(StatusCodes.Status400BadRequest)
            .WithSummary("Which answers events came from")
            .WithDescription("""
                Events in the order in which they were stored, each with the answer it came from: the one it names, or the last one that had
                the item, for the same user or session, within the window before it.
                """);
    }

    private static async Task<IResult> Post(HttpContext context, ExposureLog log, TimeProvider clock)
    {
        var body = await Body.ReadAsync(context);
        var (marks, indices, rejections) = RecordReader.ReadAll<ShownMark>(
            body.Span, new ShownReader(clock.GetUtcNow()).Read, EventEndpoints.MostRecords);
        int accepted = 0;
        for (int n = 0; n < marks.Count; n++)
        {
            if (log.TryMark(marks[n])) accepted++;
            else rejections.Add(new(indices[n], "Too much waits for the disk; send it again in a second."));
        }
        var answer = new ShownAnswer(accepted, rejections.Count, rejections.Count == 0 ? null : [.. rejections.OrderBy(r => r.Index)]);
        return TypedResults.Json(answer, LivingJson.Default.ShownAnswer);
    }

    private static async Task<JsonHttpResult<AttributionPage>> Attribute(
        HttpContext context, IStore store, ExposureLog log,
        [Description("Events after this one; as `next` of the page before.")] long after = 0,
        [Description("Events to look at."), Range(1, MostEvents)] int count = 1_000,
        [Description("Events of this type alone. Default: all.")] string? type = null,
        [Description("How long before an event its item may have been shown, where the event names no answer."), Range(1, 8_784)]
        int windowHours = 24)
    {
        if (count is < 1 or > MostEvents) throw new InputException($"count must be 1 to {MostEvents}, was {count}.");
        if (windowHours is < 1 or > 8_784) throw new InputException($"windowHours must be 1 to 8784, was {windowHours}.");
        var page = await store.Events.AfterAsync(after, count, context.RequestAborted);
        StoredEvent[] events = [.. page.Where(e => type is null || e.Type == type)];
        await log.FlushAsync(context.RequestAborted); // what was just answered counts
        var found = events.Length == 0 ? [] : await Task.Run(() => log.Attribute(events, TimeSpan.FromHours(windowHours)));
        var answer = new AttributionPage(
            [.. events.Select((e, n) => AttributedEvent.From(e, found[n]))], page.Count > 0 ? page[^1].Sequence : after);
        return TypedResults.Json(answer, LivingJson.Default.AttributionPage);
    }

    /// <summary>What <see cref="ShownReader"/> reads, for the API's description.</summary>
    internal sealed record ShownContract(
        [property: Description("The requestId of the answer.")] string RequestId,
        [property: Description("Places of the answer that were seen, from 0.")] IReadOnlyList<int> Positions,
        [property: Description("ISO 8601, or Unix seconds or milliseconds as a number. Default: now.")] DateTimeOffset? Time = null);
}

/// <summary>What became of what was seen.</summary>
internal sealed record ShownAnswer(
    int Accepted, int Rejected,
    [property: Description("Each with its place in the request, from 0; absent when there are none.")] IReadOnlyList<Rejection>? Reasons);

/// <param name="Next">After which event the next page begins.</param>
internal sealed record AttributionPage(
    IReadOnlyList<AttributedEvent> Events,
    [property: Description("Give it as `after` to get the next page.")] long Next);

/// <summary>An event and the answer it came from.</summary>
internal sealed record AttributedEvent(
    long Sequence, string Id, string Type, string ItemId, double? Value, DateTimeOffset Time,
    [property: Description("\"direct\": the event names the answer; \"window\": the last answer that had the item; \"none\".")] string Rule,
    string? RequestId, int? Position, string? Source, float? Score, double? Propensity, string? Scenario, string? Snapshot,
    [property: Description("Whether a client said that the item was seen; absent when none said anything of the answer.")] bool? Shown)
{
    public static AttributedEvent From(StoredEvent e, Attribution found) => new(
        e.Sequence, e.Id, e.Type, e.ItemId, e.Value, e.Time, found.Rule.ToString().ToLowerInvariant(), found.Exposure?.RequestId,
        found.Item?.Position, found.Item?.Source, found.Item?.Score, found.Item is { Propensity: >= 0 and var known } ? known : null,
        found.Exposure?.Scenario,
        found.Exposure?.Snapshot, found.Shown);
}
