using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Tests.Numerics;

public sealed class GatheredRowsTests
{
    /// <summary>Remainders of every vector width and of four rows at a time, more rows than fit the cache.</summary>
    public static TheoryData<int, int> Shapes =>
        new MatrixTheoryData<int, int>([1, 3, 8, 15, 16, 17, 31, 64, 100, 128, 1500], [0, 1, 4, 7, 64, 131]);

    private static int[] Chosen(int rows) => [.. Enumerable.Range(0, rows).Select(n => n * 7 % (rows + 5))];

    [Theory, MemberData(nameof(Shapes))]
    public void Products_equal_their_scalar_twins(int d, int rows)
    {
        var y = Reference.Random(rows + 5, d + 3, 1);
        var x = Reference.Random(1, d, 2).Row(0);
        var products = new float[rows];
        GatheredRows.Multiply(y, Chosen(rows), 2, x, products);
        for (int n = 0; n < rows; n++) Assert.Equal(Reference.Dot(y.Row(Chosen(rows)[n]).Slice(2, d), x), products[n], 1e-5 * (1 + d));
    }

    [Theory, MemberData(nameof(Shapes))]
    public void Sums_equal_their_scalar_twins(int d, int rows)
    {
        var y = Reference.Random(rows + 5, d + 3, 1);
        float[] factors = [.. Chosen(rows).Select(n => (n % 3) - 0.5f)], sum = [.. Enumerable.Range(0, d).Select(c => (float)c)];
        GatheredRows.AddSum(y, Chosen(rows), factors, sum);
        for (int c = 0; c < d; c++)
            Assert.Equal(c + Chosen(rows).Select((row, n) => (double)factors[n] * y.Row(row)[c]).Sum(), sum[c], 1e-4 * (1 + d + rows));
    }

    [Theory, MemberData(nameof(Shapes))]
    public void The_product_with_a_matrix_that_is_not_formed_equals_its_definition(int d, int rows)
    {
        Matrix y = Reference.Random(rows + 5, d, 3), vectors = Reference.Random(2, d, 4);
        float[] weights = [.. Chosen(rows).Select(n => n % 3 + 0.5f)], sum = vectors.Row(1).ToArray();
        var x = vectors.Row(0);
        var expected = sum.Select(value => (double)value).ToArray();
        for (int n = 0; n < rows; n++)
        {
            var row = y.Row(Chosen(rows)[n]);
            double product = weights[n] * Reference.Dot(row, x);
            for (int c = 0; c < d; c++) expected[c] += product * row[c];
        }
        GatheredRows.AddProduct(y, Chosen(rows), weights, x, sum);
        for (int c = 0; c < d; c++) Assert.Equal(expected[c], sum[c], 1e-4 * (1 + d + rows));
    }

    [Theory, MemberData(nameof(Shapes))]
    public void The_residual_and_the_value_equal_their_definitions(int d, int rows)
    {
        Matrix y = Reference.Random(rows + 5, d, 5), vectors = Reference.Random(2, d, 6);
        float[] weights = [.. Chosen(rows).Select(n => n % 3 + 0.5f)], targets = [.. weights.Select(w => w + 0.1f)], sum = vectors.Row(1)
            .ToArray();
        var x = vectors.Row(0);
        var expected = sum.Select(value => (double)value).ToArray();
        double value = 0;
        for (int n = 0; n < rows; n++)
        {
            var row = y.Row(Chosen(rows)[n]);
            double product = Reference.Dot(row, x);
            value += (weights[n] * product * product) - (2 * targets[n] * product);
            for (int c = 0; c < d; c++) expected[c] += (targets[n] - (weights[n] * product)) * row[c];
        }
        Assert.Equal(value, GatheredRows.AddResidual(y, Chosen(rows), weights, targets, x, sum), 1e-4 * (1 + (d * rows)));
        for (int c = 0; c < d; c++) Assert.Equal(expected[c], sum[c], 1e-4 * (1 + d + rows));
    }

    [Theory, MemberData(nameof(Shapes))]
    public void A_vector_times_a_matrix_equals_its_scalar_twin(int d, int rows)
    {
        var a = Reference.Random(rows, d, 7);
        var x = Reference.Random(1, rows, 8).Row(0);
        var sum = new float[d];
        GatheredRows.AddRows(a, x, sum);
        for (int c = 0; c < d; c++)
        {
            double expected = 0;
            for (int r = 0; r < rows; r++) expected += (double)x[r] * a.Row(r)[c];
            Assert.Equal(expected, sum[c], 1e-5 * (1 + rows));
        }
    }
}
