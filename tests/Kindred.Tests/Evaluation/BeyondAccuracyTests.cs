using Kindred.Data;
using Kindred.Evaluation.Metrics;
using Kindred.Evaluation.Metrics.Beyond;
using Kindred.Numerics;

namespace Kindred.Tests.Evaluation;

/// <summary>The conformance table, continued: what lists are like, and how they use the catalogue.</summary>
public sealed class BeyondAccuracyTests
{
    /// <summary>Items 0 … 5 with 4, 2, 1, 1, 0, 0 of four users.</summary>
    private static Interactions Train { get; } = Interactions.From(
        new Vocabulary(["u", "v", "w", "x"]), new Vocabulary(["i0", "i1", "i2", "i3", "i4", "i5"]),
        SparseMatrix.FromTriplets(4, 6, [(0, 0, 1), (0, 1, 1), (0, 2, 1), (1, 0, 1), (1, 1, 1), (2, 0, 1), (3, 0, 1), (3, 3, 1)]));

    private static LabelColumn Labels { get; } = World.ColumnOf(["a", "b"], ["a"], ["b", "c"], [], ["a", "b"], ["c"]);

    private static readonly LabelDistance ByLabel = new(Labels);

    /// <summary>Items: (1, 0), (0, 2), (−3, 0), nothing, (1, 1), NaN.</summary>
    private static readonly EmbeddingDistance ByEmbedding =
        new(new Matrix(6, 2, new[] { 1f, 0, 0, 2, -3, 0, 0, 0, 1, 1, float.NaN, float.NaN }));

    /// <summary>Self-information: 4 of 4 users are 0 bits, 2 are 1, 1 is 2; none counts as 1.</summary>
    [Theory]
    [InlineData(new[] { 1, 2, 4 }, 2, (1 + 2) / 2.0)]
    [InlineData(new[] { 1, 2, 4 }, 5, (1 + 2 + 2) / 3.0)]
    [InlineData(new[] { 0 }, 5, 0)]
    [InlineData(new int[0], 5, double.NaN)]
    public void Novelty_is_in_bits(int[] ranked, int k, double expected) =>
        Assert.Equal(expected, new Novelty(k, Train).Of(ranked, [3]), 12);

    [Theory]
    [InlineData(new[] { 0, 2, 4 }, 2, (4 + 1) / 2.0)]
    [InlineData(new[] { 0, 2, 4 }, 3, (4 + 1 + 0) / 3.0)]
    [InlineData(new int[0], 3, double.NaN)]
    public void Average_popularity_counts_training_users(int[] ranked, int k, double expected) =>
        Assert.Equal(expected, new AveragePopularity(k, Train).Of(ranked, [3]), 12);

    /// <summary>History 0 and 1 (twice): 3 users on average.</summary>
    [Theory]
    [InlineData(new[] { 1, 2, 0 }, new[] { 0, 1, 1 }, 2, (1.5 / 3) - 1)]
    [InlineData(new[] { 0 }, new[] { 2 }, 2, (4.0 / 1) - 1)]
    [InlineData(new[] { 0 }, new int[0], 2, double.NaN)]
    [InlineData(new int[0], new[] { 2 }, 2, double.NaN)]
    public void Popularity_lift_compares_with_the_users_own_items(int[] ranked, int[] history, int k, double expected) =>
        Assert.Equal(expected, new PopularityLift(k, Train).Of(ranked, [3], history: history), 12);

    /// <summary>d(0,1) = 1/2, d(0,2) = 2/3, d(1,2) = 1, d(0,4) = 0; item 3 has no label.</summary>
    [Theory]
    [InlineData(new[] { 0, 1, 2 }, 3, (.5 + (2.0 / 3) + 1) / 3)]
    [InlineData(new[] { 0, 1, 2 }, 2, .5)]
    [InlineData(new[] { 0, 3, 4 }, 3, 0)]
    [InlineData(new[] { 0, 3 }, 3, double.NaN)]
    [InlineData(new[] { 0 }, 3, double.NaN)]
    public void Diversity_by_labels_is_the_mean_distance_of_pairs(int[] ranked, int k, double expected) =>
        Assert.Equal(expected, new Diversity(k, ByLabel).Of(ranked, [3]), 12);

