using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Store;
using Kindred.Store.Exposures;

namespace Kindred.Server.Live;

/// <summary>
/// Answers from the snapshot and all that happened since: events, new, hidden, deleted and forgotten items and users; before the first
/// snapshot from what there is. Safe to share between threads.
/// </summary>
/// <param name="exposures">Keeps each answer; null: nobody does.</param>
internal sealed class LiveRecommender(LiveState state, TimeProvider clock, ExposureLog? exposures = null) : IRecommender
{
    /// <remarks>Blocks the thread while the store is read, which is where memory does not hold all: a server should use
    /// <see cref="RecommendAsync"/>.</remarks>
    public Recommendation Recommend(RecommendRequest request, CancellationToken cancellationToken = default)
    {
        using var view = state.Acquire();
        var (asked, served) = Ask(view, request, StateOf(view, request.UserId, cancellationToken).AsTask().GetAwaiter().GetResult(),
            cancellationToken);
        return Finish(view, request, asked, served.Pipeline.Answer(asked.Query, asked.Count, asked.WhyNot, cancellationToken));
    }

    public async ValueTask<Recommendation> RecommendAsync(RecommendRequest request, CancellationToken cancellationToken = default)
    {
        using var view = state.Acquire();
        var (asked, served) = Ask(view, request, await StateOf(view, request.UserId, cancellationToken), cancellationToken);
        return Finish(view, request, asked, await served.Pipeline.AnswerAsync(asked.Query, asked.Count, asked.WhyNot, cancellationToken));
    }

    public SimilarItemsAnswer SimilarItems(SimilarItemsRequest request, CancellationToken cancellationToken = default)
    {
        using var view = state.Acquire();
        return AskedSimilarItems.Answer(view.Served, request, cancellationToken, view.Allowed);
    }

    private (AskedRequest Asked, Served Served) Ask(
        LiveView view, RecommendRequest request, UserState user, CancellationToken cancellationToken)
    {
        var served = view.ServedFor(request.Scenario);
        if (view.Segment is { } segment && request.UserId is { } id && state.SegmentOf(id) is { } label)
            request = request with { Context = With(request.Context ?? new(), $"user.{segment}", label) };
        if (request.Key == 0) request = request with { Key = KeyOf(request.UserId) };
        return (AskedRequest.Of(served, request, clock.GetUtcNow(), cancellationToken, user), served);
    }

    private Recommendation Finish(LiveView view, RecommendRequest request, AskedRequest asked, PipelineAnswer answer)
    {
        var (recommendation, now) = (asked.AnswerFrom(answer), clock.GetUtcNow());
        string id = Guid.CreateVersion7(now).ToString();
        ExposedItem Exposed(RecommendedItem item, int position) =>
            new(item.ItemId, position, item.Source, item.Score, item.Propensity ?? 1);
        exposures?.TryAppend(new(id, now, [.. recommendation.Items.Select(Exposed)])
        {
            UserId = request.UserId,
            SessionId = request.UserId, // an anonymous visitor asks by the id of the session
            Scenario = request.Scenario,
            Snapshot = view.Reason is null ? recommendation.Snapshot : null,
            SettingsVersion = state.SettingsVersion,
        });
        return recommendation with { RequestId = id, Reason = view.Reason ?? recommendation.Reason };
    }

    /// <summary>
    /// What is drawn at random differs between all who ask, also those whom the snapshot does not know: the propensities that are logged
    /// are true of no draw that all of them share.
    /// </summary>
    private static long KeyOf(string? owner) => owner is null ? System.Random.Shared.NextInt64() : (long)Fnv1a.Hash64(owner);

    private static RecommendContext With(RecommendContext context, string name, string label) => context.Labels.ContainsKey(name) ? context
        : context with { Labels = new Dictionary<string, IReadOnlyList<string>>(context.Labels) { [name] = [label] } };

    private async ValueTask<UserState> StateOf(LiveView view, string? owner, CancellationToken cancellationToken)
    {
        if (owner is null) return new(new(-1, default), false, view.Allowed, []);
        var tail = view.Tail;
        bool replaces = tail.IsOutdated(owner);
        view.Knows(owner, out int user);
        state.Freshness.Answer(owner, clock.GetUtcNow());
        IReadOnlyList<TailEvent> events;
        if (replaces) events = await Read(owner, 0, cancellationToken);
        else if (!tail.TryGet(owner, out events)) events = await Read(owner, tail.Learned, cancellationToken);
        var negatives = replaces || tail.Learned == 0 ? [] : await Read(() => tail.Negatives.OfAsync( // also of who is not in the snapshot
            owner, state.Store.Events, state.Events, state.Settings.HistoryEvents, cancellationToken));
        return UserHistory.From(view, view.Served.Interactions, user, replaces, events, negatives, state.Events, clock.GetUtcNow());
    }

    private ValueTask<IReadOnlyList<TailEvent>> Read(string owner, long after, CancellationToken cancellationToken) =>
        Read<TailEvent>(async () =>
        [
            .. (await state.Store.Events.HistoryAsync(owner, state.Settings.HistoryEvents, after, null, cancellationToken))
                .Select(TailEvent.From),
        ]);

    /// <summary>Without the store answers do with what is in memory: a user whose events are not is like one who has none.</summary>
    private static async ValueTask<IReadOnlyList<T>> Read<T>(Func<ValueTask<IReadOnlyList<T>>> read)
    {
        try
        {
            return await read();
        }
        catch (StoreUnavailableException)
        {
            return [];
        }
    }
}
