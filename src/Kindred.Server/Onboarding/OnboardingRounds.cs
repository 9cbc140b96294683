using Kindred.Data;
using Kindred.Onboarding;
using Kindred.Retrieval;
using Kindred.Server.Experiments;
using Kindred.Server.Live;
using Kindred.Store;

namespace Kindred.Server.Onboarding;

/// <summary>
/// Cards for a new user, one round after the other: what to ask next after some answers, and what would be recommended by now. At any
/// stage: before there is a model, and before anyone did anything, too. Safe to share between threads.
/// </summary>
internal sealed class OnboardingRounds(LiveState live, LiveAnswers answers, IStore store)
{
    /// <summary>Picks and dismissals of a user that are looked at.</summary>
    public const int MostAnswers = 1_000;

    private const int Previewed = 10, Listed = 100;

    private static readonly string[] ImageColumns = ["image", "imageUrl", "image_url", "picture"];

    private readonly Lock _gate = new();
    private (string Id, long Events, Task<Learned> Learned)? _learned;

    /// <summary>The next round for a user or a session, from the answers that are stored.</summary>
    public async Task<OnboardingRound> NextAsync(string owner, OnboardingQuestion question, CancellationToken cancellationToken)
    {
        var events = await store.Events.HistoryAsync(owner, MostAnswers, cancellationToken: cancellationToken);
        var answered = OnboardingAnswers.StandingIn(events).Values.OrderBy(e => e.Sequence).ToLookup(e => e.Type, e => e.ItemId);
        string[] picked = [.. answered[EventSettings.PickType]], dismissed = [.. answered[EventSettings.DismissType]];
        int known = events.Where(e => live.Events.WeightOf(e.Type, e.Time, e.Time) > 0).Select(e => e.ItemId).Distinct().Count();
        // the store does not record whether groups were asked for
        return await NextAsync(
            new() { UserId = owner }, known, picked, dismissed, question, countsGroups: true, cancellationToken);
    }

    /// <summary>The next round after answers that nobody stored: to try the cards.</summary>
    public Task<OnboardingRound> TryAsync(
        IReadOnlyList<string> picked, IReadOnlyList<string> dismissed, OnboardingQuestion question, CancellationToken cancellationToken) =>
        NextAsync(new() { History = [.. picked.Select(id => new HistoryEvent(id))] }, picked.Count, picked, dismissed, question,
            countsGroups: question.AsksGroups, cancellationToken);

    /// <param name="known">Items that are known of the user.</param>
    /// <param name="countsGroups">Whether all items of a group are one pick.</param>
    private async Task<OnboardingRound> NextAsync(
        RecommendRequest request, int known, IReadOnlyList<string> picked, IReadOnlyList<string> dismissed, OnboardingQuestion question,
        bool countsGroups, CancellationToken cancellationToken)
    {
        using var view = live.Acquire();
        var learned = await LearnedFrom(view).WaitAsync(cancellationToken);
        var shown = picked.Concat(dismissed).ToHashSet(StringComparer.Ordinal);
        string? segment = request.UserId is { } owner ? live.SegmentOf(owner) : null;
        bool isMixed = view.Reason is not null || view.Segments?.Has(segment) == true; // the answer itself is what the preview shows
        var personal = await answers.AnswerAsync(
            request with { Count = isMixed ? Previewed : Listed, Deny = dismissed }, Treatment.None, isBlocking: false, cancellationToken);
        var popular = await Popular(view, segment, [.. shown], cancellationToken);
        double weight = personal.Reason is not null ? 0
            : isMixed ? SegmentRetriever.ModelWeight(known) : PopularityBlend.ModelWeight(known);
        var items = isMixed ? personal.Items : Mix(personal, popular, weight);

        var (cards, from, gain) = question.AsksGroups && shown.Count == 0 && learned.Cards is { } all
            ? ([.. all.GroupCards.Take(question.Count).Select(card => CardOf(view, learned, card, "group"))], "groups", 1.0)
            : Items(view, learned, popular, picked, dismissed, question.Count);
        int picks = countsGroups ? PicksIn(learned, picked) : picked.Count;
        string? end = view.Served.Interactions.Items.Count == 0 ? "there are no items yet"
            : OnboardingInterview.EndOf(picks, question.Picks, cards.Count, gain);
        return new(end is null ? cards : [], [.. items.Take(Previewed)], picks, dismissed.Count, end is not null, end, from, weight,
            view.Served.Id);
    }

    /// <returns>Cards that were picked: a group whose items all were is one.</returns>
    private static int PicksIn(Learned learned, IReadOnlyList<string> picked)
    {
        var left = picked.ToHashSet(StringComparer.Ordinal);
        int groups = 0;
        foreach (var group in learned.Cards?.GroupCards ?? [])
        {
            string[] items = [.. group.Items.Select(item => learned.Data.Items.Id(item))];
            if (items.Length < 2 || !items.All(left.Contains)) continue;
            left.ExceptWith(items);
            groups++;
        }
        return groups + left.Count;
    }

