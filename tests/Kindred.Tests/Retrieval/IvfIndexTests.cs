using Kindred.Numerics;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Indexes.Ivf;
using Kindred.Tests.Numerics;

namespace Kindred.Tests.Retrieval;

/// <summary>With differences in 4 bits for two dimensions, as it comes.</summary>
public sealed class IvfIndexTests : IndexContract
{
    private protected override IIndexBuilder Builder(IndexMetric metric) => new IvfIndex.Builder { Metric = metric };

    /// <summary>
    /// Two lists, around (9, 0) and (0, 6). The query (1, 0.5) promises itself more of the first, which holds its two best, 10 and 8; the
    /// best of the second has 0.5·7 = 3.5. Three cannot be had of one list: the other is looked into as well.
    /// </summary>
    [Theory, InlineData(nameof(IvfCodes.FourBits)), InlineData(nameof(IvfCodes.EightBits))]
    public void A_tiny_case_is_as_computed_by_hand(string kept)
    {
        var codes = Enum.Parse<IvfCodes>(kept);
        var vectors = new Matrix(5, 2, new float[] { 8, 0, 0, 5, 0, 0, 10, 0, 0, 7 });
        var index = new IvfIndex.Builder { Lists = 2, Effort = 1, Codes = codes }.Build(vectors, Context());
        Assert.Equal(new("ivf", IndexMetric.InnerProduct, 2, 4, index.Description.Bytes, 1), index.Description);
        var (items, scores) = (new int[2], new float[2]);
        Assert.Equal(2, index.Search(new IndexQuery([1, .5f]), items, scores));
        Assert.Equal([3, 0], items);
        Assert.Equal([10, 8], scores);
        (items, scores) = (new int[3], new float[3]);
        Assert.Equal(3, index.Search(new IndexQuery([1, .5f]), items, scores));
        Assert.Equal([3, 0, 4], items);
        Assert.Equal([10, 8, 3.5f], scores);
    }

    [Theory, InlineData(nameof(IvfCodes.FourBits)), InlineData(nameof(IvfCodes.EightBits))]
    public void More_lists_find_more_and_all_of_them_nearly_everything(string kept)
    {
        var codes = Enum.Parse<IvfCodes>(kept);
        var (items, queries) = Vectors();
        var index = new IvfIndex.Builder { Codes = codes }.Build(items, Context());
        double[] recalls = [.. new[] { 1, 4, 16, 64, 1_000 }.Select(effort => Recall(index, items, queries, effort))];
        Assert.Equal(recalls.Order(), recalls);
        Assert.InRange(recalls[0], 0.1, 0.9);
        Assert.InRange(recalls[^1], codes == IvfCodes.EightBits ? 0.995 : 0.98, 1);
    }

    /// <summary>What clustering by length is for, though the lists of long vectors are the shorter ones.</summary>
    [Fact]
    public void Lists_that_care_for_length_find_more()
    {
        // no clusters, so that direction alone helps little
        Matrix items = Reference.Random(4_000, 24, 5), queries = Reference.Random(60, 24, 6);
        var rng = new Rng(7);
        for (int item = 0; item < items.Rows; item++)
        {
            float length = MathF.Exp(0.4f * (float)rng.NextNormal());
            foreach (ref float value in items.Row(item)) value *= length;
        }
        double Of(float power) =>
            Recall(new IvfIndex.Builder { LengthPower = power, Effort = 1 }.Build(items, Context()), items, queries, 16);
        double own = Of(2.5f), plain = Of(1);
        Assert.True(own > plain + .04, $"{own} against {plain}");
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 0.4f)]
    [InlineData(100, 0)] // more than there are
    public void Sub_spaces_of_any_size_find_most(int dimensions, float threshold)
    {
        var (items, queries) = Vectors(1_000);
        var index = new IvfIndex.Builder { SubspaceDimensions = dimensions, AnisotropicThreshold = threshold, FirstLook = 40 }.Build(items,
            Context());
        Assert.InRange(Recall(index, items, queries, 1_000), 0.9, 1);
    }

    private static readonly (IvfIndex.Builder Builder, string Message)[] Wrong =
    [
        (new() { Lists = -1 }, "Lists must be >= 0, was -1."),
        (new() { Effort = -2 }, "Effort must be >= 0, was -2."),
        (new() { FirstLook = -1 }, "FirstLook must be >= 0, was -1."),
        (new() { SubspaceDimensions = 0 }, "SubspaceDimensions must be >= 1, was 0."),
        (new() { Iterations = 0 }, "Iterations must be >= 1, was 0."),
        (new() { AnisotropicThreshold = 1 }, "AnisotropicThreshold must be >= 0 and < 1, was 1."),
        (new() { AnisotropicThreshold = float.NaN }, "AnisotropicThreshold must be >= 0 and < 1, was NaN."),
        (new() { LengthPower = 0.5f }, "LengthPower must be 1 to 8, was 0.5."),
        (new() { Codes = (IvfCodes)9 }, "Codes must be FourBits or EightBits, was 9."),
    ];

    [Fact]
    public void Options_out_of_range_are_refused() => Assert.All(Wrong, wrong => Assert.Equal(
        wrong.Message, Assert.Throws<InputException>(() => wrong.Builder.Build(new Matrix(1, 1), Context())).Message));

    [Fact]
    public void Building_tells_how_many_are_in_and_stops_when_told()
    {
        var (items, _) = Vectors(500);
        var seen = new Listener();
        new IvfIndex.Builder { Effort = 1 }.Build(items, Context(1) with { Progress = seen });
        Assert.Equal((500, 500), seen.Last);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(
            () => new IvfIndex.Builder().Build(items, new() { Cancellation = stop.Token, Progress = new Listener(stop) }));
    }

    private sealed class Listener(CancellationTokenSource? stop = null) : IProgress<(int Done, int Total)>
    {
        public (int Done, int Total) Last { get; private set; }

        public void Report((int Done, int Total) value)
        {
            Last = value;
            stop?.Cancel();
        }
    }
}

/// <summary>With differences in 8 bits a number.</summary>
public sealed class IvfInt8IndexTests : IndexContract
{
    private protected override IIndexBuilder Builder(IndexMetric metric) =>
        new IvfIndex.Builder { Metric = metric, Codes = IvfCodes.EightBits };
}