    /// <summary>Right angle 1, opposite 2, 45° 1 − √½; no direction, no distance.</summary>
    [Theory]
    [InlineData(new[] { 0, 1, 2 }, (1 + 2 + 1) / 3.0)]
    [InlineData(new[] { 0, 4 }, 1 - 0.7071067811865476)]
    [InlineData(new[] { 0, 3, 5, 1 }, 1)]
    [InlineData(new[] { 3, 5 }, double.NaN)]
    public void Diversity_by_embeddings_is_one_minus_the_cosine(int[] ranked, double expected) =>
        Assert.Equal(expected, new Diversity(5, ByEmbedding).Of(ranked, [3]), 6);

    /// <summary>History 2 (twice) and 4: pairs 2/3, 0, 1, 1/2.</summary>
    [Theory]
    [InlineData(new[] { 0, 1 }, new[] { 2, 2, 4 }, ((2.0 / 3) + 0 + 1 + .5) / 4)]
    [InlineData(new[] { 0, 3 }, new[] { 2 }, 2.0 / 3)]
    [InlineData(new[] { 0, 1 }, new[] { 3 }, double.NaN)]
    [InlineData(new[] { 0, 1 }, new int[0], double.NaN)]
    public void Unexpectedness_is_the_mean_distance_from_the_history(int[] ranked, int[] history, double expected) =>
        Assert.Equal(expected, new Unexpectedness(2, ByLabel).Of(ranked, [5], history: history), 12);

    /// <summary>K = 2: a popularity list is 1, 2 for who had 0, and 2, 3 for who had 0 and 1.</summary>
    [Theory]
    [InlineData(new[] { 1, 3 }, new[] { 1, 3 }, new[] { 0 }, .5)]
    [InlineData(new[] { 3, 2 }, new[] { 2, 3 }, new[] { 0, 1 }, 0)]
    [InlineData(new[] { 5, 2 }, new[] { 5 }, new[] { 0, 1 }, .5)]
    [InlineData(new[] { 5, 4 }, new[] { 4, 5 }, new[] { 0, 1 }, 1)]
    [InlineData(new[] { 1, 2, 5 }, new[] { 5 }, new[] { 0 }, 0)]
    public void Serendipity_counts_hits_that_popularity_would_not_have_brought(
        int[] ranked, int[] relevant, int[] history, double expected) =>
        Assert.Equal(expected, new Serendipity(2, Train).Of(ranked, relevant, history: history), 12);

    public static TheoryData<int[], int[], double> Calibration => new()
    {
        { [1], [1], 0 },
        // p: a; q: c → ln(1 / .01)
        { [5], [1], Math.Log(100) },
        // p: a; q: a ½, b ½ → ln(1 / (.99·½ + .01))
        { [0], [1], Math.Log(1 / .505) },
        // p: a ¼, b ¼, c ½; q: a ½, b ½
        { [4], [0, 5], (.5 * Math.Log(.25 / ((.99 * .5) + .0025))) + (.5 * Math.Log(100)) },
        // item 1 twice in the history: p: a ⅔, c ⅓; q: a ½, c ½; item 3 says nothing on either side
        { [1, 3, 5], [1, 3, 1, 5], (2.0 / 3 * Math.Log(2.0 / 3 / (.495 + (.02 / 3))))
            + (1.0 / 3 * Math.Log(1.0 / 3 / (.495 + (.01 / 3)))) },
        { [3], [1], double.NaN },
        { [1], [3], double.NaN },
        { [], [1], double.NaN },
        { [1], [], double.NaN },
    };