    private (IReadOnlyList<OnboardingCardAnswer> Cards, string From, double Gain) Items(
        LiveView view, Learned learned, IReadOnlyList<RecommendedItem> popular, IReadOnlyList<string> picked,
        IReadOnlyList<string> dismissed, int count)
    {
        if (learned.Cards is not { } cards)
        {
            OnboardingCardAnswer[] list = [.. popular.Where(item => !dismissed.Contains(item.ItemId)).Take(count)
                .Select(item => new OnboardingCardAnswer(
                    "item", item.Title ?? item.ItemId, [ItemOf(view, item.ItemId, item.Title)]))];
            return (list, popular is [var first, ..] ? first.Source : ColdStart.NewestName, 1);
        }
        var items = learned.Data.Items;
        IEnumerable<int> Known(IEnumerable<string> ids) =>
            ids.Select(id => items.TryGetIndex(id, out int item) ? item : -1).Where(item => item >= 0);
        bool MayShow(int item) => view.Allowed is not { } allowed
            || (view.Served.Interactions.Items.TryGetIndex(items.Id(item), out int now) && allowed.Contains(now));
        var (next, gain) = cards.Next(Known(picked), Known(dismissed), count, MayShow);
        return ([.. next.Select(card => CardOf(view, learned, card, "item"))], "adaptive", gain);
    }

    /// <summary>What is popular in the user's segment, where that has enough events, or among all.</summary>
    private async Task<IReadOnlyList<RecommendedItem>> Popular(
        LiveView view, string? segment, IReadOnlyList<string> shown, CancellationToken cancellationToken)
    {
        var context = segment is null || view.Segment is not { } attribute ? null : new RecommendContext
        {
            Labels = new Dictionary<string, IReadOnlyList<string>> { [SegmentLists.ColumnOf(attribute)] = [segment] },
        };
        var answer = await answers.AnswerAsync(
            new() { Count = Listed, Deny = shown, Context = context }, Treatment.None, isBlocking: false, cancellationToken);
        return answer.Items;
    }

    private static IReadOnlyList<RecommendedItem> Mix(Recommendation personal, IReadOnlyList<RecommendedItem> popular, double weight)
    {
        if (weight == 0 && personal.Reason is null) return popular;
        if (personal.Reason is not null) return popular.Count > 0 ? popular : personal.Items;
        return OnboardingInterview.Mix(
            personal.Items, popular, weight, item => item.ItemId, item => item.Source != ModelExtensions.FallbackName);
    }

    private static OnboardingCardAnswer CardOf(LiveView view, Learned learned, OnboardingCard card, string kind) => new(
        kind, card.Title, [.. card.Items.Select(item => learned.Data.Items.Id(item)).Select(id => ItemOf(view, id, TitleOf(view, id)))]);

    private static OnboardingItem ItemOf(LiveView view, string id, string? title) => new(id, title, ImageOf(view.Served, id));

    private static string? TitleOf(LiveView view, string id) =>
        view.Served.Interactions.Items.TryGetIndex(id, out int item) && item < view.Served.Catalog.Count
            ? view.Served.Catalog.TitleOf(item) : null;

    private static string? ImageOf(Served served, string id)
    {
        if (!served.Interactions.Items.TryGetIndex(id, out int item) || item >= served.Catalog.Count) return null;
        foreach (string name in ImageColumns)
            if (served.Catalog.Texts.TryGetValue(name, out var column) && column.Values[item] is { Length: > 0 } image) return image;
        return null;
    }

    /// <summary>Learned once of a snapshot; before there is one, again when there are a fifth more events.</summary>
    private Task<Learned> LearnedFrom(LiveView view)
    {
        long events = view.Reason is null ? 0 : view.Tail.Events;
        lock (_gate)
        {
            if (_learned is { Learned.IsFaulted: false } last && last.Id == view.Served.Id && events <= 1.2 * last.Events)
                return last.Learned;
            var data = view.Reason is null ? view.Served.Interactions : DataOf(view);
            var learned = Task.Run(() => new Learned(data, OnboardingCards.From(data)));
            _learned = (view.Served.Id, events, learned);
            return learned;
        }
    }

    /// <summary>What happened so far, where no snapshot knows it.</summary>
    private Interactions DataOf(LiveView view)
    {
        var items = view.Served.Interactions.Items;
        var (owners, starts, events) = (new List<string>(), new List<int> { 0 }, new List<int>());
        foreach (var group in view.Tail.All().GroupBy(pair => pair.Owner))
        {
            int[] had = [.. group.Where(pair => live.Events.WeightOf(pair.Event.Type, pair.Event.Time, pair.Event.Time) > 0)
                .Select(pair => items.TryGetIndex(pair.Event.ItemId, out int item) ? item : -1).Where(item => item >= 0)];
            if (had.Length == 0) continue;
            owners.Add(group.Key);
            events.AddRange(had);
            starts.Add(events.Count);
        }
        var weights = new float[events.Count];
        Array.Fill(weights, 1);
        return new Interactions(new(owners), items, new(starts.ToArray(), events.ToArray(), default, weights))
            .With(null, view.Served.Catalog);
    }

    /// <param name="Cards">Null: there are too few users to learn from.</param>
    private sealed record Learned(Interactions Data, OnboardingCards? Cards);
}

/// <summary>What a round is to be like.</summary>
/// <param name="Count">Cards at once.</param>
/// <param name="Picks">After so many the interview ends.</param>
/// <param name="AsksGroups">The first round shows groups of items.</param>
internal sealed record OnboardingQuestion(int Count, int Picks = OnboardingInterview.UsualPicks, bool AsksGroups = false);

/// <summary>What to ask next, and what would be recommended by now.</summary>
internal sealed record OnboardingRound(
    IReadOnlyList<OnboardingCardAnswer> Cards, IReadOnlyList<RecommendedItem> Preview, int Picked, int Dismissed, bool Done,
    string? Reason, string CardsFrom, double ModelWeight, string Snapshot);
