using Kindred.Data;
using Kindred.Numerics;

namespace Kindred;

/// <summary>Who interacted with what, and what is known of them: the only thing a trainer sees. Immutable.</summary>
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
        UserAttributes = Catalog.Empty(users.Count);
        ItemAttributes = Catalog.Empty(items.Count);
        Context = Catalog.Empty(histories.Count);
        _byUser = new(() => Checked(byUser()));
        _byItem = new(() => ByUser.Transpose());
    }

    private Interactions(Interactions other, Catalog userAttributes, Catalog itemAttributes, Catalog context)
    {
        RequireRows(userAttributes, other.Users.Count, nameof(userAttributes));
        RequireRows(itemAttributes, other.Items.Count, nameof(itemAttributes));
        RequireRows(context, other.Histories.Count, nameof(context));
        (Users, Items, Histories) = (other.Users, other.Items, other.Histories);
        (UserAttributes, ItemAttributes, Context) = (userAttributes, itemAttributes, context);
        (_byUser, _byItem) = (other._byUser, other._byItem);
    }

    public Vocabulary Users { get; }

    public Vocabulary Items { get; }

    public Histories Histories { get; }

    /// <summary>[users]; without columns where nothing is known of them.</summary>
    public Catalog UserAttributes { get; }

    /// <summary>[items]; without columns where nothing is known of them.</summary>
    public Catalog ItemAttributes { get; }

    /// <summary>[events], in the order of <see cref="Histories"/>: what is known of the moment of each; without columns where nothing is.</summary>
    public Catalog Context { get; }

    /// <summary>[users, items]: the summed weight of the pair's events. Made when first asked for.</summary>
    /// <exception cref="InputException">A sum is not above 0, or above 10⁹: no model can learn from it.</exception>
    public SparseMatrix ByUser => _byUser.Value;

    /// <summary>[items, users]: the transpose. Made when first asked for.</summary>
    public SparseMatrix ByItem => _byItem.Value;

    /// <returns>The events that <paramref name="keep"/> marks, on the same vocabularies.</returns>
    /// <param name="keep">[events], in the order of <see cref="Histories"/>.</param>
    public Interactions Where(ReadOnlySpan<bool> keep) =>
        new(new(Users, Items, Histories.Where(keep)), UserAttributes, ItemAttributes, Context.Where(keep));

    /// <summary>The same events, with what is known beside them; what is left out stays as it is. Nothing is copied.</summary>
    /// <param name="userAttributes">[users]</param>
    /// <param name="itemAttributes">[items]</param>
    /// <param name="context">[events]</param>
    public Interactions With(Catalog? userAttributes = null, Catalog? itemAttributes = null, Catalog? context = null) =>
        new(this, userAttributes ?? UserAttributes, itemAttributes ?? ItemAttributes, context ?? Context);

    /// <summary>From a matrix of weights alone: histories in ascending item order, without times. Nothing is copied.</summary>
    /// <param name="byUser">[users, items]</param>
    public static Interactions From(Vocabulary users, Vocabulary items, SparseMatrix byUser) =>
        new(users, items, new Histories(byUser.Starts, byUser.Indices, default, byUser.Values), () => byUser);

    private SparseMatrix Checked(SparseMatrix byUser)
    {
        int place = WeightRange.OutsideIn(byUser.Values.Span);
        if (place < 0) return byUser;
        int user = 0;
        while (byUser.Starts.Span[user + 1] <= place) user++;
        throw new InputException(
            $"The events of user {Users.Id(user)} with item {Items.Id(byUser.Indices.Span[place])} weigh {byUser.Values.Span[place]}; "
            + $"weights must be above 0 and at most {WeightRange.Most}. Rescale the values, or import without them.");
    }

    private static void RequireRows(Catalog catalog, int rows, string name)
    {
        if (catalog.Count != rows) throw new ArgumentException($"A catalog of {catalog.Count} rows, expected {rows}.", name);
    }

    /// <returns>[items]: how many users have the item. Cost: a pass over the pairs.</returns>
    public int[] CountUsersOfItems()
    {
        var users = new int[Items.Count];
        foreach (int item in ByUser.Indices.Span) users[item]++;
        return users;
    }
}
