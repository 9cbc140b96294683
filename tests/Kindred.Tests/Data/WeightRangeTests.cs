using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Tests.Data;

public sealed class WeightRangeTests
{
    [Fact]
    public void Weights_within_the_range_are_not_copied()
    {
        float[] weights = [float.Epsilon, 1e-20f, 1, 1e9f];
        Assert.True(WeightRange.Within(weights).Span == weights);
        Assert.True(WeightRange.Within(default).IsEmpty);
    }

    [Fact]
    public void Others_count_as_the_nearer_end()
    {
        float[] weights = [float.MaxValue, 2e9f, 3, 0, -0f, -1, float.MinValue, float.NaN, float.PositiveInfinity];
        float[] expected = [1e9f, 1e9f, 3, float.Epsilon, float.Epsilon, float.Epsilon, float.Epsilon, float.Epsilon, 1e9f];
        int[] history = [.. Enumerable.Range(0, 9)];
        Assert.Equal(expected, new Query(-1, history, weights).Weights.ToArray());
        Assert.Equal(expected, (new Query(-1, history) with { Weights = weights }).Weights.ToArray());
        Assert.Equal(float.MaxValue, weights[0]); // the caller's own stay as they are
    }

    [Theory]
    [InlineData(float.MaxValue, "3.4028235E+38")]
    [InlineData(0, "0")]
    [InlineData(-1, "-1")]
    [InlineData(float.NaN, "NaN")]
    public void Data_that_no_model_can_learn_from_is_refused_by_name(float weight, string text)
    {
        Vocabulary users = new(["ann", "bob"]), items = new(["tea", "jam"]);
        var data = Interactions.From(users, items, SparseMatrix.FromTriplets(2, 2, [(0, 0, 1), (1, 0, 1e9f), (1, 1, weight)]));
        Assert.Equal(
            $"The events of user bob with item jam weigh {text}; weights must be above 0 and at most 1E+09. "
            + "Rescale the values, or import without them.",
            Assert.Throws<InputException>(() => data.ByUser).Message);
    }
}
