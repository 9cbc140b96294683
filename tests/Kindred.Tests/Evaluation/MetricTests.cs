using CsCheck;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Evaluation.Metrics.Ranking;

namespace Kindred.Tests.Evaluation;

/// <summary>The conformance table: every metric, computed by hand.</summary>
public sealed class MetricTests
{
    // Discounts 1/log2(rank + 1): rank 1: 1, rank 2: 0.630929753571457, rank 3: 0.5, rank 4: 0.430676558073393, rank 5: 0.386852807234542.
    private const double D2 = 0.630929753571457, D3 = .5, D4 = 0.430676558073393, D5 = 0.386852807234542;

    /// <summary>ranked; relevant; K; hit rate, recall, precision, NDCG, MAP, MRR.</summary>
    public static TheoryData<string, int[], int[], int, double[]> Cases => new()
    {
        { "no hit", [1, 2, 3], [7, 8], 3, [0, 0, 0, 0, 0, 0] },
        { "all hits", [1, 2, 3], [1, 2, 3], 3, [1, 1, 1, 1, 1, 1] },
        { "one relevant, at rank 1", [5, 1, 2], [5], 3, [1, 1, 1.0 / 3, 1, 1, 1] },
        { "one relevant, at rank 2", [1, 5, 2], [5], 3, [1, 1, 1.0 / 3, D2, .5, .5] },
        { "one relevant, at rank 3", [1, 2, 5], [5], 3, [1, 1, 1.0 / 3, D3, 1.0 / 3, 1.0 / 3] },
        { "one relevant, just below the cut-off", [1, 2, 3, 5], [5], 3, [0, 0, 0, 0, 0, 0] },
        { "cut-off 1, hit", [4, 2], [2, 4], 1, [1, .5, 1, 1, 1, 1] },
        { "cut-off 1, no hit", [3, 2], [2, 4], 1, [0, 0, 0, 0, 0, 0] },
        // fewer relevant than K: hits at ranks 1 and 3 of 5; ideal = 1 + D2; AP = (1/1 + 2/3) / 2 = 5/6
        { "two relevant, K = 5, ranks 1 and 3", [9, 1, 8, 2, 3], [8, 9], 5, [1, 1, .4, (1 + D3) / (1 + D2), 5.0 / 6, 1] },
        // hits at ranks 2 and 5; AP = (1/2 + 2/5) / 2 = .45
        { "two relevant, K = 5, ranks 2 and 5", [1, 9, 2, 3, 8], [8, 9], 5, [1, 1, .4, (D2 + D5) / (1 + D2), .45, .5] },
        // three relevant, only two found at ranks 2 and 4; AP = (1/2 + 2/4) / 3 = 1/3
        { "three relevant, two found", [1, 7, 2, 8, 3], [7, 8, 9], 5, [1, 2.0 / 3, .4, (D2 + D4) / (1 + D2 + D3), 1.0 / 3, .5] },
        // more relevant than K: 5 relevant, K = 3, ranks 1 and 2; recall over n = 5; NDCG and MAP over min(3, 5) = 3; AP = (1 + 1) / 3
        { "more relevant than K", [1, 2, 9], [1, 2, 3, 4, 5], 3, [1, .4, 2.0 / 3, (1 + D2) / (1 + D2 + D3), 2.0 / 3, 1] },
        { "more relevant than K, all of the list relevant", [5, 3, 1], [1, 2, 3, 4, 5], 3, [1, .6, 1, 1, 1, 1] },
        // short list: two places of five are filled; precision still / 5
        { "short list", [1, 9], [8, 9], 5, [1, .5, .2, D2 / (1 + D2), .25, .5] },
        { "empty list", [], [8, 9], 5, [0, 0, 0, 0, 0, 0] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Metrics_have_the_values_computed_by_hand(string name, int[] ranked, int[] relevant, int k, double[] expected)
    {
        IMetric[] metrics = [new HitRate(k), new Recall(k), new Precision(k), new Ndcg(k), new AveragePrecision(k), new ReciprocalRank(k)];
        for (int m = 0; m < metrics.Length; m++)
        {
            double value = metrics[m].Of(ranked, relevant);
            Assert.True(Math.Abs(value - expected[m]) < 1e-12, $"{name}: {metrics[m].Name} = {value}, expected {expected[m]}");
        }
    }

    [Fact]
    public void Names_and_definitions_carry_the_cut_off()
    {
        Assert.Equal(
            ["NDCG@7", "Recall@7", "HitRate@7", "Precision@7", "MAP@7", "MRR@7"],
            StandardMetrics.At(7).Select(metric => metric.Name));
        Assert.All(StandardMetrics.At(7), metric => Assert.Contains("7", metric.Definition.Formula));
        Assert.Equal(12, StandardMetrics.At(5, 10).Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_cut_off_below_one_is_refused(int k) =>
        Assert.Equal($"The cut-off of a metric must be >= 1, was {k}.", Assert.Throws<InputException>(() => new Recall(k)).Message);

    [Fact]
    public void Values_agree_with_the_reference_and_stay_between_zero_and_one() => Lists.Sample((ranked, relevant, k) =>
    {
        foreach (var metric in StandardMetrics.At(k))
        {
            double value = metric.Of(ranked, relevant);
            Assert.InRange(value, 0, 1);
            Assert.Equal(Reference.Measure(metric.Name, ranked, relevant), value, 1e-12);
        }
    });

    [Fact]
    public void Recall_hit_rate_and_reciprocal_rank_never_fall_with_the_cut_off() => Lists.Sample((ranked, relevant, k) =>
    {
        Assert.True(new Recall(k + 1).Of(ranked, relevant) >= new Recall(k).Of(ranked, relevant));
        Assert.True(new HitRate(k + 1).Of(ranked, relevant) >= new HitRate(k).Of(ranked, relevant));
        Assert.True(new ReciprocalRank(k + 1).Of(ranked, relevant) >= new ReciprocalRank(k).Of(ranked, relevant));
    });

    [Fact]
    public void Moving_a_hit_up_by_one_place_never_lowers_a_metric() => Lists.Sample((ranked, relevant, k) =>
    {
        for (int n = 1; n < ranked.Length; n++)
        {
            if (!relevant.Contains(ranked[n]) || relevant.Contains(ranked[n - 1])) continue;
            int[] better = [.. ranked];
            (better[n - 1], better[n]) = (better[n], better[n - 1]);
            foreach (var metric in StandardMetrics.At(k))
                Assert.True(metric.Of(better, relevant) >= metric.Of(ranked, relevant), metric.Name);
        }
    });

    [Fact]
    public void A_list_that_begins_with_everything_relevant_has_the_best_value() => Lists.Sample((_, relevant, k) =>
    {
        Assert.Equal(1, new Ndcg(k).Of(relevant, relevant), 1e-12);
        Assert.Equal(1, new AveragePrecision(k).Of(relevant, relevant), 1e-12);
        Assert.Equal(1, new ReciprocalRank(k).Of(relevant, relevant));
        Assert.Equal(Math.Min(1, (double)k / relevant.Length), new Recall(k).Of(relevant, relevant), 1e-12);
    });

    /// <summary>A list without repeats, at least one relevant item (ascending), a cut-off: all out of 30 items.</summary>
    private static Gen<(int[] Ranked, int[] Relevant, int K)> Lists { get; } = Gen.Select(
        Gen.Shuffle(Enumerable.Range(0, 30).ToArray()), Gen.Int[0, 30], Gen.Shuffle(Enumerable.Range(0, 30).ToArray()), Gen.Int[1, 20],
        Gen.Int[1, 25],
        (ranked, length, relevant, count, k) => (ranked[..length], relevant[..count].Order().ToArray(), k));
}
