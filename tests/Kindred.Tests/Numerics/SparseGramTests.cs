using CsCheck;
using Kindred.Numerics;
using Kindred.Numerics.Sparse;

namespace Kindred.Tests.Numerics;

public sealed class SparseGramTests
{
    private static readonly Gen<(ulong Seed, int Rows, int Columns, bool OneValue)> Shapes =
        Gen.Select(Gen.ULong, Gen.Int[1, 30], Gen.OneOf(Gen.Int[1, 40], Gen.Int[250, 300]), Gen.Bool);

    // [columns, rows]; where every row has one value, another kernel is used
    private static (SparseMatrix ByColumn, double[,] Dense) Some(ulong seed, int rows, int columns, bool oneValue)
    {
        var rng = new Rng(seed);
        float[] ofRow = [.. Enumerable.Range(0, rows).Select(_ => 1 + rng.NextFloat())];
        var triplets = new List<(int, int, float)>();
        var dense = new double[columns, rows];
        for (int column = 0; column < columns; column++)
        {
            for (int row = 0; row < rows; row++)
            {
                if (rng.NextInt(3) > 0) continue;
                float value = oneValue ? ofRow[row] : rng.NextFloat() - .5f;
                triplets.Add((column, row, value));
                dense[column, row] = value;
            }
        }
        return (SparseMatrix.FromTriplets(columns, rows, triplets), dense);
    }

    private static double Product(double[,] dense, int i, int j) =>
        Enumerable.Range(0, dense.GetLength(1)).Sum(row => dense[i, row] * dense[j, row]);

    [Fact]
    public void Rows_are_those_of_the_dense_product_and_the_same_from_both_sides() => Shapes.Sample((seed, rows, columns, oneValue) =>
    {
        var (matrix, dense) = Some(seed, rows, columns, oneValue);
        var gram = new SparseGram(matrix);
        var all = new float[columns][];
        for (int rank = 0; rank < columns; rank++)
        {
            var before = new float[columns];
            var counts = new float[columns];
            all[rank] = new float[columns];
            gram.AddAll(rank, all[rank]);
            gram.AddBefore(rank, before);
            gram.Count(rank, counts, onlyBefore: false);
            for (int other = 0; other < columns; other++)
            {
                int i = gram.ColumnOf[rank], j = gram.ColumnOf[other];
                Assert.Equal(Product(dense, i, j), all[rank][other], 1e-4);
                Assert.Equal(other < rank ? all[rank][other] : 0, before[other]);
                Assert.Equal(Enumerable.Range(0, rows).Count(row => dense[i, row] != 0 && dense[j, row] != 0), counts[other]);
                if (other < rank) Assert.Equal(all[other][rank], all[rank][other]);
            }
        }
    });

    [Fact]
    public void A_column_from_outside_is_multiplied_as_one_of_them() => Shapes.Sample((seed, rows, columns, oneValue) =>
    {
        var (matrix, dense) = Some(seed, rows, columns, oneValue);
        var gram = new SparseGram(matrix);
        float[] sums = new float[columns], counts = new float[columns];
        gram.AddProduct(matrix.Row(0), sums);
        gram.CountProduct(matrix.Row(0), counts);
        for (int column = 0; column < columns; column++)
        {
            Assert.Equal(Product(dense, 0, column), sums[gram.RankOf[column]], 1e-4);
            Assert.Equal(
                Enumerable.Range(0, rows).Count(row => dense[0, row] != 0 && dense[column, row] != 0), counts[gram.RankOf[column]]);
        }
    });

    [Fact]
    public void More_columns_than_two_bytes_can_name_are_added_alike()
    {
        // rows {0 69,999} and {0 1 69,999}, of 70,000 columns; the other columns have no entry
        var gram = new SparseGram(SparseMatrix.FromTriplets(70_000, 2, [(0, 0, 2), (69_999, 0, 3), (0, 1, 1), (1, 1, 4), (69_999, 1, 5)]));
        var sums = new float[70_000];
        gram.AddBefore(gram.RankOf[69_999], sums);
        Assert.Equal((2 * 3) + (1 * 5), sums[gram.RankOf[0]]);
        gram.AddAll(gram.RankOf[1], sums);
        Assert.Equal(4 * 5, sums[gram.RankOf[69_999]]);
    }

    [Fact]
    public void Ranks_go_from_the_fullest_column_to_the_emptiest_and_pairs_are_counted()
    {
        // rows {0 1 2}, {1 2}, {2}: 3 + 1 + 0 pairs and 6 columns with themselves
        var gram = new SparseGram(SparseMatrix.FromTriplets(3, 3, [(0, 0, 1), (1, 0, 1), (2, 0, 1), (1, 1, 1), (2, 1, 1), (2, 2, 1)]));
        Assert.Equal([2, 1, 0], gram.ColumnOf);
        Assert.Equal([2, 1, 0], gram.RankOf);
        Assert.Equal(10, gram.PairCount);
    }
}
