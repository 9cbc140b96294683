using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Tests.Numerics;

public sealed class OrthonormalTests
{
    private static Matrix Random(int rows, int columns, ulong seed)
    {
        var rng = new Rng(seed);
        var matrix = new Matrix(rows, columns);
        foreach (ref float value in matrix.Values.Span) value = (float)rng.NextNormal();
        return matrix;
    }

    private static double Inner(Matrix a, int column, Matrix b, int other) =>
        Enumerable.Range(0, a.Rows).Sum(row => (double)a.Row(row)[column] * b.Row(row)[other]);

    [Theory]
    [InlineData(700, 37)]
    [InlineData(5, 5)]
    [InlineData(1, 1)]
    public void Columns_become_orthonormal_and_span_the_same(int rows, int columns)
    {
        Matrix y = Random(rows, columns, 3), q = y.Copy();
        Orthonormal.Columns(q, 2, TestContext.Current.CancellationToken);
        for (int column = 0; column < columns; column++)
        {
            for (int other = 0; other < columns; other++)
                Assert.Equal(column == other ? 1 : 0, Inner(q, column, q, other), 1e-5);
            // all of a column lies within the span of the first ones
            double within = Enumerable.Range(0, column + 1).Sum(n => Math.Pow(Inner(y, column, q, n), 2));
            Assert.Equal(1, within / Inner(y, column, y, column), 1e-3);
        }
    }

    [Fact]
    public void A_column_that_others_span_becomes_zero()
    {
        var y = Random(300, 4, 5);
        for (int row = 0; row < y.Rows; row++) y.Row(row)[2] = (2 * y.Row(row)[0]) - y.Row(row)[1];
        Orthonormal.Columns(y, 2, TestContext.Current.CancellationToken);
        double[] lengths = [.. Enumerable.Range(0, 4).Select(column => Inner(y, column, y, column))];
        Assert.Equal([1, 1, 0, 1], lengths.Select(length => Math.Round(length, 4)));
    }
}
