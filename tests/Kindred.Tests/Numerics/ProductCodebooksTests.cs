using Kindred.Numerics;
using Kindred.Numerics.Search;

namespace Kindred.Tests.Numerics;

public sealed class ProductCodebooksTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 2)]
    [InlineData(10, 3)]
    [InlineData(64, 2)]
    public void Products_with_codewords_are_those_of_the_scalar_twin(int d, int size)
    {
        var codebooks = Random(d, size);
        var query = Reference.Random(1, d, 3).Row(0);
        var products = new float[codebooks.Subspaces * 16];
        products.AsSpan().Fill(7);
        codebooks.Multiply(query, products);
        for (int s = 0; s < codebooks.Subspaces; s++)
        {
            for (int n = 0; n < 16; n++)
            {
                double expected = 0;
                for (int k = 0; k < size && (s * size) + k < d; k++) expected += query[(s * size) + k] * (double)Word(codebooks, s, n, k);
                Assert.Equal(expected, products[(s * 16) + n], 1e-4);
            }
        }
    }

    [Theory]
    [InlineData(7, 2)]
    [InlineData(12, 3)]
    public void With_errors_that_count_alike_the_codes_are_the_nearest(int d, int size)
    {
        var codebooks = Random(d, size);
        var x = Reference.Random(1, d, 4).Row(0).ToArray();
        byte[] codes = Encode(codebooks, x, 1);
        for (int s = 0; s < codes.Length; s++)
        {
            var own = Enumerable.Range(s * size, Math.Min(size, d - (s * size)));
            double[] errors = [.. Enumerable.Range(0, 16).Select(n => own.Sum(k => Math.Pow(x[k] - Word(codebooks, s, n, k % size), 2)))];
            Assert.Equal(errors.Min(), errors[codes[s]], 1e-5);
        }
    }

    /// <summary>Loss = Σ e² + (η − 1)·(e·u)²: never above that of the nearest codewords, and below it for most vectors.</summary>
    [Fact]
    public void With_errors_along_the_vector_that_count_more_these_become_smaller()
    {
        const float Eta = 6;
        var codebooks = Random(16, 2);
        int better = 0;
        for (int n = 0; n < 50; n++)
        {
            var x = Reference.Random(1, 16, (ulong)(100 + n)).Row(0).ToArray();
            double nearest = Loss(codebooks, x, Encode(codebooks, x, 1), Eta), chosen = Loss(codebooks, x, Encode(codebooks, x, Eta), Eta);
            Assert.True(chosen <= nearest + 1e-4);
            if (chosen < nearest - 1e-3) better++;
        }
        Assert.InRange(better, 40, 50);
    }

    /// <summary>What has only 4 values in each sub-space is coded without error.</summary>
    [Fact]
    public void Training_finds_the_values_there_are()
    {
        var sample = new Matrix(400, 6);
        var rng = new Rng(1);
        foreach (ref float value in sample.Values.Span) value = rng.NextInt(2) == 0 ? -1 : 3;
        float[] Train(int workers) =>
            ProductCodebooks.Train(sample, 2, new Rng(2), workers, TestContext.Current.CancellationToken).Values.ToArray();
        Assert.Equal(Train(1), Train(2));
        var codebooks = new ProductCodebooks(6, 2, Train(1));
        for (int n = 0; n < 20; n++)
        {
            float[] x = sample.Row(n).ToArray();
            Assert.Equal(0, Loss(codebooks, x, Encode(codebooks, x, 1), 1), 1e-9);
        }
    }

    private static ProductCodebooks Random(int d, int size) => new(d, size, Reference.Random((d + size - 1) / size * size, 16, 1).Values);

    private static float Word(ProductCodebooks codebooks, int s, int n, int k) =>
        codebooks.Values.Span[(((s * codebooks.SubspaceDimensions) + k) * 16) + n];

    private static byte[] Encode(ProductCodebooks codebooks, float[] x, float eta)
    {
        var codes = new byte[codebooks.Subspaces];
        codebooks.Encode(x, Direction(x), eta, codes, new float[2 * 16 * codes.Length]);
        return codes;
    }

    private static double Loss(ProductCodebooks codebooks, float[] x, byte[] codes, float eta)
    {
        int size = codebooks.SubspaceDimensions;
        var u = Direction(x);
        double squares = 0, along = 0;
        for (int k = 0; k < x.Length; k++)
        {
            double error = x[k] - Word(codebooks, k / size, codes[k / size], k % size);
            squares += error * error;
            along += error * u[k];
        }
        return squares + ((eta - 1) * along * along);
    }

    private static float[] Direction(float[] x) => Array.ConvertAll(x, value => value / MathF.Sqrt((float)Reference.Dot(x, x)));
}
