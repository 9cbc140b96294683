using Kindred.Data;
using Kindred.Models;
using Kindred.Storage;

namespace Kindred.Tests.Models;

public sealed class TopContributionsTests
{
    private static readonly Vocabulary Items = new(["a", "b", "c", "d", "new"]);

    [Fact]
    public void The_two_largest_contributions_are_named_the_larger_first() =>
        Assert.Equal([2, 0], TopContributions.For(new Told(.2f, .1f, .3f), new(-1, new[] { 0, 1, 2 }), 4));

    [Fact]
    public void What_speaks_against_an_item_is_no_reason() =>
        Assert.Equal([1], TopContributions.For(new Told(-1, .5f, 0), new(-1, new[] { 0, 1, 2 }), 4));

    [Fact]
    public void An_item_that_occurs_twice_counts_with_both_and_is_named_once() =>
        Assert.Equal([0, 1], TopContributions.For(new Told(.2f, .3f, .2f), new(-1, new[] { 0, 1, 0 }), 4)); // .2 + .2 > .3

    /// <summary>Ratings 1, 4, 5: the median is 4, so the film rated 1 was not liked, whatever it contributes.</summary>
    [Fact]
    public void What_was_rated_below_the_median_was_not_liked() =>
        Assert.Equal([1, 2], TopContributions.For(new Told(.9f, .2f, .1f), new(-1, new[] { 0, 1, 2 }, new[] { 1f, 4, 5 }), 4));

    [Fact]
    public void A_model_that_cannot_explain_gives_none()
    {
        var popularity = new Popularity().Train(
            new(new(["u"]), Items, new Histories(new[] { 0, 1 }, new[] { 0 }, default, new[] { 1f })), new TrainingContext { Workers = 1 });
        Assert.Empty(TopContributions.For(popularity, new(-1, new[] { 0 }), 1));
    }

    /// <summary>Contributes what it was told to.</summary>
    private sealed class Told(params float[] contributions) : IExplainableModel
    {
        public Vocabulary Items => TopContributionsTests.Items;

        public void Score(in Query query, Span<float> scores) => scores.Fill(float.NaN);

        public void Explain(in Query query, int item, Span<float> explained) => contributions.CopyTo(explained);

        public void Save(TensorWriter writer) => throw new NotSupportedException();
    }
}
