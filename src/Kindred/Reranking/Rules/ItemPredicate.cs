using Kindred.Numerics;

namespace Kindred.Reranking.Rules;

/// <summary>Which items a condition holds for, once the request is known: none, all, those of a set, or those a predicate takes.</summary>
internal readonly struct ItemPredicate
{
    private readonly bool _isAlways;
    private readonly BitSet? _set;
    private readonly Predicate<int>? _predicate;

    private ItemPredicate(bool isAlways, BitSet? set = null, Predicate<int>? predicate = null) =>
        (_isAlways, _set, _predicate) = (isAlways, set, predicate);

    public bool IsNever => !_isAlways && _set is null && _predicate is null;

    public static ItemPredicate Of(bool always) => new(always);

    public static ItemPredicate Of(BitSet set) => set.Count == 0 ? Of(false) : set.Count == set.Size ? Of(true) : new(false, set);

    public static ItemPredicate Of(Predicate<int> predicate) => new(false, null, predicate);

    /// <param name="item">Within the catalog.</param>
    public bool Holds(int item) => _set is not null ? _set.Contains(item) : _predicate is not null ? _predicate(item) : _isAlways;

    /// <returns>The items below <paramref name="count"/> that it holds for, ascending.</returns>
    public IEnumerable<int> ItemsBelow(int count)
    {
        if (_set is not null)
        {
            foreach (int item in _set) if (item < count) yield return item;
        }
        else
        {
            for (int item = 0; item < count; item++) if (Holds(item)) yield return item;
        }
    }

    public ItemPredicate And(ItemPredicate other)
    {
        if (IsNever || other._isAlways) return this;
        if (other.IsNever || _isAlways) return other;
        var (one, two) = (this, other);
        return Of(item => one.Holds(item) && two.Holds(item));
    }

    public ItemPredicate Or(ItemPredicate other)
    {
        if (IsNever || other._isAlways) return other;
        if (other.IsNever || _isAlways) return this;
        var (one, two) = (this, other);
        return Of(item => one.Holds(item) || two.Holds(item));
    }

    public ItemPredicate Not()
    {
        if (IsNever) return Of(true);
        if (_isAlways) return Of(false);
        var own = this;
        return Of(item => !own.Holds(item));
    }

    /// <returns>The same, as a set. Cost: one look at each item.</returns>
    public ItemPredicate AsSet(int items) => _predicate is null ? this : Of(BitSet.Where(items, _predicate.Invoke));
}
