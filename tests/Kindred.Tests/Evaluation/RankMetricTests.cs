using Kindred.Evaluation.Metrics.Debiased;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Tests.Support;

namespace Kindred.Tests.Evaluation;

/// <summary>The conformance table, continued: metrics of ranks with grades, without cut-off, and without popularity's advantage.</summary>
public sealed class RankMetricTests
{
    private const double D2 = 0.630929753571457, D3 = .5;

    /// <summary>ranked; relevant; K; recall over n, recall over min(K, n).</summary>
    [Theory]
    [InlineData(new[] { 1, 2, 9 }, new[] { 1, 2, 3, 4, 5 }, 3, .4, 2.0 / 3)]
    [InlineData(new[] { 5, 3, 1 }, new[] { 1, 2, 3, 4, 5 }, 3, .6, 1)]
    [InlineData(new[] { 1, 9, 8 }, new[] { 1, 2 }, 3, .5, .5)]
    [InlineData(new int[0], new[] { 1, 2 }, 3, 0, 0)]
    public void The_two_conventions_of_recall_differ_where_more_is_relevant_than_fits(
        int[] ranked, int[] relevant, int k, double recall, double capped)
    {
        Assert.Equal(recall, new Recall(k).Of(ranked, relevant), 12);
        Assert.Equal(capped, new CappedRecall(k).Of(ranked, relevant), 12);
    }

    /// <summary>ranked; relevant; gains; K; linear gain and ideal, exponential gain and ideal.</summary>
    public static TheoryData<int[], int[], float[], int, double, double> Graded => new()
    {
        // 1 at rank 1 and 3 at rank 3; ideal: 3 then 1. linear 1 + 3·D3 of 3 + 1·D2; exponential 1 + 7·D3 of 7 + 1·D2
        { [1, 2, 3], [1, 3], [1, 3], 3, (1 + (3 * D3)) / (3 + D2), (1 + (7 * D3)) / (7 + D2) },
        { [3, 1, 2], [1, 3], [1, 3], 3, 1, 1 },
        // only the first place counts: 1 of 3, 2¹ − 1 of 2³ − 1
        { [1, 2, 3], [1, 3], [1, 3], 1, 1.0 / 3, 1.0 / 7 },
        // grades of a half: √2 − 1 of 2² − 1
        { [1], [1, 3], [.5f, 2], 1, .25, 0.41421356237309515 / 3 },
        // counts so large that 2^g overflows: what has the small count is worth nothing beside it
        { [1, 3], [1, 3], [1, 2000], 2, (1 + (2000 * D2)) / (2000 + D2), D2 },
        { [2], [1, 3], [1, 3], 3, 0, 0 },
        { [], [1], [2], 3, 0, 0 },
    };

    [Theory, MemberData(nameof(Graded))]
    public void Graded_gains_have_the_values_computed_by_hand(
        int[] ranked, int[] relevant, float[] gains, int k, double linear, double exponential)
    {
        Assert.Equal(linear, new GradedNdcg(k, GainForm.Linear).Of(ranked, relevant, gains), 12);
        Assert.Equal(exponential, new GradedNdcg(k, GainForm.Exponential).Of(ranked, relevant, gains), 12);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(new[] { 2f, 2f, 2f })]
    public void Without_grades_or_with_equal_ones_it_is_the_binary_metric(float[]? gains)
    {
        int[] ranked = [8, 1, 9, 2], relevant = [1, 2, 7];
        double binary = new Ndcg(3).Of(ranked, relevant);
        Assert.Equal(binary, new GradedNdcg(3, GainForm.Linear).Of(ranked, relevant, gains), 12);
        Assert.Equal(binary, new GradedNdcg(3, GainForm.Exponential).Of(ranked, relevant, gains), 12);
    }

