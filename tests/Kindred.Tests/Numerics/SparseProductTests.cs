using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Numerics.Sparse;

namespace Kindred.Tests.Numerics;

public sealed class SparseProductTests
{
    [Theory]
    [InlineData(1, 1, 1, 3)]
    [InlineData(30, 20, 0, 3)]
    [InlineData(50, 17, 200, 3)]
    [InlineData(100, 390, 3000, 3)]
    [InlineData(100, 390, 3000, 1)] // ones: added up in another way
    [InlineData(60, 16, 90, 1)]
    public void It_equals_the_dense_product(int rows, int columns, int entries, int weights)
    {
        var rng = new Rng((ulong)columns);
        var x = SparseMatrix.FromTriplets(rows, columns,
            [.. Enumerable.Range(0, entries).Select(_ => (rng.NextInt(rows), rng.NextInt(columns))).Distinct()
                .Select(at => (at.Item1, at.Item2, 1f + rng.NextInt(weights)))]);
        var expected = new double[columns, columns];
        for (int row = 0; row < rows; row++)
            foreach (int a in x.Row(row).Columns)
                foreach (int b in x.Row(row).Columns) expected[a, b] += (double)Value(x, row, a) * Value(x, row, b);

        var sparse = SparseProduct.Of(x.Transpose(), 2, TestContext.Current.CancellationToken)!;
        using var tiled = new TiledSymmetric(columns);
        SparseProduct.AddTo(tiled, x.Transpose(), 2, TestContext.Current.CancellationToken);
        int stored = 0;
        for (int r = 0; r < columns; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                Assert.Equal(expected[r, c], Value(sparse, r, c));
                Assert.Equal(expected[r, c], tiled.At(r, c));
                if (expected[r, c] != 0) stored++;
            }
        }
        Assert.Equal(stored, sparse.Count);
    }

    private static float Value(SparseMatrix matrix, int row, int column)
    {
        int at = matrix.Row(row).Columns.BinarySearch(column);
        return at < 0 ? 0 : matrix.Row(row).Values[at];
    }
}
