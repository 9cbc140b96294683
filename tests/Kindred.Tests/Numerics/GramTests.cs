using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Tests.Numerics;

public sealed class GramTests
{
    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 1)]
    [InlineData(63, 16)]
    [InlineData(64, 24)]
    [InlineData(1025, 33)]
    [InlineData(3000, 64)]
    public void It_equals_the_sum_of_outer_products(int rows, int d)
    {
        var y = Reference.Random(rows, d, 11);
        var expected = Reference.Gram(y);
        var gram = Gram.Of(y, 0.25f, workers: 2, TestContext.Current.CancellationToken);
        for (int r = 0; r < d; r++)
            for (int c = 0; c < d; c++) Assert.Equal(0.25 * expected[r, c], gram.Row(r)[c], 1e-5 * (10 + rows));
    }

    [Fact]
    public void The_bits_do_not_depend_on_the_number_of_workers()
    {
        var y = Reference.Random(70_000, 20, 12);
        var one = Gram.Of(y, 1, workers: 1, TestContext.Current.CancellationToken).Values.ToArray();
        Assert.Equal(one, Gram.Of(y, 1, workers: 2, TestContext.Current.CancellationToken).Values.ToArray());
        Assert.Equal(one, Gram.Of(y, 1, workers: 5, TestContext.Current.CancellationToken).Values.ToArray());
    }
}
