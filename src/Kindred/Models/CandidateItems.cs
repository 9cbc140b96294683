using Kindred.Numerics;

namespace Kindred.Models;

/// <summary>The items that an item is explained by: those that occur with it, or the most similar of them by cosine. Scratch memory of one thread.</summary>
/// <param name="gram">[items, items]</param>
/// <param name="norms">[items], roots of the diagonal.</param>
internal sealed class CandidateItems(SparseMatrix gram, float[] norms, int count)
{
    private readonly int[] _items = new int[count];
    private readonly float[] _similarities = new float[count];

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

    /// <returns>Ascending, without the item itself; valid until the next call.</returns>
    public ReadOnlySpan<int> Of(int item)
    {
        var row = gram.Row(item);
        var best = new TopK(_items, _similarities);
        for (int n = 0; n < row.Length; n++)
            if (row.Columns[n] != item && row.Values[n] > 0) best.Offer(row.Columns[n], row.Values[n] / norms[row.Columns[n]]);
        var chosen = _items.AsSpan(0, best.Count);
        chosen.Sort();
        return chosen;
    }
}
