using Kindred.Numerics;
using Kindred.Server.Experiments;
using Kindred.Store.Exposures;

namespace Kindred.Server.Live;

/// <summary>
/// Answers, by the arms of the experiments that the user is in, and keeps what it answered. Safe to share between threads.
/// </summary>
/// <param name="exposures">Keeps each answer; null: nobody does.</param>
/// <param name="experiments">Null: there are none.</param>
/// <param name="placements">Null: there are none. An answer that takes part in experiments is that of its arms alone.</param>
internal sealed class LiveRecommender(
    LiveState state, TimeProvider clock, ExposureLog? exposures = null, ExperimentAnswers? experiments = null,
    LiveAnswers? answers = null, IPlacements? placements = null) : IRecommender
{
    private readonly LiveAnswers _answers = answers ?? new(state, clock);

    /// <remarks>Blocks the thread while the store is read, which is where memory does not hold all: a server should use
    /// <see cref="RecommendAsync"/>.</remarks>
    public Recommendation Recommend(RecommendRequest request, CancellationToken cancellationToken = default) =>
        AnswerAsync(request, isBlocking: true, cancellationToken).AsTask().GetAwaiter().GetResult();

    public ValueTask<Recommendation> RecommendAsync(RecommendRequest request, CancellationToken cancellationToken = default) =>
        AnswerAsync(request, isBlocking: false, cancellationToken);

    public SimilarItemsAnswer SimilarItems(SimilarItemsRequest request, CancellationToken cancellationToken = default)
    {
        using var view = state.Acquire();
        return AskedSimilarItems.Answer(view.Served, request, cancellationToken, view.Allowed);
    }

    private async ValueTask<Recommendation> AnswerAsync(RecommendRequest request, bool isBlocking, CancellationToken cancellationToken)
    {
        if (request.Key == 0) request = request with { Key = KeyOf(request.UserId) };
        long start = clock.GetTimestamp();
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        ExperimentAnswer answer;
        var parts = experiments?.PartsOf(request) ?? [];
        var placement = placements?.Begin(request, id, mayPlace: parts.Count == 0);
        if (parts.Count > 0)
            answer = await experiments!.AnswerAsync(request, parts, id, isBlocking, cancellationToken);
        else
        {
            var usual = await _answers.AnswerAsync(request, Treatment.None, isBlocking, cancellationToken, placement);
            answer = new(usual, clock.GetElapsedTime(start), []);
        }
        return Keep(request, id, answer, placement);
    }

    /// <summary>
    /// What is drawn at random differs between all who ask, also those whom the snapshot does not know: the propensities that are logged
    /// are true of no draw that all of them share.
    /// </summary>
    internal static long KeyOf(string? owner) => owner is null ? System.Random.Shared.NextInt64() : (long)Fnv1a.Hash64(owner);

    private Recommendation Keep(RecommendRequest request, Guid id, ExperimentAnswer answer, IPlacement? placement)
    {
        var now = clock.GetUtcNow();
        var recommendation = answer.Recommendation;
        double unknown = answer.ArmOf is null ? 1 : double.NaN;
        ExposedItem Exposed(RecommendedItem item, int position) =>
            new(item.ItemId, position, item.Source, item.Score, item.Propensity ?? unknown, answer.ArmOf?[position]);
        bool isLogged = exposures?.TryAppend(new(id.ToString(), now, [.. recommendation.Items.Select(Exposed)])
        {
            UserId = request.UserId,
            SessionId = request.UserId, // an anonymous visitor asks by the id of the session
            Scenario = request.Scenario,
            Snapshot = recommendation.Snapshot == ColdStart.Id ? null : recommendation.Snapshot,
            SettingsVersion = state.SettingsVersion,
            Arms = answer.Arms,
            Latency = (float)answer.Latency.TotalMilliseconds,
            Contract = placement?.Placed is { } placed ? new(placed.Position, placed.Cost) : null,
        }) == true;
        placement?.Note(recommendation.Items, now, isLogged);
        return recommendation with
        {
            RequestId = id.ToString(),
            Experiments = [.. answer.Arms.Select(arm => new AnsweredArm(arm.Experiment, arm.Arm))],
        };
    }
}
