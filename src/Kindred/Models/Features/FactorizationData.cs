using Kindred.Models.Sampling;
using Kindred.Numerics.Sgd;

namespace Kindred.Models.Features;

/// <summary>The events as a factorization machine learns from them: a query's features and an item's, which together are a row.</summary>
internal sealed class FactorizationData
{
    private readonly FactorizationMachine _options;
    private readonly FeatureField? _item, _history;
    private readonly FeatureRows _asked, _events; // [users], the user first; [events]
    private readonly bool _hasUser;
    private readonly int[][] _histories; // [users], distinct items, the last one last; empty where no feature needs them
    private readonly HashSet<long> _observed; // context and item of each event, where negatives depend on the context
    private readonly float _unit;

    public FactorizationData(FactorizationMachine options, FeatureSpace space, Interactions data)
    {
        (_options, Interactions) = (options, data);
        UserOf = new int[data.Histories.Count];
        var starts = data.Histories.Starts.Span;
        for (int user = 0; user < data.Users.Count; user++) UserOf.AsSpan(starts[user]..starts[user + 1]).Fill(user);
        (_item, _history) = (space[FeatureSource.Item], space[FeatureSource.History]);
        (Users, Items, _events) = (space.UserRows(data), space.ItemRows(data), space.EventRows(data, UserOf));
        _hasUser = space[FeatureSource.User] is not null;
        _asked = _hasUser ? WithUser(space[FeatureSource.User]!, Users) : Users;
        _histories = _history is null ? []
            : [.. Enumerable.Range(0, data.Users.Count).Select(u => Distinct(data.Histories.ItemsOf(u).Span))];
        Popularity = new int[data.Items.Count];
        foreach (int item in data.ByUser.Indices.Span) Popularity[item]++;
        _unit = TrainingPairs.Mean(data.ByUser.Values.Span);
        _observed = options.ContextNegatives ? [.. Enumerable.Range(0, UserOf.Length).Select(e => Key(e, data.Histories.Items.Span[e]))]
            : [];
    }

    public Interactions Interactions { get; }

    /// <summary>[events]</summary>
    public int[] UserOf { get; }

    /// <summary>[items], users of each.</summary>
    public int[] Popularity { get; }

    /// <summary>[items]</summary>
    public FeatureRows Items { get; }

    /// <summary>[users], attributes.</summary>
    public FeatureRows Users { get; }

    /// <returns>The event; its importance is its weight relative to the mean, 1 where the weight is what is to be predicted.</returns>
    public FactorizationEvent this[int e]
    {
        get
        {
            float weight = Interactions.Histories.Weights.Span[e];
            bool isValue = _options.Loss == FactorizationLoss.Squared;
            return new(e, UserOf[e], Interactions.Histories.Items.Span[e], isValue ? weight : 1, isValue ? 1
                : TrainingPairs.Relative(weight, _unit));
        }
    }

    /// <summary>Adds what the query of an event is known by.</summary>
    /// <param name="withUser">False: all but the user.</param>
    public void AddQuery(in FactorizationEvent of, bool withUser, FactorizationBlock block)
    {
        var (e, user, item, _, _) = of;
        int skipped = withUser || !_hasUser ? 0 : 1;
        block.Add(_asked.ColumnsOf(user)[skipped..], _asked.ValuesOf(user)[skipped..]);
        if (!_events.IsEmpty) block.Add(_events.ColumnsOf(e), _events.ValuesOf(e));
        if (_history is not null) AddHistory(_histories[user], item, block);
    }

    /// <param name="withItem">False: all but the item itself.</param>
    public void AddItem(int item, bool withItem, FactorizationBlock block)
    {
        var columns = Items.ColumnsOf(item);
        var values = Items.ValuesOf(item);
        int own = withItem || _item is null ? -1 : _item.ColumnOf(item);
        if (own < 0) block.Add(columns, values);
        else for (int n = 0; n < columns.Length; n++) if (columns[n] != own) block.Add(columns[n], values[n]);
    }

    /// <returns>Whether an item was observed with the user of an event, or with all that its query is known by.</returns>
    public bool IsObserved(in FactorizationEvent of, int item) => _options.ContextNegatives
        ? _observed.Contains(Key(of.Event, item))
        : Interactions.ByUser.Row(of.User).Columns.BinarySearch(item) >= 0;

    /// <returns>Items once each, by their last event.</returns>
    public static int[] Distinct(ReadOnlySpan<int> items)
    {
        var seen = new HashSet<int>();
        var distinct = new List<int>();
        for (int n = items.Length - 1; n >= 0; n--) if (seen.Add(items[n])) distinct.Add(items[n]);
        distinct.Reverse();
        return [.. distinct];
    }

    // A user without an event has no column, but no row of training either.
    private static FeatureRows WithUser(FeatureField user, FeatureRows attributes) =>
        FeatureRows.Of(attributes.Count, (row, columns, values) =>
    {
        columns.Add(user.ColumnOf(row));
        values.Add(1);
        columns.AddRange(attributes.ColumnsOf(row));
        values.AddRange(attributes.ValuesOf(row));
    });

    private void AddHistory(int[] items, int except, FactorizationBlock block)
    {
        int count = Math.Min(_options.HistoryLength, items.Length - (items.AsSpan().Contains(except) ? 1 : 0));
        float value = 1 / MathF.Sqrt(Math.Max(1, count));
        for (int n = items.Length - 1; n >= 0 && count > 0; n--)
        {
            if (items[n] == except) continue;
            block.Add(_history!.ColumnOf(items[n]), value);
            count--;
        }
    }

    private long Key(int e, int item)
    {
        ulong hash = (ulong)UserOf[e];
        foreach (int column in _events.ColumnsOf(e)) hash = Mixed(hash, column);
        return (long)Mixed(hash, item);
    }

    private static ulong Mixed(ulong hash, int value)
    {
        hash = (hash ^ (uint)value) * 0x9E3779B97F4A7C15;
        return hash ^ (hash >> 29);
    }
}

/// <summary>An event as it is learned from.</summary>
/// <param name="Event">Its place in <see cref="Interactions.Histories"/>.</param>
/// <param name="Target">What its score should be.</param>
internal readonly record struct FactorizationEvent(int Event, int User, int Item, float Target, float Weight);
