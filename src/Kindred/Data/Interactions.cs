using Kindred.Numerics;

namespace Kindred.Data;

/// <summary>Who interacted with what: the only thing a trainer sees. Immutable.</summary>
public sealed class Interactions
{
    private readonly Lazy<SparseMatrix> _byUser, _byItem;

    public Interactions(Vocabulary users, Vocabulary items, Histories histories)
        : this(users, items, histories, () => SparseMatrix.FromRows(
            users.Count, items.Count, histories.Starts.Span, histories.Items.Span, histories.Weights.Span))
    {
    }

    private Interactions(Vocabulary users, Vocabulary items, Histories histories, Func<SparseMatrix> byUser)
    {
        if (histories.Users != users.Count)
            throw new ArgumentException($"Histories of {histories.Users} users, but {users.Count} user ids.", nameof(histories));
        Users = users;
        Items = items;
        Histories = histories;
        _byUser = new(byUser);
        _byItem = new(() => ByUser.Transpose());
    }

    public Vocabulary Users { get; }

    public Vocabulary Items { get; }

    public Histories Histories { get; }

    /// <summary>[users, items]: the summed weight of the pair's events. Made when first asked for.</summary>
    public SparseMatrix ByUser => _byUser.Value;

    /// <summary>[items, users]: the transpose. Made when first asked for.</summary>
    public SparseMatrix ByItem => _byItem.Value;

    /// <returns>The events that <paramref name="keep"/> marks, on the same vocabularies.</returns>
    /// <param name="keep">[events], in the order of <see cref="Histories"/>.</param>
    public Interactions Where(ReadOnlySpan<bool> keep) => new(Users, Items, Histories.Where(keep));

    /// <summary>From a matrix of weights alone: histories in ascending item order, without times. Nothing is copied.</summary>
    /// <param name="byUser">[users, items]</param>
    public static Interactions From(Vocabulary users, Vocabulary items, SparseMatrix byUser) =>
        new(users, items, new Histories(byUser.Starts, byUser.Indices, default, byUser.Values), () => byUser);
}
