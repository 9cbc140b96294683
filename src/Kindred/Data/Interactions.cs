using Kindred.Data;
using Kindred.Numerics;

namespace Kindred;

/// <summary>Who interacted with what, and what is known of them: the only thing a trainer sees. Immutable.</summary>
public sealed class Interactions
{
    private readonly Lazy<SparseMatrix> _sums, _byUser, _byItem, _ratings, _ratingsByItem;

    public Interactions(Vocabulary users, Vocabulary items, Histories histories)
        : this(users, items, histories, () => SparseMatrix.FromRows(
            users.Count, items.Count, histories.Starts.Span, histories.Items.Span, histories.Weights.Span))
    {
    }

    private Interactions(Vocabulary users, Vocabulary items, Histories histories, Func<SparseMatrix> byUser)
    {
        ArgumentNullException.ThrowIfNull(users);
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(histories);
        if (histories.Users != users.Count)
            throw new ArgumentException($"Histories of {histories.Users} users, but {users.Count} user ids.", nameof(histories));
        Users = users;
        Items = items;
        Histories = histories;
        UserAttributes = Catalog.Empty(users.Count);
        ItemAttributes = Catalog.Empty(items.Count);
        Context = Catalog.Empty(histories.Count);
        _sums = new(byUser);
        _byUser = new(() => Checked(_sums.Value, WeightRange.OutsideIn, "above 0 and"));
        _byItem = new(() => ByUser.Transpose());
        _ratings = new(() => Checked(_sums.Value, WeightRange.RatingOutsideIn, $"at least {-WeightRange.Most} and"));
        _ratingsByItem = new(() => _byItem.IsValueCreated && ReferenceEquals(ByUser, Ratings) ? ByItem : Ratings.Transpose());
    }

    private Interactions(Interactions other, Catalog userAttributes, Catalog itemAttributes, Catalog context, DataOrigin origin)
    {
        RequireRows(userAttributes, other.Users.Count, nameof(userAttributes));
        RequireRows(itemAttributes, other.Items.Count, nameof(itemAttributes));
        RequireRows(context, other.Histories.Count, nameof(context));
        (Users, Items, Histories, Origin) = (other.Users, other.Items, other.Histories, origin);
        (UserAttributes, ItemAttributes, Context) = (userAttributes, itemAttributes, context);
        (_sums, _byUser, _byItem, _ratings, _ratingsByItem) =
            (other._sums, other._byUser, other._byItem, other._ratings, other._ratingsByItem);
        if (origin.Values != ValueKind.Ratings || other.Origin.Values == ValueKind.Ratings) return;
        _byUser = new(() => Checked(_sums.Value.WherePositive(), WeightRange.OutsideIn, "above 0 and"));
        _byItem = new(() => ByUser.Transpose());
        _ratingsByItem = new(() => _byItem.IsValueCreated && ReferenceEquals(ByUser, Ratings) ? ByItem : Ratings.Transpose());
    }

    /// <summary>Where the events are from; parts of data are from where the whole is from.</summary>
    public DataOrigin Origin { get; private init; } = DataOrigin.Unknown;

    public Vocabulary Users { get; }

    public Vocabulary Items { get; }

    public Histories Histories { get; }

    /// <summary>[users]; without columns where nothing is known of them.</summary>
    public Catalog UserAttributes { get; }

    /// <summary>[items]; without columns where nothing is known of them.</summary>
    public Catalog ItemAttributes { get; }

    /// <summary>
    /// [events], in the order of <see cref="Histories"/>: what is known of the moment of each; without columns where nothing is.
    /// </summary>
    public Catalog Context { get; }

    /// <summary>
    /// [users, items]: the summed weight of the pair's events. Of ratings, those of 0 and below are not in it: nobody liked that item. Made
    /// when first asked for.
    /// </summary>
    /// <exception cref="InputException">A sum is not above 0, or above 10⁹: no model can learn from it.</exception>
    public SparseMatrix ByUser => _byUser.Value;

    /// <summary>[items, users]: the transpose. Made when first asked for.</summary>
    public SparseMatrix ByItem => _byItem.Value;

    /// <summary>[users, items]: the same sums as ratings, which may be 0 or negative: what models of ratings learn from.</summary>
    /// <exception cref="InputException">A sum is not from −10⁹ to 10⁹.</exception>
    internal SparseMatrix Ratings => _ratings.Value;

    /// <summary>[items, users]: the transpose of <see cref="Ratings"/>. Made when first asked for.</summary>
    internal SparseMatrix RatingsByItem => _ratingsByItem.Value;

