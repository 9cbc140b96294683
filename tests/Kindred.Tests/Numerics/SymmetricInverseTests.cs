using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Tests.Numerics;

public sealed class SymmetricInverseTests
{
    // λI + YᵀY of a random Y
    private static TiledSymmetric PositiveDefinite(int rows, float ridge = 1)
    {
        var y = Reference.Random(40, rows, (ulong)rows);
        var matrix = new TiledSymmetric(rows);
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < rows; c++)
                Set(matrix, r, c, (float)Enumerable.Range(0, 40).Sum(n => (double)y.Row(n)[r] * y.Row(n)[c] / 40));
        matrix.AddToDiagonal(ridge);
        return matrix;
    }

    // tiles on the diagonal hold both triangles
    private static void Set(TiledSymmetric matrix, int row, int column, float value)
    {
        const int Edge = TiledSymmetric.Edge;
        if (row / Edge >= column / Edge) matrix.ValuesOf(row / Edge, column / Edge)[(row % Edge * Edge) + (column % Edge)] = value;
    }

    private static double[,] Dense(TiledSymmetric matrix)
    {
        var dense = new double[matrix.Rows, matrix.Rows];
        for (int r = 0; r < matrix.Rows; r++)
            for (int c = 0; c < matrix.Rows; c++) dense[r, c] = matrix.At(r, c);
        return dense;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(191)]
    [InlineData(192)]
    [InlineData(193)]
    [InlineData(401)]
    public void Times_the_matrix_it_is_minus_the_identity(int rows)
    {
        using var matrix = PositiveDefinite(rows);
        var before = Dense(matrix);
        Assert.True(SymmetricInverse.TryNegate(matrix, 2, null, TestContext.Current.CancellationToken));
        var after = Dense(matrix);
        for (int r = 0; r < rows; r += 1 + (rows / 50)) // some rows: all of them are slow without registers
        {
            for (int c = 0; c < rows; c++)
            {
                double product = 0;
                for (int n = 0; n < rows; n++) product += before[r, n] * after[n, c];
                Assert.Equal(r == c ? -1 : 0, product, 1e-4);
            }
        }
    }

    [Fact]
    public void Two_by_two_by_hand()
    {
        // [3 1; 1 2]: determinant 5, the inverse is [2 −1; −1 3] / 5
        using var matrix = new TiledSymmetric(2);
        foreach (var (row, column, value) in new[] { (0, 0, 3f), (0, 1, 1f), (1, 0, 1f), (1, 1, 2f) }) Set(matrix, row, column, value);
        Assert.True(SymmetricInverse.TryNegate(matrix, 1, null, TestContext.Current.CancellationToken));
        Assert.Equal(-.4, matrix.At(0, 0), 1e-6);
        Assert.Equal(.2, matrix.At(0, 1), 1e-6);
        Assert.Equal(.2, matrix.At(1, 0), 1e-6);
        Assert.Equal(-.6, matrix.At(1, 1), 1e-6);
    }

    [Fact]
    public void The_bits_do_not_depend_on_the_number_of_workers()
    {
        double[,] Of(int workers)
        {
            using var matrix = PositiveDefinite(800);
            var told = new List<int>();
            Assert.True(SymmetricInverse.TryNegate(matrix, workers, told.Add, TestContext.Current.CancellationToken));
            Assert.Equal([1, 2, 3, 4, 5], told);
            return Dense(matrix);
        }
        var one = Of(1);
        Assert.Equal(one, Of(2));
        Assert.Equal(one, Of(4));
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(float.NaN)]
    public void What_is_not_positive_definite_is_told(float ridge)
    {
        using var matrix = PositiveDefinite(200, ridge);
        Assert.False(SymmetricInverse.TryNegate(matrix, 2, null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void It_can_be_cancelled_between_two_blocks()
    {
        using var source = new CancellationTokenSource();
        using var matrix = PositiveDefinite(500);
        Assert.ThrowsAny<OperationCanceledException>(() => SymmetricInverse.TryNegate(matrix, 2, _ => source.Cancel(), source.Token));
    }
}
