using Kindred.Numerics;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Indexes.Flat;
using Kindred.Retrieval.Indexes.Quantized;

namespace Kindred.Tests.Retrieval;

public sealed class FlatIndexTests : IndexContract
{
    private protected override IIndexBuilder Builder(IndexMetric metric) => new FlatIndex.Builder { Metric = metric };

    protected override double Floor => 1;

    /// <summary>⟨(1, 2), ·⟩ of (3, 0), (1, 1), (0, −1), (0, 2): 3, 3, −2, 4; the cosines: 3/3√5, 3/√2√5, −1·2/√5, 4/2√5.</summary>
    [Theory]
    [InlineData(nameof(IndexMetric.InnerProduct), new[] { 3, 0, 1, 2 }, new[] { 4f, 3f, 3f, -2f })]
    [InlineData(nameof(IndexMetric.Cosine), new[] { 1, 3, 0, 2 }, new[] { 0.94868f, 0.89443f, 0.44721f, -0.89443f })]
    public void Four_vectors_are_in_their_order(string by, int[] order, float[] expected)
    {
        var metric = Enum.Parse<IndexMetric>(by);
        var index = Builder(metric).Build(new Matrix(4, 2, new float[] { 3, 0, 1, 1, 0, -1, 0, 2 }), Context());
        var (items, scores) = (new int[4], new float[4]);
        Assert.Equal(4, index.Search(new IndexQuery([1, 2]), items, scores));
        Assert.Equal(order, items);
        for (int n = 0; n < 4; n++) Assert.Equal(expected[n], scores[n], 1e-5);
    }
}

public sealed class Int8IndexTests : IndexContract
{
    private protected override IIndexBuilder Builder(IndexMetric metric) => new QuantizedIndex.Builder { Metric = metric };

    protected override double Floor => 0.99;

    [Fact]
    public void Other_numbers_of_bits_are_refused() => Assert.Equal(
        "Bits must be 8 or 16, was 4.", Assert.Throws<InputException>(
            () => new QuantizedIndex.Builder { Bits = 4 }.Build(new Matrix(1, 1), Context())).Message);
}

public sealed class Bfloat16IndexTests : IndexContract
{
    private protected override IIndexBuilder Builder(IndexMetric metric) => new QuantizedIndex.Builder { Metric = metric, Bits = 16 };

    protected override double Floor => 0.99;
}
