using CsCheck;
using Kindred.Data;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Reranking.Diversity;

namespace Kindred.Tests.Reranking;

public sealed class MaximalMarginalRelevanceTests
{
    /// <summary>0 and 1 point one way, 2 at a right angle, 3 the opposite way of 0; 4 has none.</summary>
    private static readonly EmbeddingSimilarity Directions = new(new Matrix(5, 2, new float[] { 1, 0, 2, 0, 0, 3, -1, 0, 0, 0 }));

    /// <summary>
    /// Scores 11, 10, 1 are relevances 1, .9, 0. Item 0 is first. λ = .5: item 1 gains .45 − .5·1 = −.05, item 2 gains 0.
    /// λ = .7: item 1 gains .63 − .3 = .33.
    /// </summary>
    [Theory]
    [InlineData(.5f, 0, 2, 1)]
    [InlineData(.7f, 0, 1, 2)]
    [InlineData(1, 0, 1, 2)]
    [InlineData(0, 0, 2, 1)]
    public void What_is_like_the_list_waits(float share, params int[] expected) =>
        Assert.Equal(expected, Lists.After(new MaximalMarginalRelevance { RelevanceShare = share }.Bind(Directions), Lists.Of(11, 10, 1)));

    /// <summary>λ = 0: 3 is the opposite of 0, −1; then 2 and 4 have 0 to both, 1 has 1.</summary>
    [Fact]
    public void Opposites_are_less_alike_than_right_angles_and_the_unknown_is_like_nothing() =>
        Assert.Equal([0, 3, 2, 4, 1], Lists.After(new MaximalMarginalRelevance { RelevanceShare = 0 }.Bind(Directions),
            Lists.Of(5, 4, 3, 2, 1)));

    /// <summary>
    /// Comedy | Comedy, Drama | Horror: Jaccard of 0 and 1 is 1/2. Relevances 1, .5, 0; λ = .4: .2 − .6/2 = −.1 against 0.
    /// </summary>
    [Fact]
    public void Labels_are_compared_by_those_in_common()
    {
        var labels = new LabelSimilarity(LabelColumn.From([["Comedy"], ["Drama", "Comedy", "Comedy"], ["Horror"]]));
        Assert.Equal([0, 2, 1], Lists.After(new MaximalMarginalRelevance { RelevanceShare = .4f }.Bind(labels), Lists.Of(3, 2, 1)));
        Assert.Equal([0, 1, 2], Lists.After(new MaximalMarginalRelevance { RelevanceShare = .6f }.Bind(labels), Lists.Of(3, 2, 1)));
        var similarities = new float[4];
        labels.Compare(1, [0, 1, 2, 99], similarities);
        Assert.Equal([.5f, 1, 0, 0], similarities);
    }

    [Fact]
    public void Those_that_are_not_chosen_follow_in_their_order_and_scores_stay()
    {
        var candidates = Lists.Of(5, 4, 3, 2, 1);
        Assert.Equal([0, 3, 1, 2, 4], Lists.After(new MaximalMarginalRelevance { RelevanceShare = 0, Count = 2 }.Bind(Directions),
            candidates));
        Assert.Equal([5, 2, 4, 3, 1], candidates.Scores.ToArray());
    }

    [Fact]
    public void Nothing_comes_of_nothing() =>
        Assert.Equal([], Lists.After(new MaximalMarginalRelevance().Bind(Directions), Lists.Of()));

    [Fact]
    public void Maxima_that_are_kept_are_those_that_are_computed_again() => Gen.Int[0, 10_000].Sample(seed =>
    {
        var rng = new Rng((ulong)seed);
        int items = 1 + rng.NextInt(12);
        float share = rng.NextFloat();
        IItemSimilarity similarity = rng.NextInt(2) == 0
            ? new EmbeddingSimilarity(Lists.Embeddings(rng, items, 3))
            : new LabelSimilarity(Lists.Labels(rng, items, 4, 3));
        float[] scores = Lists.Scores(rng, items);
        var list = Lists.After(new MaximalMarginalRelevance { RelevanceShare = share }.Bind(similarity), Lists.Of(scores));
        for (int n = 0; n < items; n++)
        {
            double[] gains = [.. list.AsEnumerable().Skip(n).Select(item => Gain(item, list[..n]))];
            Assert.True(gains[0] >= gains.Max() - 1e-5);
        }

        double Gain(int item, int[] above)
        {
            double relevance = scores.Max() == scores.Min() ? 1 : (scores[item] - scores.Min()) / (scores.Max() - scores.Min());
            var similarities = new float[above.Length];
            similarity.Compare(item, above, similarities);
            return (share * relevance) - ((1 - share) * similarities.DefaultIfEmpty().Max());
        }
    });

    [Fact]
    public void Options_out_of_their_bounds_are_refused()
    {
        Assert.Equal("relevanceShare must be 0 to 1, was 1.5.",
            Assert.Throws<InputException>(() => new MaximalMarginalRelevance { RelevanceShare = 1.5f }.Bind(Directions)).Message);
        Assert.Equal("relevanceShare must be 0 to 1, was NaN.",
            Assert.Throws<InputException>(() => new MaximalMarginalRelevance { RelevanceShare = float.NaN }.Bind(Directions)).Message);
        Assert.Equal("count must be 1 to 10,000, was 0.",
            Assert.Throws<InputException>(() => new MaximalMarginalRelevance { Count = 0 }.Bind(Directions)).Message);
    }
}
