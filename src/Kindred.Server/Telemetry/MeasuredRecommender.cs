using System.Diagnostics;

namespace Kindred.Server.Telemetry;

/// <summary>Measures and traces what another recommender answers.</summary>
internal sealed class MeasuredRecommender(IRecommender inner) : IRecommender
{
    public Recommendation Recommend(RecommendRequest request, CancellationToken cancellationToken = default)
    {
        using var span = Instruments.Spans.StartActivity("kindred.recommend");
        long start = Stopwatch.GetTimestamp();
        try
        {
            return Measured(inner.Recommend(request, cancellationToken), request, start, span);
        }
        catch (Exception e)
        {
            Fail(e, start, span);
            throw;
        }
    }

    public async ValueTask<Recommendation> RecommendAsync(RecommendRequest request, CancellationToken cancellationToken = default)
    {
        using var span = Instruments.Spans.StartActivity("kindred.recommend");
        long start = Stopwatch.GetTimestamp();
        try
        {
            return Measured(await inner.RecommendAsync(request, cancellationToken), request, start, span);
        }
        catch (Exception e)
        {
            Fail(e, start, span);
            throw;
        }
    }

    public SimilarItemsAnswer SimilarItems(SimilarItemsRequest request, CancellationToken cancellationToken = default)
    {
        using var span = Instruments.Spans.StartActivity("kindred.similar");
        return inner.SimilarItems(request, cancellationToken);
    }

    private static Recommendation Measured(Recommendation answer, RecommendRequest request, long start, Activity? span)
    {
        span?.SetTag("kindred.source", answer.Source).SetTag("kindred.items", answer.Items.Count)
            .SetTag("kindred.snapshot", answer.Snapshot);
        // only a scenario that there is: names that clients make up would be series without end
        Record(start, request.Scenario ?? "default", answer.Source, answer.Items.Count > 0 ? "answered" : "empty");
        Instruments.RecommendItems.Add(answer.Items.Count);
        if (answer.Reason is { } reason) Instruments.RecommendFallbacks.Add(1, Instruments.Tag("kindred.reason", reason));
        return answer;
    }

    private static void Fail(Exception e, long start, Activity? span)
    {
        string outcome = e switch
        {
            InputException or UnknownScenarioException => "refused",
            OperationCanceledException => "cancelled",
            _ => "failed",
        };
        span?.SetStatus(ActivityStatusCode.Error, outcome);
        Record(start, "none", "none", outcome);
    }

    private static void Record(long start, string scenario, string source, string outcome) => Instruments.RecommendDuration.Record(
        Stopwatch.GetElapsedTime(start).TotalSeconds, Instruments.Tag("kindred.scenario", scenario),
        Instruments.Tag("kindred.source", source), Instruments.Tag("kindred.outcome", outcome));
}
