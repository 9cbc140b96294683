using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Retrieval;

namespace Kindred;

/// <summary>A request by ids → a query by indices → the answer by ids: the one place where that is done.</summary>
internal sealed class AskedRequest
{
    private readonly Served _served;
    private readonly RecommendRequest _request;
    private readonly string[] _unknownItems;
    private readonly bool _isKnownUser;
    private readonly int[] _whyNot; // [request.WhyNot]; −1: not known

    private AskedRequest(
        Served served, RecommendRequest request, DateTimeOffset now, UserState? state, CancellationToken cancellationToken)
    {
        if (request.Count < 1) throw new InputException($"count must be at least 1, was {request.Count}.");
        RequestCheck.Check(request);
        (_served, _request) = (served, request);
        int user = -1;
        _isKnownUser = state?.IsKnown
            ?? (request.UserId is not null && served.Interactions.Users.TryGetIndex(request.UserId, out user));
        _whyNot = [.. (request.WhyNot ?? []).Select(id => served.Interactions.Items.TryGetIndex(id, out int item) ? item : -1)];
        WhyNot = request.Explain || request.WhyNot is not null ? [.. _whyNot.Where(item => item >= 0).Distinct()] : null;
        var context = ContextOf(request.Context, now);
        var stored = state?.Stored ?? (_isKnownUser ? Query.Of(served.Interactions, user) : new(-1, default));
        var query = QueryAfter(stored, context.Time!.Value, out _unknownItems);
        Query = query with { Allowed = Allowed(state, cancellationToken), Context = context, RandomKey = request.Key };
    }

    public Query Query { get; }

    /// <summary>The most items that the answer may have: no more than there are.</summary>
    public int Count => Math.Min(_request.Count, Math.Max(1, _served.Interactions.Items.Count));

    /// <summary>Null: nothing is to be explained.</summary>
    public IReadOnlyList<int>? WhyNot { get; }

    /// <param name="now">What the time is where the request does not say.</param>
    /// <param name="state">Of the user, by now; null: that of the data.</param>
    /// <exception cref="InputException">Something in the request cannot be used.</exception>
    public static AskedRequest Of(
        Served served, RecommendRequest request, DateTimeOffset now, CancellationToken cancellationToken, UserState? state = null) =>
        new(served, request, now, state, cancellationToken);

    public Recommendation AnswerFrom(PipelineAnswer answer)
    {
        var traces = answer.Explanation is { } explained ? explained.Items.Concat(explained.Missing).ToDictionary(trace => trace.Item) : [];
        string source = answer.Items is [var first, ..] ? first.Source : _served.Pipeline.Sources[^1]; // fallbacks are last
        return new()
        {
            Items = [.. answer.Items.Select(candidate => ItemOf(candidate, _request.Explain ? traces[candidate.Item] : null))],
            Snapshot = _served.Id,
            Source = source,
            Reason = source == ModelExtensions.FallbackName || answer.Items.Count == 0 ? ReasonFor(answer.Items) : null,
            IsKnownUser = _isKnownUser,
            UnknownItems = _unknownItems,
            Warnings = _request.Context is { } context ? [.. _served.Context.WarningsFor(context)] : [],
            SkippedSteps = answer.SkippedSteps,
            WhyNot = _request.WhyNot?.Select((id, n) => _whyNot[n] < 0
                ? new MissingItem(id, "There is no such item.")
                : new MissingItem(id, traces[_whyNot[n]].Verdict, ExplanationOf(traces[_whyNot[n]]))).ToArray(),
        };
    }

    private RecommendedItem ItemOf(in Candidate candidate, ItemTrace? trace) => new()
    {
        ItemId = _served.Interactions.Items.Id(candidate.Item),
        Title = _served.Catalog.TitleOf(candidate.Item),
        Score = candidate.Score,
        Source = candidate.Source,
        Propensity = candidate.Propensity,
        Explanation = trace is null ? null : ExplanationOf(trace),
        Because = _request.Because && _served.Models.TryGetValue(candidate.Source, out var model) && candidate.Item < model.Items.Count
            ? [.. TopContributions.For(model, Query.Within(model.Items.Count), candidate.Item).Select(_served.Interactions.Items.Id)] : [],
    };

    private static ItemExplanation ExplanationOf(ItemTrace trace) => new(trace.Sources, trace.Stages);

    /// <summary>Why the list does not begin with an item of the model.</summary>
    private string? ReasonFor(IReadOnlyList<Candidate> items) =>
        items.Count == 0 && Query.Allowed is { } allowed
            ? (allowed.Count == 0 ? "nothing passes the filter" : Recommendation.NothingLeft)
        : Query.History.IsEmpty && _request.History.Count > 0 ? "no known item in the history"
        : Query.History.IsEmpty ? (_isKnownUser ? "no history" : "unknown user")
        : items.Count == 0 ? Recommendation.NothingLeft
        : _served.Pipeline.Sources[0] == ModelExtensions.FallbackName ? null // popularity is the model
        : "nothing learned from this history";

    private BitSet? Allowed(UserState? state, CancellationToken cancellationToken)
    {
        int[] Known(IReadOnlyList<string> ids) =>
            [.. ids.Select(id => _served.Interactions.Items.TryGetIndex(id, out int item) ? item : -1).Where(item => item >= 0)];
        int[] denied = [.. Known(_request.Deny), .. state?.Unwanted ?? []];
        var allowed = _served.Filters.Of(
            _request.Where, denied, _request.Allow is null ? null : Known(_request.Allow), cancellationToken);
        return state?.Allowed is not { } all ? allowed : allowed?.And(all) ?? all;
    }

    // The given events follow the stored ones of the user.
    private Query QueryAfter(Query stored, long now, out string[] unknownItems)
    {
        var (unknown, items, weights, times) = (new List<string>(), new List<int>(), new List<float>(), new List<long>());
        foreach (var given in _request.History)
        {
            if (!_served.Interactions.Items.TryGetIndex(given.ItemId, out int item))
            {
                unknown.Add(given.ItemId);
                continue;
            }
            items.Add(item);
            weights.Add(_served.Interactions.Histories.Scale.WeightOf(given.Weight));
            times.Add(given.Time?.ToUnixTimeSeconds() ?? now);
        }
        unknownItems = [.. unknown.Distinct()];
        if (items.Count == 0) return stored;
        // What a model learned of the user by number is the state of the data; with events after it, only the history is true.
        return new(stored.User, (int[])[.. stored.History.Span, .. items], (float[])[.. stored.Weights.Span, .. weights])
        {
            // of stored events without times nobody knows the order in time
            Times = stored.History.Length == stored.Times.Length ? (long[])[.. stored.Times.Span, .. times] : default,
            IsUserOutdated = true,
        };
    }

    // Seasons, hours and pauses are about the moment of the request.
    private static QueryContext ContextOf(RecommendContext? given, DateTimeOffset now) => new()
    {
        Time = (given?.Time ?? now).ToUnixTimeSeconds(),
        IsTimeOfClock = given?.Time is null,
        Labels = given?.Labels ?? new Dictionary<string, IReadOnlyList<string>>(),
        Numbers = given?.Numbers ?? new Dictionary<string, float>(),
    };
}