    /// <summary>
    /// The same without ratings of 0 and below: what models learn from that take every event for a wish. Made anew each time; the same
    /// object where there is nothing to leave out.
    /// </summary>
    internal Interactions Liked
    {
        get
        {
            var weights = Histories.Weights;
            if (Origin.Values != ValueKind.Ratings || !weights.Span.ContainsAnyInRange(float.NegativeInfinity, 0)) return this;
            var keep = new bool[weights.Length];
            for (int n = 0; n < keep.Length; n++) keep[n] = weights.Span[n] > 0;
            return Where(keep);
        }
    }

    /// <returns>The events that <paramref name="keep"/> marks, on the same vocabularies.</returns>
    /// <param name="keep">[events], in the order of <see cref="Histories"/>.</param>
    public Interactions Where(ReadOnlySpan<bool> keep) =>
        new(new(Users, Items, Histories.Where(keep)), UserAttributes, ItemAttributes, Context.Where(keep), Origin);

    /// <summary>The same events, with what is known beside them; what is left out stays as it is. Nothing is copied.</summary>
    /// <param name="userAttributes">[users]</param>
    /// <param name="itemAttributes">[items]</param>
    /// <param name="context">[events]</param>
    public Interactions With(Catalog? userAttributes = null, Catalog? itemAttributes = null, Catalog? context = null) =>
        new(this, userAttributes ?? UserAttributes, itemAttributes ?? ItemAttributes, context ?? Context, Origin);

    /// <summary>The same events, with what is known of each user. Rows about users without events are left out.</summary>
    /// <exception cref="InputException">Two rows are about the same user.</exception>
    public Interactions WithUserAttributes(IEnumerable<AttributeRow> rows) => With(userAttributes: MemoryAttributes.ToCatalog(rows, Users));

    /// <summary>The same events, with what is known of each item. Rows about items without events are left out.</summary>
    /// <exception cref="InputException">Two rows are about the same item.</exception>
    public Interactions WithItemAttributes(IEnumerable<AttributeRow> rows) => With(itemAttributes: MemoryAttributes.ToCatalog(rows, Items));

    /// <summary>
    /// The same events, their values scaled: what to do with counts and durations before training. Each event counts by itself; the weights
    /// of a pair's events add up as before. Weights that come with a request are scaled alike.
    /// </summary>
    /// <exception cref="InvalidOperationException">They are scaled already.</exception>
    public Interactions Scaled(ValueScale scale)
    {
        if (Histories.Scale != ValueScale.Raw) throw new InvalidOperationException($"The values are scaled already: {Histories.Scale}.");
        var weights = scale.WeightsOf(Histories.Weights);
        var scaled = new Histories(Histories.Starts, Histories.Items, Histories.Times, weights) { Scale = scale };
        return new(new(Users, Items, scaled), UserAttributes, ItemAttributes, Context, Origin);
    }

    /// <returns>The same, as coming from <paramref name="origin"/>.</returns>
    internal Interactions WithOrigin(DataOrigin origin) => new(this, UserAttributes, ItemAttributes, Context, origin);

    /// <summary>From a matrix of weights alone: histories in ascending item order, without times. Nothing is copied.</summary>
    /// <param name="byUser">[users, items]</param>
    public static Interactions From(Vocabulary users, Vocabulary items, SparseMatrix byUser)
    {
        ArgumentNullException.ThrowIfNull(byUser);
        return new(users, items, new Histories(byUser.Starts, byUser.Indices, default, byUser.Values), () => byUser);
    }

    /// <summary>From events in memory. Users and items get their indices in the order of their first event.</summary>
    /// <param name="values">What the weights are. Of ratings, a later one of the same item replaces the earlier one; others add up.</param>
    /// <exception cref="InputException">An event has no id or no usable weight, or only some events have a time.</exception>
    public static Interactions FromEvents(IEnumerable<Event> events, ValueKind values = ValueKind.Weights) =>
        MemoryEvents.ToInteractions(events, values);

    /// <summary>From events that arrive one after the other, such as the rows of a query that is read asynchronously.</summary>
    /// <param name="values">As for <see cref="FromEvents(IEnumerable{Event}, ValueKind)"/>.</param>
    /// <inheritdoc cref="FromEvents(IEnumerable{Event}, ValueKind)" path="/exception"/>
    /// <exception cref="OperationCanceledException">Cancelled while reading.</exception>
    public static Task<Interactions> FromEventsAsync(
        IAsyncEnumerable<Event> events, ValueKind values = ValueKind.Weights, CancellationToken cancellationToken = default) =>
        MemoryEvents.ToInteractionsAsync(events ?? throw new ArgumentNullException(nameof(events)), values, cancellationToken);

