using Kindred.Numerics;
using Kindred.Numerics.Search;

namespace Kindred.Tests.Numerics;

public sealed class Int4RowsTests
{
    /// <summary>
    /// From the definition: the entries of each row's codes, added up; in tables of 7 bits whose step is that of the widest one.
    /// </summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 1)]
    [InlineData(5, 3)]
    [InlineData(32, 2)]
    [InlineData(65, 1)]
    [InlineData(700, 1)] // more than sums of 7 bits could be held of
    public void Sums_are_those_of_the_scalar_twin(int subspaces, int blocks)
    {
        var (rows, codes) = Random(blocks, subspaces);
        var products = Reference.Random(subspaces, 16, 2);
        var tables = new Int4Rows.Tables(subspaces);
        tables.Set(products.Values.Span);

        int largest = Math.Min(127, 65535 / ((subspaces + 3) / 4 * 4));
        float[] least = [.. Enumerable.Range(0, subspaces).Select(s => Min(products.Row(s)))];
        float range = Enumerable.Range(0, subspaces).Max(s => -Min(Negated(products.Row(s))) - least[s]);
        Assert.Equal(least.Sum(), tables.Offset, 1e-3f);
        Assert.Equal(range / largest, tables.Step);
        int Entry(int s, int code) => (int)(((products.Row(s)[code] - least[s]) * (largest / range)) + .5f);

        var sums = new ushort[blocks * 32];
        var passed = new uint[blocks];
        int[] bars = [.. Enumerable.Range(0, blocks).Select(block => (int)(subspaces * largest * .4) + block)];
        rows.Sum(tables, 0, bars, sums, passed);
        for (int row = 0; row < blocks * 32; row++)
        {
            int expected = Enumerable.Range(0, subspaces).Sum(s => Entry(s, codes[row][s]));
            Assert.Equal(expected, sums[row]);
            Assert.Equal(expected >= bars[row / 32], ((passed[row / 32] >> (row % 32)) & 1) != 0);
            double exact = Enumerable.Range(0, subspaces).Sum(s => (double)products.Row(s)[codes[row][s]]);
            Assert.Equal(exact, tables.Offset + (tables.Step * sums[row]), (tables.Step * subspaces / 2) + 1e-3);
        }
    }

    [Fact]
    public void A_bar_below_zero_lets_all_pass_and_one_above_every_sum_none()
    {
        var (rows, _) = Random(3, 6);
        var tables = new Int4Rows.Tables(6);
        tables.Set(Reference.Random(6, 16, 2).Values.Span);
        var sums = new ushort[64];
        sums.AsSpan().Fill(9999);
        var passed = new uint[2];
        rows.Sum(tables, 1, [int.MinValue, int.MaxValue], sums, passed);
        Assert.Equal([uint.MaxValue, 0], passed);
        Assert.True(sums[..32].All(sum => sum <= tables.Most));
        Assert.True(sums[32..].All(sum => sum == 9999));
    }

    [Fact]
    public void Equal_products_have_tables_of_zeros()
    {
        var (rows, _) = Random(1, 3);
        var tables = new Int4Rows.Tables(3);
        tables.Set(Enumerable.Repeat(2f, 48).ToArray());
        var sums = new ushort[32];
        rows.Sum(tables, 0, [0], sums, new uint[1]);
        Assert.All(sums, sum => Assert.Equal(0, sum));
        Assert.Equal(6, tables.Offset);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new Int4Rows(2, 4, new byte[64]));
        Assert.Throws<ArgumentException>(() => new Int4Rows.Tables(2).Set(new float[31]));
        var rows = new Int4Rows(2, 4);
        Assert.Throws<ArgumentException>(() => rows.Sum(new Int4Rows.Tables(5), 0, [0], new ushort[32], new uint[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => rows.Sum(new Int4Rows.Tables(4), 1, [0, 0], new ushort[64], new uint[2]));
        Assert.ThrowsAny<ArgumentException>(() => rows.Sum(new Int4Rows.Tables(4), 0, [0, 0], new ushort[63], new uint[2]));
        Assert.ThrowsAny<ArgumentException>(() => rows.Sum(new Int4Rows.Tables(4), 0, [0, 0], new ushort[64], new uint[1]));
    }

    // each row is set twice, so that what was there before must go
    private static (Int4Rows Rows, byte[][] Codes) Random(int blocks, int subspaces)
    {
        var rng = new Rng(1);
        var rows = new Int4Rows(blocks, subspaces);
        var codes = new byte[blocks * 32][];
        for (int time = 0; time < 2; time++)
        {
            for (int row = 0; row < codes.Length; row++)
            {
                codes[row] = [.. Enumerable.Range(0, subspaces).Select(_ => (byte)rng.NextInt(16))];
                rows.Set(row / 32, row % 32, codes[row]);
            }
        }
        return (rows, codes);
    }

    private static float Min(ReadOnlySpan<float> values)
    {
        float least = float.PositiveInfinity;
        foreach (float value in values) least = Math.Min(least, value);
        return least;
    }

    private static float[] Negated(ReadOnlySpan<float> values) => Array.ConvertAll(values.ToArray(), value => -value);
}
