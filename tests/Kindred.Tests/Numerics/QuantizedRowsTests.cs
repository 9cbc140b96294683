using CsCheck;
using Kindred.Numerics;
using Kindred.Numerics.Search;

namespace Kindred.Tests.Numerics;

public sealed class QuantizedRowsTests
{
    /// <summary>Codes of (1, −0.5, 0.25) with the scale 1/127: 127, −63.5 → −64 (to even), 31.75 → 32.</summary>
    [Fact]
    public void A_row_is_its_greatest_value_in_127_steps()
    {
        var rows = new Int8Rows(1, 3);
        rows.Set(0, [1, -0.5f, 0.25f]);
        Assert.Equal([127, -64, 32], rows.Codes[..3].ToArray());
        Assert.All(rows.Codes[3..].ToArray(), code => Assert.Equal(0, code));
        Assert.Equal(1 / 127f, rows.Scales.Span[0]);
    }

    /// <summary>In integers from the definition, for every remainder of every width of register, and any number of rows.</summary>
    [Fact]
    public void Products_of_8_bits_equal_their_scalar_twin_exactly() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[0, 11], Gen.ULong).Sample((d, count, seed) =>
    {
        var vectors = Reference.Random(count + 3, d, seed);
        var rows = new Int8Rows(count + 3, d);
        for (int row = 0; row < rows.Rows; row++) rows.Set(row, vectors.Row(row));
        var query = new Int8Rows.Query(d);
        query.Set(Reference.Random(1, d, seed + 1).Row(0));

        float[] scores = new float[count], chosen = new float[count];
        rows.Multiply(query, 2, scores);
        int[] places = [.. Enumerable.Range(0, count).Select(n => n * 7 % rows.Rows)];
        foreach (int place in places) rows.Prefetch(place);
        rows.MultiplyAt(query, places, chosen);
        for (int n = 0; n < count; n++)
        {
            Assert.Equal(Twin(rows, query, 2 + n), scores[n]);
            Assert.Equal(Twin(rows, query, places[n]), chosen[n]);
        }
    });

    [Fact]
    public void Products_of_8_bits_are_near_those_of_floats() => Gen.Select(Gen.Int[1, 2000], Gen.ULong).Sample((d, seed) =>
    {
        var vectors = Reference.Random(2, d, seed);
        var rows = new Int8Rows(1, d);
        rows.Set(0, vectors.Row(0));
        var query = new Int8Rows.Query(d);
        query.Set(vectors.Row(1));
        var score = new float[1];
        rows.Multiply(query, 0, score);
        double lengths = 0; // the stated bound, and the query's own rounding
        foreach (float value in vectors.Row(1)) lengths += Math.Abs(value);
        Assert.Equal(Reference.Dot(vectors.Row(0), vectors.Row(1)), score[0], (lengths * rows.Scales.Span[0] * 0.52) + 1e-4);
    }, iter: 30);

    [Fact]
    public void The_longest_sums_are_held()
    {
        const int D = 4096;
        float[] ones = new float[D];
        ones.AsSpan().Fill(1);
        var rows = new Int8Rows(5, D);
        for (int row = 0; row < 5; row++) rows.Set(row, ones);
        var query = new Int8Rows.Query(D);
        query.Set(ones);
        float[] scores = new float[5];
        rows.Multiply(query, 0, scores);
        Assert.All(scores, score => Assert.Equal(D, score, 0.01 * D));
    }

    [Fact]
    public void A_row_of_zeros_has_a_product_of_zero()
    {
        var rows = new Int8Rows(1, 4);
        rows.Set(0, [1, 2, 3, 4]);
        rows.Set(0, [0, 0, 0, 0]);
        var query = new Int8Rows.Query(4);
        query.Set([0, 0, 0, 0]);
        query.Set([1, 1, 1, 1]);
        var score = new float[1];
        rows.Multiply(query, 0, score);
        Assert.Equal(0, score[0]);
    }

    [Fact]
    public void Products_of_16_bits_equal_their_scalar_twin() =>
        Gen.Select(Gen.Int[1, 130], Gen.Int[0, 9], Gen.ULong).Sample((d, count, seed) =>
    {
        var vectors = Reference.Random(count + 1, d, seed);
        var rows = new Bfloat16Rows(count + 1, d);
        for (int row = 0; row < rows.Rows; row++) rows.Set(row, vectors.Row(row));
        float[] query = new float[rows.Stride], scores = new float[count];
        Reference.Random(1, d, seed + 1).Row(0).CopyTo(query);
        rows.Multiply(query, 1, scores);
        for (int n = 0; n < count; n++)
        {
            double twin = 0, whole = 0, lengths = 0;
            for (int k = 0; k < d; k++)
            {
                float value = BitConverter.UInt32BitsToSingle((uint)rows.Codes.Span[((n + 1) * rows.Stride) + k] << 16);
                twin += (double)value * query[k];
                whole += (double)vectors.Row(n + 1)[k] * query[k];
                lengths += Math.Abs(vectors.Row(n + 1)[k] * query[k]);
            }
            Assert.Equal(twin, scores[n], 1e-5 * (1 + lengths));
            Assert.Equal(whole, scores[n], (lengths / 256) + 1e-5); // 8 bits of mantissa
        }
    });

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        var rows = new Int8Rows(2, 3);
        var query = new Int8Rows.Query(40);
        Assert.Throws<ArgumentException>(() => rows.Multiply(query, 0, new float[1]));
        Assert.Throws<ArgumentException>(() => query.Set(new float[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => rows.Multiply(new Int8Rows.Query(3), 1, new float[2]));
        Assert.Throws<ArgumentException>(() => new Int8Rows(2, 3, new sbyte[5], new float[2]));
        Assert.Throws<ArgumentException>(() => new Bfloat16Rows(2, 3).Multiply(new float[3], 0, new float[1]));
    }

    private static float Twin(Int8Rows rows, Int8Rows.Query query, int row)
    {
        int sum = 0;
        for (int k = 0; k < rows.Stride; k++) sum += query.Values[k] * rows.Codes.Span[(row * rows.Stride) + k];
        return sum * (rows.Scales.Span[row] * query.Scale);
    }
}
