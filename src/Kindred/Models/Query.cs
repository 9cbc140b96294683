using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Models;

/// <summary>What a model is asked, already translated to dense indices.</summary>
/// <param name="User">Index in the user vocabulary, or −1 when the user is unknown.</param>
/// <param name="History">Items the user has interacted with, oldest first; an item may occur more than once.</param>
/// <param name="Weights">
/// [History], the weight of each event; empty: every event weighs 1. A rating of 0 or below says that the item was not liked, which models
/// of ratings take into account, while others pass over the event. One above 10⁹ counts as 10⁹: no model is asked what it cannot add up.
/// </param>
public readonly record struct Query(int User, ReadOnlyMemory<int> History, ReadOnlyMemory<float> Weights = default)
{
    /// <summary>[History], the weight of each event; empty: every event weighs 1.</summary>
    public ReadOnlyMemory<float> Weights
    {
        get;
        init
        {
            field = WeightRange.Within(value);
            Ratings = WeightRange.RatingsWithin(value);
        }
    } = WeightRange.Within(Weights);

    /// <summary>[History], the same as ratings, which may be 0 or negative.</summary>
    internal ReadOnlyMemory<float> Ratings { get; private init; } = WeightRange.RatingsWithin(Weights);

    /// <summary>The history without items that were rated 0 or below: what models of events take for liked.</summary>
    internal ReadOnlyMemory<int> Liked
    {
        get
        {
            var (history, ratings) = (History, Ratings);
            if (ratings.IsEmpty || !ratings.Span.ContainsAnyInRange(float.NegativeInfinity, 0)) return history;
            return Enumerable.Range(0, history.Length).Where(n => ratings.Span[n] > 0).Select(n => history.Span[n]).ToArray();
        }
    }

    /// <summary>[History], UTC Unix seconds of each event; empty: unknown.</summary>
    public ReadOnlyMemory<long> Times { get; init; }

    /// <summary>What is known of the moment beside who asks; null: nothing.</summary>
    public QueryContext? Context { get; init; }

    /// <summary>
    /// Items that may be answered; null: all. Models score all the same: it is for those who make lists, and they look for nothing else, so
    /// that a list is as long as what is allowed lets it be.
    /// </summary>
    internal BitSet? Allowed { get; init; }

    /// <summary>
    /// True: a retriever that can leaves out the items of the history itself, see <c>IRetriever.CanExcludeHistory</c>. Set by pipelines;
    /// models score all the same.
    /// </summary>
    internal bool ExcludesHistory { get; init; }

    /// <summary>
    /// True: the history holds events that are later than the model, so that what a model learned of <see cref="User"/> by number is out of
    /// date. Who asks is the same, with all that is known of them.
    /// </summary>
    public bool IsUserOutdated { get; init; }

    /// <summary>Whose learned embedding may be used: <see cref="User"/>, or −1 when it is out of date.</summary>
    public int LearnedUser => IsUserOutdated ? -1 : User;

    /// <summary>Distinguishes requests of one user in what is drawn at random: equal queries with equal keys are answered alike.</summary>
    internal long RandomKey { get; init; }

    /// <returns>False: the item was rated 0 or below.</returns>
    internal bool IsLiked(int position) => Ratings.IsEmpty || Ratings.Span[position] > 0;

    /// <returns>The weight of event <paramref name="position"/> of the history.</returns>
    public float WeightOf(int position) => Weights.IsEmpty ? 1 : Weights.Span[position];

    /// <returns>The same query without events of later items than the first so many: what can be asked of who knows only those.</returns>
    internal Query Within(int items)
    {
        if (Allowed is { } allowed && allowed.Size > items) return (this with { Allowed = allowed.Within(items) }).Within(items);
        if (!History.Span.ContainsAnyExceptInRange(0, items - 1)) return this;
        var (all, weights, times) = (History, Ratings, Times);
        int[] kept = [.. Enumerable.Range(0, all.Length).Where(position => (uint)all.Span[position] < (uint)items)];
        return this with
        {
            History = Array.ConvertAll(kept, position => all.Span[position]),
            Weights = weights.IsEmpty ? default : Array.ConvertAll(kept, position => weights.Span[position]),
            Times = times.IsEmpty ? default : Array.ConvertAll(kept, position => times.Span[position]),
        };
    }

    /// <returns>[1, items]: the history as a row of <see cref="Kindred.Interactions.ByUser"/>, the weights of repeated items summed; items
    /// that were rated 0 or below are not in it.</returns>
    public SparseMatrix ToSparseRow(int items) => ToRow(items, Ratings.Span).WherePositive();

    /// <returns>[1, items]: the history as a row of <see cref="Kindred.Interactions.Ratings"/>, the ratings of repeated items
    /// summed.</returns>
    internal SparseMatrix ToRatingRow(int items) => ToRow(items, Ratings.Span);

    private SparseMatrix ToRow(int items, ReadOnlySpan<float> weights)
    {
        if (weights.IsEmpty)
        {
            var ones = new float[History.Length];
            ones.AsSpan().Fill(1);
            weights = ones;
        }
        return SparseMatrix.FromRows(1, items, [0, History.Length], History.Span, weights);
    }

    /// <summary>The history of a user of the training data, as the model saw it.</summary>
    public static Query Of(Kindred.Interactions interactions, int user) =>
        new(user, interactions.Histories.ItemsOf(user),
            interactions.Histories.WeightsOf(user))
        { Times = interactions.Histories.TimesOf(user) };
}
