using Kindred.Models;

namespace Kindred.Tests.Models;

public sealed class TableSizeTests
{
    private const long GiB = 1L << 30;

    [Fact]
    public void Tables_that_fit_pass() => TableSize.Check(dimensions: 64, longest: 10_000_000, rows: 20_000_000, squares: 2, 5 * GiB);

    [Fact]
    public void Tables_beyond_the_memory_are_refused_with_what_they_need()
    {
        // 100,000 · 300,000 · 4 bytes
        string refusal = Assert.Throws<InputException>(() => TableSize.Check(300_000, 50_000, 100_000, squares: 0, 24 * GiB)).Message;
        Assert.Equal(
            "Dimensions = 300000 needs 111.8 GiB of memory for tables of 100000 rows, and there are 24.0; "
            + "use fewer dimensions, or leave out rare users and items.",
            refusal);
    }

    [Fact]
    public void Tables_beyond_one_array_are_refused_with_what_fits()
    {
        string refusal = Assert.Throws<InputException>(() => TableSize.Check(300_000, 10_000, 10_000, squares: 0, 1024 * GiB)).Message;
        Assert.Equal("Dimensions must be <= 214748 with 10000 rows, as one array holds no more, was 300000.", refusal);
        string square = Assert.Throws<InputException>(() => TableSize.Check(50_000, 1, 1, squares: 1, 1024 * GiB)).Message;
        Assert.Contains("Dimensions must be <= ", square);
    }

    [Theory]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue)]
    [InlineData(int.MaxValue, 1, int.MaxValue)]
    [InlineData(int.MaxValue, 0, 0)]
    public void Nothing_overflows(int dimensions, int rows, int squares) =>
        Assert.Throws<InputException>(() => TableSize.Check(dimensions, rows, 7L * rows, squares, GiB));
}
