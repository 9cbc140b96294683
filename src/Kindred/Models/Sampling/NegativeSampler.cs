using Kindred.Numerics;

namespace Kindred.Models.Sampling;

/// <summary>
/// Draws items with probability proportional to popularity^β, in constant time by the alias method (A. Walker, "An Efficient Method for
/// Generating Discrete Random Variables with General Distributions", TOMS 1977). Immutable; β = 0 is uniform.
/// </summary>
internal sealed class NegativeSampler
{
    private readonly int[] _items;
    private readonly float[] _keep = []; // the probability that a column stays itself, not its alias
    private readonly int[] _alias = [];

    /// <param name="items">At least one; each with a popularity above 0.</param>
    /// <param name="popularity">[all items]</param>
    public NegativeSampler(int[] items, ReadOnlySpan<int> popularity, float exponent)
    {
        _items = items;
        if (exponent == 0) return;
        int count = items.Length;
        var scaled = new double[count];
        double sum = 0;
        for (int n = 0; n < count; n++) sum += scaled[n] = Math.Pow(popularity[items[n]], exponent);
        (_keep, _alias) = (new float[count], new int[count]);
        Stack<int> small = new(), large = new();
        for (int n = 0; n < count; n++)
        {
            scaled[n] *= count / sum;
            (scaled[n] < 1 ? small : large).Push(n);
        }
        while (small.Count > 0 && large.Count > 0)
        {
            int less = small.Pop(), more = large.Peek();
            (_keep[less], _alias[less]) = ((float)scaled[less], more);
            scaled[more] -= 1 - scaled[less];
            if (scaled[more] < 1) small.Push(large.Pop());
        }
        foreach (int n in small.Concat(large)) _keep[n] = 1; // they are 1 but for rounding
    }

    public ReadOnlySpan<int> Items => _items;

    public int Draw(Rng rng)
    {
        int n = rng.NextInt(_items.Length);
        return _keep.Length == 0 || rng.NextFloat() < _keep[n] ? _items[n] : _items[_alias[n]];
    }
}
