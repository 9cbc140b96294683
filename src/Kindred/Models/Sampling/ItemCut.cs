using Kindred.Numerics;

namespace Kindred.Models.Sampling;

/// <summary>The items that users touched, cut at random into equal parts, each with its negatives.</summary>
internal sealed class ItemCut
{
    private readonly int[][] _items; // [parts]
    private readonly NegativeSampler?[] _negatives; // [parts]
    private readonly int[] _partOf; // [items]

    /// <param name="negativeExponent">β: negatives are drawn in proportion to popularity^β.</param>
    /// <param name="rng">Of which the cut is drawn.</param>
    public ItemCut(PairTotals totals, int parts, float negativeExponent, Rng rng, int workers, CancellationToken cancellation)
    {
        int[] items = [.. totals.Touched];
        rng.Shuffle<int>(items);
        (_items, _negatives, _partOf) = (new int[parts][], new NegativeSampler?[parts], new int[totals.Popularity.Length]);
        Blocks.ForEach(parts, 1, workers, (part, _) =>
        {
            _items[part] = items[(int)((long)items.Length * part / parts)..(int)((long)items.Length * (part + 1) / parts)];
            foreach (int item in _items[part]) _partOf[item] = part;
            if (_items[part].Length > 0) _negatives[part] = new(_items[part], totals.Popularity, negativeExponent);
        }, cancellation);
    }

    /// <summary>How many there are.</summary>
    public int Parts => _items.Length;

    /// <summary>[items]; 0 for those that nobody touched.</summary>
    public ReadOnlySpan<int> PartOf => _partOf;

    /// <returns>The items of a part.</returns>
    public ReadOnlySpan<int> ItemsOf(int part) => _items[part];

    /// <returns>Null: the part has no items.</returns>
    public NegativeSampler? NegativesOf(int part) => _negatives[part];
}
