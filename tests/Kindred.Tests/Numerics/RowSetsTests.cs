using CsCheck;
using Kindred.Numerics;

namespace Kindred.Tests.Numerics;

public sealed class RowSetsTests
{
    /// <summary>
    /// Root: column 0 against 5. Who is above goes to node 1, a leaf; the others to node 2, which asks column 1 against 0.
    /// </summary>
    [Fact]
    public void Rows_go_where_the_thresholds_send_them()
    {
        int[] inner = [0, 2], firsts = [1, 1, 3, 3, 4], columns = [0, 0, 1, 0, 0];
        float[] thresholds = [5, float.NaN, 0, float.NaN, float.NaN], values = new float[2 * RowSets.Rows];
        // row 0: 9, row 1: 5 and −1, row 2: 4 and 1, row 3: NaN
        (values[0], values[1], values[2], values[3]) = (9, 5, 4, float.NaN);
        (values[RowSets.Rows + 1], values[RowSets.Rows + 2]) = (-1, 1);
        var sets = new ulong[5];
        sets[0] = 0b1111;
        RowSets.Spread(inner, firsts, columns, thresholds, values, sets);
        Assert.Equal([0b1111ul, 0b1001, 0b0110, 0b0100, 0b0010], sets);
    }

    [Fact]
    public void One_node_does_what_a_comparison_of_each_row_does() =>
        Gen.Select(Gen.Float.Array[RowSets.Rows], Gen.Float, Gen.ULong).Sample((values, threshold, all) =>
    {
        ulong[] sets = [all, 0, 0];
        RowSets.Spread([0], [1], [0], [threshold], values, sets);
        for (int row = 0; row < RowSets.Rows; row++)
        {
            ulong bit = 1ul << row;
            bool isHere = (all & bit) != 0, isBelow = values[row] <= threshold;
            Assert.Equal(isHere && !isBelow, (sets[1] & bit) != 0);
            Assert.Equal(isHere && isBelow, (sets[2] & bit) != 0);
        }
    });

    [Fact]
    public void A_value_is_added_to_the_rows_of_a_set_alone()
    {
        var sums = new double[RowSets.Rows];
        RowSets.Add((1ul << 63) | 0b101, 2.5, sums);
        Assert.Equal([0, 2, 63], Enumerable.Range(0, RowSets.Rows).Where(row => sums[row] == 2.5));
    }
}
