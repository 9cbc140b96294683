using System.ComponentModel;
using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Access;
using Kindred.Server.Endpoints;
using Kindred.Server.Ingestion;
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

    private static JsonHttpResult<ActivityAnswer> Show(RecentMinutes minutes, EventWriter writer)
    {
        var recent = minutes.ToList();
        TimesAnswer Sum(Func<Minute, Quantiles> part) => TimesAnswer.From(Quantiles.Sum(recent.Select(part)));
        return TypedResults.Json(
            new ActivityAnswer(
                minutes.Started, [.. recent.Select(MinuteAnswer.From)],
                StepMinute.ByName(recent).ToDictionary(step => step.Key, step => StepAnswer.From(step.Value)),
                new(Sum(minute => minute.Latency), Sum(minute => minute.Lateness), Sum(minute => minute.Freshness),
                    Sum(minute => minute.Commits)),
                writer.Queued),
            LivingJson.Default.ActivityAnswer);
    }
}

internal sealed record ActivityAnswer(
    [property: Description("When this server started; earlier minutes are empty.")] DateTimeOffset Started,
    [property: Description("60 minutes, oldest first, the last one not over.")] IReadOnlyList<MinuteAnswer> Minutes,
    [property: Description("Sources and stages of pipelines in all these minutes together, by their names.")]
    IReadOnlyDictionary<string, StepAnswer> Steps,
    [property: Description("Of all these minutes together.")] HourAnswer Hour,
    [property: Description("Events that wait for being written now.")] int Queued);

/// <summary>Times of an hour.</summary>
internal sealed record HourAnswer(
    [property: Description("To answer.")] TimesAnswer Answers,
    [property: Description("From when an event happened to its being stored.")] TimesAnswer Lateness,
    [property: Description("From an event's being stored to the first answer that used it.")] TimesAnswer Freshness,
    [property: Description("To write the events of one transaction.")] TimesAnswer Commits);

/// <summary>How long something took, to within 8 %.</summary>
/// <param name="Count">How often it was measured.</param>
internal sealed record TimesAnswer(
    long Count,
    [property: Description("Half took at most so many seconds; absent: nothing was measured.")] double? MedianSeconds,
    [property: Description("So did 90 %.")] double? P90Seconds,
    [property: Description("So did 99 %.")] double? P99Seconds)
{
    public static TimesAnswer From(Quantiles times)
    {
        double? At(double share) => times.Count == 0 ? null : times.At(share);
        return new(times.Count, At(.5), At(.9), At(.99));
    }
}

/// <summary>A source or a stage of pipelines.</summary>
internal sealed record StepAnswer(
    long Answers,
    [property: Description("In half of the answers it took at most so many seconds; absent: it took part in none.")] double? MedianSeconds,
    double? P99Seconds,
    [property: Description("Candidates that it got, of all answers together; 0 for sources.")] long CandidatesIn,
    [property: Description("Candidates that it left.")] long CandidatesOut,
    [property: Description("Answers that did without it, as it was late, failed, or had no time left.")] long Skipped)
{
    public static StepAnswer From(StepMinute step) => new(
        step.Times.Count, step.Times.Count == 0 ? null : step.Times.At(.5), step.Times.Count == 0 ? null : step.Times.At(.99), step.In,
        step.Out, step.Skipped);
}

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