    [Theory, MemberData(nameof(Calibration))]
    public void Miscalibration_is_the_divergence_of_the_lists_labels_from_the_historys(int[] ranked, int[] history, double expected) =>
        Assert.Equal(expected, new Miscalibration(5, Labels).Of(ranked, [2], history: history), 12);

    [Fact]
    public void Catalogue_metrics_have_the_values_computed_by_hand()
    {
        // four lists of two: {0,1} {0,1} {0,3} {0,3}
        var exposure = new Exposure(2, new[] { 4, 2, 0, 2 }, 4);
        Assert.Equal(.75, new Coverage(2).Measure(exposure));
        // ascending 0 2 2 4: (−3·0 − 1·2 + 1·2 + 3·4) / (4 · 8)
        Assert.Equal(.375, new Gini(2).Measure(exposure), 12);
        // shares ½, ¼, ¼: 1.5 bits of 2
        Assert.Equal(.75, new Entropy(2).Measure(exposure), 12);
        // six pairs of lists: overlaps 1, 1 and four times ½
        Assert.Equal(1 - (4.0 / 6), new Personalization(2).Measure(exposure), 12);
        // per item: (4 + 2) / 2 and (0 + 2) / 2
        Assert.Equal(1.0 / 3, Parity([0, 0, 1, 1]).Measure(exposure), 12);
        // without item 0: 2 / 1 and (0 + 2) / 2; the empty third group is no group
        Assert.Equal(.5, Parity([-1, 0, 1, 1]).Measure(exposure), 12);
        Assert.Equal(0, Parity([0, 0, 1, 0]).Measure(exposure), 12);
    }

    [Fact]
    public void The_head_is_the_fewest_items_that_hold_their_share()
    {
        // 4, 2, 1, 1 of 8 interactions: 80 % are reached with the third item; 50 % with the first
        var exposure = new Exposure(2, new[] { 1, 1, 1, 1, 0, 1 }, 3);
        Assert.Equal(2.0 / 5, new LongTailShare(2, Train).Measure(exposure), 12);
        Assert.Equal(4.0 / 5, new LongTailShare(2, Train, .5).Measure(exposure), 12);
        Assert.Equal(1, new LongTailShare(2, Train, 0).Measure(exposure), 12);
        Assert.Equal(
            "The head's share of the interactions must be in 0..1, was 2.",
            Assert.Throws<InputException>(() => new LongTailShare(2, Train, 2)).Message);
    }

    [Fact]
    public void What_means_nothing_is_no_number()
    {
        var nothing = new Exposure(2, new int[6], 3);
        var one = new Exposure(1, new[] { 1 }, 1);
        Assert.Equal(double.NaN, new Gini(2).Measure(nothing));
        Assert.Equal(double.NaN, new Entropy(2).Measure(nothing));
        Assert.Equal(double.NaN, new Entropy(1).Measure(one));
        Assert.Equal(double.NaN, new Personalization(1).Measure(one));
        Assert.Equal(double.NaN, new LongTailShare(2, Train).Measure(nothing));
        Assert.Equal(double.NaN, Parity([0, 0, 1, 1, 1, 1]).Measure(nothing));
        Assert.Equal(double.NaN, Parity([0, 0, 0, 0, 0, 0]).Measure(nothing));
    }

    [Fact]
    public void Everybody_the_same_and_everybody_something_else_are_the_ends()
    {
        var same = new Exposure(1, new[] { 4, 0, 0, 0 }, 4);
        var different = new Exposure(1, new[] { 1, 1, 1, 1 }, 4);
        Assert.Equal((.75, 0, 0), (new Gini(1).Measure(same), new Entropy(1).Measure(same), new Personalization(1).Measure(same)));
        Assert.Equal((0, 1, 1), (new Gini(1).Measure(different), new Entropy(1).Measure(different), new Personalization(1)
            .Measure(different)));
    }

    private static ExposureParity Parity(int[] groupOf) => new(2, new("brand", ["x", "y", "z"], groupOf));
}
