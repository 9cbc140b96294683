using CsCheck;
using Kindred.Numerics;

namespace Kindred.Tests.Numerics;

public sealed class SparseMatrixTests
{
    private static readonly Gen<(int Row, int Column, float Value)[]> Triplets =
        Gen.Select(Gen.Int[0, 6], Gen.Int[0, 8], Gen.Int[1, 5].Select(v => (float)v)).Array[0, 60];

    private static float[,] Dense(SparseMatrix matrix)
    {
        var dense = new float[matrix.Rows, matrix.Columns];
        for (int r = 0; r < matrix.Rows; r++)
        {
            var row = matrix.Row(r);
            for (int n = 0; n < row.Length; n++)
            {
                if (n > 0) Assert.True(row.Columns[n - 1] < row.Columns[n], "columns ascend without repeats");
                dense[r, row.Columns[n]] = row.Values[n];
            }
        }
        return dense;
    }

    [Fact]
    public void Entries_of_the_same_place_are_summed() => Triplets.Sample(triplets =>
    {
        var expected = new float[7, 9];
        foreach (var (row, column, value) in triplets) expected[row, column] += value;
        Assert.Equal(expected, Dense(SparseMatrix.FromTriplets(7, 9, triplets)));
    });

    [Fact]
    public void Transposing_swaps_rows_and_columns_and_twice_is_nothing() => Triplets.Sample(triplets =>
    {
        var matrix = SparseMatrix.FromTriplets(7, 9, triplets);
        float[,] dense = Dense(matrix), transposed = Dense(matrix.Transpose());
        for (int r = 0; r < 7; r++)
            for (int c = 0; c < 9; c++) Assert.Equal(dense[r, c], transposed[c, r]);
        Assert.Equal(dense, Dense(matrix.Transpose().Transpose()));
    });

    [Fact]
    public void A_cut_has_every_row_once_and_about_as_many_entries_in_each_part() =>
        Gen.Select(Triplets, Gen.Int[1, 9]).Sample((triplets, parts) =>
    {
        var matrix = SparseMatrix.FromTriplets(7, 9, triplets);
        int longest = Enumerable.Range(0, 7).Max(row => matrix.Row(row).Length);
        int[] first = matrix.CutRows(parts);
        Assert.Equal((parts + 1, 0, 7), (first.Length, first[0], first[^1]));
        for (int part = 0; part < parts; part++)
        {
            Assert.True(first[part] <= first[part + 1]);
            int entries = matrix.Starts.Span[first[part + 1]] - matrix.Starts.Span[first[part]];
            Assert.True(entries <= (matrix.Count / parts) + 1 + longest, $"{entries} of {matrix.Count} in one of {parts} parts");
        }
    });

    [Fact]
    public void Entries_outside_are_refused() =>
        Assert.Throws<ArgumentException>(() => SparseMatrix.FromTriplets(2, 2, [(0, 2, 1f)]));
}
