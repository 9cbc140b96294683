using Kindred.Numerics;

namespace Kindred.Tests.Numerics;

public sealed class KernelsTests
{
    /// <summary>Every remainder of every vector width, and odd offsets, so that loads are unaligned.</summary>
    public static TheoryData<int> Lengths => [.. Enumerable.Range(0, 131), 1000];

    [Theory, MemberData(nameof(Lengths))]
    public void Dot_equals_its_scalar_twin(int length)
    {
        var x = Reference.Random(1, length + 1, 1).Row(0)[1..];
        var y = Reference.Random(1, length + 3, 2).Row(0)[3..];
        Assert.Equal(Reference.Dot(x, y), Kernels.Dot(x, y), 1e-5 * (1 + length));
    }

    [Theory, MemberData(nameof(Lengths))]
    public void Adding_a_scaled_vector_equals_its_scalar_twin_and_touches_nothing_else(int length)
    {
        var x = Reference.Random(1, length, 3).Row(0);
        var all = Reference.Random(1, length + 2, 4).Row(0);
        var before = all.ToArray();
        Kernels.AddScaled(-1.5f, x, all[1..^1]);
        Assert.Equal(before[0], all[0]);
        Assert.Equal(before[^1], all[^1]);
        for (int n = 0; n < length; n++) Assert.Equal(before[n + 1] - (1.5 * x[n]), all[n + 1], 1e-5);
    }

    [Theory, MemberData(nameof(Lengths))]
    public void Adding_products_equals_its_scalar_twin_and_touches_nothing_else(int length)
    {
        var x = Reference.Random(1, length + 1, 5).Row(0)[1..];
        var y = Reference.Random(1, length + 3, 6).Row(0)[3..];
        var all = Reference.Random(1, length + 2, 7).Row(0);
        var before = all.ToArray();
        Kernels.AddProducts(x, y, all[1..^1]);
        Assert.Equal(before[0], all[0]);
        Assert.Equal(before[^1], all[^1]);
        for (int n = 0; n < length; n++) Assert.Equal(before[n + 1] + ((double)x[n] * y[n]), all[n + 1], 1e-5);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 1)]
    [InlineData(7, 33)]
    [InlineData(20, 64)]
    public void A_matrix_times_a_vector_is_its_rows_dot_products(int rows, int columns)
    {
        var a = Reference.Random(rows, columns, 5);
        var x = Reference.Random(1, columns, 6).Row(0);
        var y = new float[rows];
        Kernels.Multiply(a, x, y);
        for (int r = 0; r < rows; r++) Assert.Equal(Reference.Dot(a.Row(r), x), y[r], 1e-4);
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Kernels.Dot(new float[2], new float[3]));
        Assert.Throws<ArgumentException>(() => Kernels.AddScaled(1, new float[2], new float[3]));
        Assert.Throws<ArgumentException>(() => Kernels.AddProducts(new float[2], new float[2], new float[3]));
        Assert.Throws<ArgumentException>(() => Kernels.Multiply(new Matrix(2, 3), new float[3], new float[3]));
    }
}
