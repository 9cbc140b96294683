using System.ComponentModel;
using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Access;
using Kindred.Server.Endpoints;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Telemetry;

/// <summary>What happened in the last hour, minute by minute.</summary>
internal static class ActivityEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGetAndHead("/activity", Show).WithOperationId("activity").WithTags("health").Requires(Scope.Read)
            .Produces<ActivityAnswer>().WithSummary("What happened in the last hour, minute by minute")
            .WithDescription("Of this server, since it started. For longer times collect /metrics.");

    private static JsonHttpResult<ActivityAnswer> Show(RecentMinutes minutes) => TypedResults.Json(
        new ActivityAnswer(minutes.Started, [.. minutes.ToList().Select(MinuteAnswer.From)]), LivingJson.Default.ActivityAnswer);
}

internal sealed record ActivityAnswer(
    [property: Description("When this server started; earlier minutes are empty.")] DateTimeOffset Started,
    [property: Description("60 minutes, oldest first, the last one not over.")] IReadOnlyList<MinuteAnswer> Minutes);

/// <summary>A minute.</summary>
internal sealed record MinuteAnswer(
    DateTimeOffset Time,
    [property: Description("Requests for recommendations, but for those that were refused.")] long Answers,
    [property: Description("Half of them were answered within so many seconds; absent: there was none.")] double? MedianSeconds,
    [property: Description("So were 99 %.")] double? P99Seconds,
    [property: Description("Answers in which another than the model came first.")] long Fallbacks,
    [property: Description("Answers that failed by a fault of the server.")] long Failures,
    [property: Description("Stored events by type.")] IReadOnlyDictionary<string, long> Events,
    [property: Description("Events that were not stored, by reason.")] IReadOnlyDictionary<string, long> Rejected,
    [property: Description("Half of the events were stored within so many seconds after they happened.")] double? MedianLatenessSeconds,
    [property: Description("Half of the events that an answer used first were used within so many seconds.")]
    double? MedianFreshnessSeconds)
{
    public static MinuteAnswer From(Minute minute) => new(
        DateTimeOffset.FromUnixTimeSeconds(minute.Number * 60), minute.Latency.Count, At(minute.Latency, .5), At(minute.Latency, .99),
        minute.Fallbacks, minute.Failures, minute.Events, minute.Rejected, At(minute.Lateness, .5), At(minute.Freshness, .5));

    private static double? At(Quantiles quantiles, double share) => quantiles.Count == 0 ? null : quantiles.At(share);
}