    /// <summary>The same, from rows of any kind: <c>row => new Event($"{row.User}", $"{row.Item}", row.At)</c>.</summary>
    /// <inheritdoc cref="FromEventsAsync(IAsyncEnumerable{Event}, ValueKind, CancellationToken)"/>
    public static Task<Interactions> FromEventsAsync<T>(
        IAsyncEnumerable<T> source, Func<T, Event> select, ValueKind values = ValueKind.Weights,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(select);
        return FromEventsAsync(source.Select(select), values, cancellationToken);
    }

    /// <summary>From anything that says who touched what, such as rows of a database; each counts the same. Keys that are numbers or
    /// GUIDs become ids by <c>ToString</c>.</summary>
    /// <inheritdoc cref="FromEvents(IEnumerable{Event}, ValueKind)" path="/exception"/>
    public static Interactions FromEvents<T>(IEnumerable<T> source, Func<T, (string UserId, string ItemId)> select) =>
        FromEvents(source.Select(select).Select(e => new Event(e.UserId, e.ItemId)), ValueKind.None);

    /// <summary>From anything that says who touched what, and when; each counts the same.</summary>
    /// <inheritdoc cref="FromEvents(IEnumerable{Event}, ValueKind)" path="/exception"/>
    public static Interactions FromEvents<T>(IEnumerable<T> source, Func<T, (string UserId, string ItemId, DateTimeOffset Time)> select) =>
        FromEvents(source.Select(select).Select(e => new Event(e.UserId, e.ItemId, e.Time)), ValueKind.None);

    /// <summary>From anything that says who touched what, and when; each counts the same. A time of unknown kind is UTC.</summary>
    /// <inheritdoc cref="FromEvents(IEnumerable{Event}, ValueKind)" path="/exception"/>
    public static Interactions FromEvents<T>(IEnumerable<T> source, Func<T, (string UserId, string ItemId, DateTime Time)> select) =>
        FromEvents(source.Select(select).Select(e => new Event(e.UserId, e.ItemId, AsUtc(e.Time))), ValueKind.None);

    /// <summary>From anything that says who touched what, and how much it counts.</summary>
    /// <inheritdoc cref="FromEvents(IEnumerable{Event}, ValueKind)"/>
    public static Interactions FromEvents<T>(
        IEnumerable<T> source, Func<T, (string UserId, string ItemId, float Weight)> select, ValueKind values = ValueKind.Weights) =>
        FromEvents(source.Select(select).Select(e => new Event(e.UserId, e.ItemId, null, e.Weight)), values);

    /// <summary>From anything that says who touched what, when, and how much it counts.</summary>
    /// <inheritdoc cref="FromEvents(IEnumerable{Event}, ValueKind)"/>
    public static Interactions FromEvents<T>(
        IEnumerable<T> source, Func<T, (string UserId, string ItemId, DateTimeOffset Time, float Weight)> select,
        ValueKind values = ValueKind.Weights) =>
        FromEvents(source.Select(select).Select(e => new Event(e.UserId, e.ItemId, e.Time, e.Weight)), values);

    /// <summary>From anything that says who touched what, when, and how much it counts. A time of unknown kind is UTC.</summary>
    /// <inheritdoc cref="FromEvents(IEnumerable{Event}, ValueKind)"/>
    public static Interactions FromEvents<T>(
        IEnumerable<T> source, Func<T, (string UserId, string ItemId, DateTime Time, float Weight)> select,
        ValueKind values = ValueKind.Weights) =>
        FromEvents(source.Select(select).Select(e => new Event(e.UserId, e.ItemId, AsUtc(e.Time), e.Weight)), values);

    private static DateTimeOffset AsUtc(DateTime time) =>
        time.Kind == DateTimeKind.Unspecified ? new(time, TimeSpan.Zero) : new DateTimeOffset(time).ToUniversalTime();

    private SparseMatrix Checked(SparseMatrix byUser, Func<ReadOnlySpan<float>, int> outsideIn, string from)
    {
        int place = outsideIn(byUser.Values.Span);
        if (place < 0) return byUser;
        int user = 0;
        while (byUser.Starts.Span[user + 1] <= place) user++;
        throw new InputException(
            $"The events of user {Users.Id(user)} with item {Items.Id(byUser.Indices.Span[place])} weigh {byUser.Values.Span[place]}; "
            + $"weights must be {from} at most {WeightRange.Most}. Rescale the values, or import without them.");
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
