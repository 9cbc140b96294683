using System.Diagnostics;

namespace Kindred.AspNetCore.Telemetry;

/// <summary>Measures and traces what another recommender answers.</summary>
/// <param name="key">Which of several recommenders of a host it is; null: the one without a key.</param>
internal sealed class MeasuredRecommender(IRecommender inner, string? key = null) : IRecommender, IDisposable
{
    public Recommendation Recommend(RecommendRequest request, CancellationToken cancellationToken = default)
    {
        using var span = RecommendInstruments.Spans.StartActivity("kindred.recommend");
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
        using var span = RecommendInstruments.Spans.StartActivity("kindred.recommend");
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
        using var span = RecommendInstruments.Spans.StartActivity("kindred.similar");
        return inner.SimilarItems(request, cancellationToken);
    }

    public void Dispose() => (inner as IDisposable)?.Dispose();

    private Recommendation Measured(Recommendation answer, RecommendRequest request, long start, Activity? span)
    {
        span?.SetTag("kindred.source", answer.Source).SetTag("kindred.items", answer.Items.Count)
            .SetTag("kindred.snapshot", answer.Snapshot);
        // only a scenario that there is: names that clients make up would be series without end
        Record(start, request.Scenario ?? "default", answer.Source, answer.Items.Count > 0 ? "answered" : "empty");
        RecommendInstruments.Items.Add(answer.Items.Count, Tags());
        if (answer.Reason is { } reason) RecommendInstruments.Fallbacks.Add(1, Tags(("kindred.reason", reason)));
        return answer;
    }

    private void Fail(Exception e, long start, Activity? span)
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

    private void Record(long start, string scenario, string source, string outcome)
    {
        var tags = Tags(("kindred.scenario", scenario), ("kindred.source", source), ("kindred.outcome", outcome));
        RecommendInstruments.Duration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, tags);
    }

    private TagList Tags(params ReadOnlySpan<(string Name, string Value)> own)
    {
        var tags = new TagList();
        foreach (var (name, value) in own) tags.Add(name, value);
        if (key is not null) tags.Add("kindred.recommender", key);
        return tags;
    }
}
