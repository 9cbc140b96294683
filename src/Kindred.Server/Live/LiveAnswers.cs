using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Server.Experiments;
using Kindred.Store;

namespace Kindred.Server.Live;

/// <summary>
/// Makes answers from a snapshot and all that happened since: events, new, hidden, deleted and forgotten items and users; before the first
/// snapshot from what there is. Keeps none of them. Safe to share between threads.
/// </summary>
/// <param name="arms">Other snapshots that may be asked; null: there are none.</param>
internal sealed class LiveAnswers(LiveState main, TimeProvider clock, SnapshotArms? arms = null)
{
    /// <param name="treatment">How the answer differs from the usual one.</param>
    /// <param name="isBlocking">Blocks the thread while other programs are asked, as who cannot wait otherwise wants it.</param>
    /// <param name="placement">What is put into the answer; null: nothing.</param>
    /// <exception cref="InputException">Something in the request or the treatment cannot be used.</exception>
    public async ValueTask<Recommendation> AnswerAsync(
        RecommendRequest request, Treatment treatment, bool isBlocking, CancellationToken cancellationToken, IPlacement? placement = null)
    {
        var (state, view) = Acquire(treatment.Snapshot);
        using var lease = view;
        var user = await StateOf(state, view, request.UserId, treatment.Events ?? state.Events, cancellationToken);
        var served = view.ServedFor(treatment.Scenario ?? request.Scenario);
        var asked = AskedRequest.Of(served, request, clock.GetUtcNow(), cancellationToken, user);
        string? label = view.Segment is not null && request.UserId is { } owner ? state.SegmentOf(owner) : null;
        var query = label is null ? asked.Query
            : asked.Query with { Context = With(asked.Query.Context!, SegmentLists.ColumnOf(view.Segment!), label) };
        var answer = asked.AnswerFrom(isBlocking ? served.Pipeline.Answer(query, asked.Count, asked.WhyNot, cancellationToken)
            : await served.Pipeline.AnswerAsync(query, asked.Count, asked.WhyNot, cancellationToken));
        if (answer.WhyNot is { } missing)
            answer = answer with { WhyNot = [.. missing.Select(one => view.MayShow(one.ItemId) ? one : Hidden(one))] };
        if (placement is not null) answer = placement.Place(query, served, answer);
        bool isOfSegment = query.History.IsEmpty && answer is { Source: ModelExtensions.FallbackName, Items.Count: > 0 }
            && view.Segments?.Has(label) == true;
        return answer with
        {
            Reason = view.Reason
                ?? (isOfSegment ? $"no history: popular where {view.Segment} is {PlainText.Shorten(label!)}" : answer.Reason),
        };
    }

    private static MissingItem Hidden(MissingItem item) => item with { Verdict = "It is hidden or was deleted: nobody is recommended it." };

    /// <param name="snapshot">Null: the one that is served.</param>
    private (LiveState State, LiveView View) Acquire(string? snapshot)
    {
        var view = main.Acquire(); // it may still be of the snapshot before
        if (snapshot is null || view.Served.Id == snapshot) return (main, view);
        view.Dispose();
        var state = arms?.StateOf(snapshot) ?? throw new InputException($"The snapshot {snapshot} is not open.");
        return (state, state.Acquire());
    }

    /// <summary>What the request says counts more than what is stored.</summary>
    private static QueryContext With(QueryContext context, string name, string label) => context.Labels.ContainsKey(name) ? context
        : context with { Labels = new Dictionary<string, IReadOnlyList<string>>(context.Labels) { [name] = [label] } };

    private async ValueTask<UserState> StateOf(
        LiveState state, LiveView view, string? owner, EventSettings events, CancellationToken cancellationToken)
    {
        if (owner is null) return new(new(-1, default), false, view.Allowed, []);
        var tail = view.Tail;
        bool replaces = tail.IsOutdated(owner);
        view.Knows(owner, out int user);
        state.Freshness.Answer(owner, clock.GetUtcNow());
        IReadOnlyList<TailEvent> happened;
        if (replaces) happened = await Read(state, owner, 0, cancellationToken);
        else if (!tail.TryGet(owner, out happened)) happened = await Read(state, owner, tail.Learned, cancellationToken);
        var negatives = replaces || tail.Learned == 0 ? [] : await Read(() => tail.Negatives.OfAsync( // also of who is not in the snapshot
            owner, state.Store.Events, state.Events, state.Settings.HistoryEvents, cancellationToken));
        return UserHistory.From(view, view.Served.Interactions, user, replaces, happened, negatives, events, clock.GetUtcNow());
    }

    private static ValueTask<IReadOnlyList<TailEvent>> Read(
        LiveState state, string owner, long after, CancellationToken cancellationToken) => Read<TailEvent>(async () =>
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
