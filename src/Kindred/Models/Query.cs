using Kindred.Numerics;

namespace Kindred.Models;

/// <summary>What a model is asked, already translated to dense indices.</summary>
/// <param name="User">Index in the user vocabulary, or −1 when the user is unknown.</param>
/// <param name="History">Items the user has interacted with, oldest first; an item may occur more than once.</param>
/// <param name="Weights">[History], the weight of each event; empty: every event weighs 1.</param>
public readonly record struct Query(int User, ReadOnlyMemory<int> History, ReadOnlyMemory<float> Weights = default)
{
    /// <summary>[History], UTC Unix seconds of each event; empty: unknown.</summary>
    public ReadOnlyMemory<long> Times { get; init; }

    /// <summary>What is known of the moment beside who asks; null: nothing.</summary>
    public QueryContext? Context { get; init; }

    /// <summary>
    /// Items that may be answered; null: all. Models score all the same: it is for those who make lists, and they look for nothing else, so
    /// that a list is as long as what is allowed lets it be.
    /// </summary>
    public BitSet? Allowed { get; init; }

    /// <summary>Tells apart requests of one user in what is drawn by lot: equal queries with equal keys are answered alike.</summary>
    public long RandomKey { get; init; }

    /// <returns>The weight of event <paramref name="position"/> of the history.</returns>
    public float WeightOf(int position) => Weights.IsEmpty ? 1 : Weights.Span[position];

    /// <returns>[1, items]: the history as a row of <see cref="Kindred.Interactions.ByUser"/>, the weights of repeated items summed.</returns>
    public SparseMatrix ToSparseRow(int items)
    {
        var weights = Weights.Span;
        if (Weights.IsEmpty)
        {
            var ones = new float[History.Length];
            ones.AsSpan().Fill(1);
            weights = ones;
        }
        return SparseMatrix.FromRows(1, items, [0, History.Length], History.Span, weights);
    }

    /// <summary>The history of a user of the training data, as the model saw it.</summary>
    public static Query Of(Kindred.Interactions interactions, int user) =>
        new(user, interactions.Histories.ItemsOf(user), interactions.Histories.WeightsOf(user)) { Times = interactions.Histories.TimesOf(user) };
}