    /// <summary>Three relevant: two of the first three, although the third is next; two of two; a list that is too short.</summary>
    [Theory]
    [InlineData(new[] { 1, 9, 2, 3 }, new[] { 1, 2, 3 }, 2.0 / 3)]
    [InlineData(new[] { 2, 1 }, new[] { 1, 2 }, 1)]
    [InlineData(new[] { 1 }, new[] { 1, 2 }, .5)]
    [InlineData(new int[0], new[] { 1, 2 }, 0)]
    public void R_precision_looks_at_as_many_places_as_there_are_relevant_items(int[] ranked, int[] relevant, double expected) =>
        Assert.Equal(expected, new RPrecision().Of(ranked, relevant), 12);

    /// <summary>Six items, 0 is in the history, 1 and 2 are relevant: three others, six pairs.</summary>
    [Theory]
    [InlineData(new[] { 1, 2, 3, 4, 5 }, 1)]
    [InlineData(new[] { 3, 4, 5, 1, 2 }, 0)]
    [InlineData(new[] { 1, 3, 2, 4, 5 }, 5.0 / 6)] // 3 pairs of item 1, 2 of item 2
    [InlineData(new[] { 1, 3, 2 }, 5.0 / 6)] // the others stand below the list
    [InlineData(new[] { 3 }, 2.0 / 6)] // two relevant tie with two others: 4 halves; none is above item 3
    [InlineData(new[] { 1 }, 4.5 / 6)] // 3 pairs; item 2 ties with three: 1.5
    [InlineData(new int[0], .5)]
    [InlineData(new[] { 0, 1, 2 }, 1)] // what is in the history belongs to no pair
    public void Auc_has_the_values_computed_by_hand(int[] ranked, double expected) =>
        Assert.Equal(expected, new Auc(6).Of(ranked, [1, 2], history: [0, 0]), 12);

    [Fact]
    public void Auc_has_no_meaning_where_everything_left_is_relevant() =>
        Assert.Equal(double.NaN, new Auc(3).Of([1, 2], [1, 2], history: [0]));

    [Fact]
    public void Debiased_metrics_weigh_hits_by_inverse_propensity()
    {
        // training users: item 0: 4, 1: 2, 2 and 3: 1, 4: none, counted as 1. γ = 1: w = 1/4, 1/2, 1, 1, 1
        var train = EventList.Parse("u: i0 i1 i2", "v: i0 i1", "w: i0", "x: i0 i3 ", "y: ");
        Assert.Equal((.25 + 1) / 1.75, new DebiasedRecall(2, train, 1).Of([0, 2], [0, 1, 2]), 12);
        Assert.Equal(.5 / 1.75, new DebiasedRecall(1, train, 1).Of([1, 2], [0, 1, 2]), 12);
        // ideal list of two places: items 2 and 1
        Assert.Equal((.25 + D2) / (1 + (.5 * D2)), new DebiasedNdcg(2, train, 1).Of([0, 2], [0, 1, 2]), 12);
        Assert.Equal(1, new DebiasedNdcg(2, train, 1).Of([2, 1], [0, 1, 2]), 12);
        // γ = 1.5: w = n^−1.25
        double w0 = Math.Pow(4, -1.25);
        Assert.Equal(w0 / (w0 + 1), new DebiasedRecall(1, train).Of([0], [0, 2]), 12);
    }

    [Fact]
    public void Debiased_metrics_are_the_plain_ones_where_popularity_decides_nothing()
    {
        var train = EventList.Parse("u: i0 i1 i2", "v: i0 i1", "w: i0", "x: i0 i3 ");
        Assert.Equal(new Recall(2).Of([0, 2], [0, 1, 2]), new DebiasedRecall(2, train, -1).Of([0, 2], [0, 1, 2]), 12);
        Assert.Equal(new Ndcg(2).Of([3, 2], [0, 1, 2]), new DebiasedNdcg(2, train, -1).Of([3, 2], [0, 1, 2]), 12);
        Assert.Equal(
            "Gamma, the power of popularity, must be in -1..10, was NaN.",
            Assert.Throws<InputException>(() => new DebiasedRecall(2, train, double.NaN)).Message);
    }
}
