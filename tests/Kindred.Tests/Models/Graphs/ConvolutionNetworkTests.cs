using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Features;
using Kindred.Models.Graphs;
using Kindred.Numerics;

namespace Kindred.Tests.Models.Graphs;

public sealed class ConvolutionNetworkTests
{
    private static Matrix M(int rows, int columns, params float[] values) => new(rows, columns, values);

    // Q·h + q of two numbers is one: h0 − h1 + .5
    private static readonly Convolution Layer = new(new(M(1, 2, 1, -1), M(1, 1, .5f)), new(M(2, 3, 1, 0, 2, 0, 1, -1), M(1, 2, 0, 1)));

    private static readonly Matrix Table = M(3, 2, 1, 0, 0, 2, 3, 0);

    // item 0 has neighbours 1 and 2, item 1 has 0; item 2 and item 3 have none, and item 3 has no feature
    private static readonly SparseMatrix Neighbours = SparseMatrix.FromTriplets(4, 4, [(0, 1, .75f), (0, 2, .25f), (1, 0, 1)]);

    private static readonly FeatureRows Rows = new([0, 1, 2, 3, 3], [0, 1, 2], [1, 1, 1]);

    private static float[] UnitOf(double x, double y)
    {
        double length = Math.Sqrt((x * x) + (y * y));
        return [(float)(x / length), (float)(y / length)];
    }

    private static void MustBe(float[] expected, ReadOnlySpan<float> actual)
    {
        for (int n = 0; n < expected.Length; n++) Assert.Equal(expected[n], actual[n], 1e-6f);
    }

    [Fact]
    public void A_node_hears_its_neighbours_by_their_weights()
    {
        // they say max(0, 1 − 0 + .5) = 1.5, max(0, 0 − 2 + .5) = 0, max(0, 3 − 0 + .5) = 3.5
        var next = Layer.Apply(M(4, 2, 1, 0, 0, 2, 3, 0, 0, 0), Neighbours, 1, TestContext.Current.CancellationToken);
        MustBe(UnitOf(1 + (2 * .25 * 3.5), 1 - (.25 * 3.5)), next.Row(0));
        MustBe(UnitOf(2 * 1.5, 2 - 1.5 + 1), next.Row(1));
        MustBe(UnitOf(3, 1), next.Row(2)); // nobody to hear
        MustBe(UnitOf(0, 1), next.Row(3));
    }

    [Fact]
    public void An_embedding_is_the_features_and_what_the_layers_add()
    {
        var network = new ConvolutionNetwork(Table, [Layer], new(M(1, 2, 1, 1), M(1, 1, -.25f)), new(M(2, 1, 2, -1), M(1, 2, 0, .5f)));
        var z = network.Embed(Rows, Neighbours, 1, TestContext.Current.CancellationToken);
        float[] h = UnitOf(2.75, .125);
        double hidden = h[0] + h[1] - .25;
        MustBe(UnitOf(1 + (2 * hidden), .5 - hidden), z.Row(0));
        MustBe([0, 0], z.Row(3)); // nothing is known of it
    }

    [Fact]
    public void The_second_layer_hears_the_neighbours_of_neighbours()
    {
        Dense first = new(M(1, 2, 1, 1), M(1, 1, 0)), last = new(M(2, 1, 2, -1), M(1, 2, 0, 0));
        Matrix Embed(Matrix table, int layers) => new ConvolutionNetwork(table, [.. Enumerable.Repeat(Layer, layers)], first, last)
            .Embed(Rows, Neighbours, 1, TestContext.Current.CancellationToken);
        var other = M(3, 2, 1, 0, 0, 2, 5, 4); // item 2 is heard by item 0, and item 0 by item 1
        Assert.Equal(Embed(Table, 1).Row(1).ToArray(), Embed(other, 1).Row(1).ToArray());
        Assert.NotEqual(Embed(Table, 2).Row(1).ToArray(), Embed(other, 2).Row(1).ToArray());
    }

    [Fact]
    public void A_history_is_the_mean_of_its_items()
    {
        var model = new HistoryMean(new Vocabulary(["a", "b", "c"]), M(3, 2, 1, 0, 0, 1, 0, 0));
        var embedding = new float[2];
        Assert.True(model.TryEmbed(new Query(-1, new[] { 0, 1, 0, 2 }), embedding));
        MustBe(UnitOf(1, 1), embedding);
        Assert.False(model.TryEmbed(new Query(-1, new[] { 2 }), embedding));
        Assert.False(model.TryEmbed(new Query(0, default), embedding));
    }
}
