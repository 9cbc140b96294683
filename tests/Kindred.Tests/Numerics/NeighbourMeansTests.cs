using Kindred.Numerics;
using Kindred.Numerics.Sparse;

namespace Kindred.Tests.Numerics;

public sealed class NeighbourMeansTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(130)]
    public void Rows_are_the_means_of_their_neighbours_and_others_are_not_touched(int d)
    {
        const int Rows = 40, Columns = 30;
        var rng = new Rng(1);
        var edges = SparseMatrix.FromTriplets(Rows, Columns,
            [.. from row in Enumerable.Range(
                0, Rows) where row != 7 from column in Enumerable.Range(0, Columns) where rng.NextInt(4) == 0 select (row, column, 3f)]);
        Matrix x = Reference.Random(Columns, d, 2), y = Reference.Random(Rows, d, 3), before = y.Copy();
        NeighbourMeans.Apply(edges, x, y, 3, 38);
        for (int row = 0; row < Rows; row++)
        {
            int[] columns = edges.Row(row).Columns.ToArray();
            for (int n = 0; n < d; n++)
            {
                double mean = columns.Length == 0 ? 0 : columns.Average(c => (double)x.Row(c)[n]);
                Assert.Equal(row is < 3 or >= 38 ? before.Row(row)[n] : mean, y.Row(row)[n], 1e-5);
            }
        }
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        var edges = SparseMatrix.FromTriplets(2, 3, [(0, 0, 1f)]);
        Assert.Throws<ArgumentException>(() => NeighbourMeans.Apply(edges, new Matrix(2, 4), new Matrix(2, 4), 0, 2));
    }
}
