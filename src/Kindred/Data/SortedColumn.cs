using Kindred.Numerics;

namespace Kindred.Data;

/// <summary>The rows of a column of numbers, by number, so that a range is found without looking at every row. Immutable.</summary>
/// <remarks>Memory: 8 bytes a row. Rows without a number are not in it.</remarks>
internal sealed class SortedColumn
{
    private readonly int _rows;
    private readonly float[] _numbers; // [known], ascending
    private readonly int[] _order; // [known]: the row of each number

    /// <returns>The memory of a column of so many rows, at most.</returns>
    public static long BytesOf(int rows) => (long)rows * (sizeof(float) + sizeof(int));

    /// <summary>Cost: a sort.</summary>
    public SortedColumn(NumberColumn column)
    {
        _rows = column.Values.Length;
        _order = [.. Enumerable.Range(0, _rows).Where(row => !float.IsNaN(column.Values.Span[row]))];
        _numbers = Array.ConvertAll(_order, row => column.Values.Span[row]);
        Array.Sort(_numbers, _order);
    }

    /// <returns>The rows whose number is in one of the ranges. Cost: two binary searches a range, and a bit for each row found.</returns>
    /// <param name="ranges">No two of them overlap.</param>
    public BitSet RowsIn(IReadOnlyList<NumberRange> ranges)
    {
        var rows = new List<int>();
        foreach (var (low, high) in ranges)
        {
            int start = First(number => number >= low), end = First(number => number > high);
            if (start < end) rows.AddRange(_order.AsSpan(start, end - start));
        }
        return BitSet.Of(_rows, rows.ToArray());
    }

    // The position of the first number for which it is true, as it is then for all after it.
    private int First(Predicate<float> isBehind)
    {
        int low = 0, high = _numbers.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (isBehind(_numbers[middle])) high = middle;
            else low = middle + 1;
        }
        return low;
    }
}
