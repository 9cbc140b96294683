using Kindred.Numerics;

namespace Kindred.Models.Linear;

/// <summary>
/// A regression of one item on those most similar to it by cosine: which they are, and XᵀX among them. Scratch memory of one thread.
/// </summary>
/// <param name="gram">[items, items]: XᵀX, of the items that share a user.</param>
/// <param name="norms">[items], from <see cref="NormsOf"/>.</param>
/// <param name="count">How many, at most.</param>
internal sealed class CandidateItems(SparseMatrix gram, float[] norms, int count)
{
    private readonly int[] _items = new int[count];
    private readonly int[] _places = new int[gram.Rows]; // 1 + place among the candidates, 0: is none
    private readonly float[] _similarities = new float[count], _with = new float[count];

    /// <summary>[count, count]: XᵀX among the candidates; zero beyond them, where there are fewer.</summary>
    public Matrix Among { get; } = new(count, count);

    /// <summary>[count]: XᵀX of the candidates with the item; zero beyond them.</summary>
    public ReadOnlySpan<float> With => _with;

    /// <returns>[items]: |x(i)|, the root of each diagonal element.</returns>
    public static float[] NormsOf(SparseMatrix gram)
    {
        var norms = new float[gram.Rows];
        for (int item = 0; item < norms.Length; item++)
        {
            var row = gram.Row(item);
            int at = row.Columns.BinarySearch(item);
            norms[item] = at < 0 ? 0 : MathF.Sqrt(row.Values[at]);
        }
        return norms;
    }

    /// <summary>Fills <see cref="Among"/> and <see cref="With"/> for an item.</summary>
    /// <returns>The candidates, ascending, without the item itself; valid until the next call.</returns>
    public ReadOnlySpan<int> Choose(int item)
    {
        var row = gram.Row(item);
        var best = new TopK(_items, _similarities);
        for (int n = 0; n < row.Length; n++)
            if (row.Columns[n] != item && row.Values[n] > 0) best.Offer(row.Columns[n], row.Values[n] / norms[row.Columns[n]]);
        var chosen = _items.AsSpan(0, best.Count);
        chosen.Sort();

        for (int n = 0; n < chosen.Length; n++) _places[chosen[n]] = n + 1;
        Among.Values.Span.Clear();
        for (int n = 0; n < chosen.Length; n++) Gather(gram.Row(chosen[n]), Among.Row(n));
        Array.Clear(_with);
        Gather(row, _with);
        foreach (int candidate in chosen) _places[candidate] = 0;
        return chosen;
    }

    private void Gather(SparseRow row, Span<float> target)
    {
        var columns = row.Columns;
        var values = row.Values[..columns.Length];
        for (int n = 0; n < columns.Length; n++)
        {
            int place = _places[columns[n]];
            if (place > 0) target[place - 1] = values[n];
        }
    }
}
