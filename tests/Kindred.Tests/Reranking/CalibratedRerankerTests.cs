using CsCheck;
using Kindred.Data;
using Kindred.Evaluation.Metrics.Beyond;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Reranking.Diversity;
using Kindred.Tests.Evaluation;

namespace Kindred.Tests.Reranking;

public sealed class CalibratedRerankerTests
{
    /// <summary>Items 0 to 9 are dramas, 10 to 19 comedies, 20 has no label.</summary>
    private static readonly LabelColumn Genres =
        LabelColumn.From([.. Enumerable.Range(0, 21).Select(item => item < 10 ? "Drama" : item < 20 ? "Comedy" : null)]);

    private static readonly Interactions Data = Lists.Data(("genres", Genres));

    private static readonly Query SevenToThree = new(-1, new[] { 0, 1, 2, 3, 4, 5, 6, 10, 11, 12 });

    /// <summary>Dramas have the better scores, but the list gets the history's shares: 7 of 10, and 3.</summary>
    [Fact]
    public void The_list_has_the_shares_of_the_history()
    {
        var candidates = Lists.Of([.. Enumerable.Range(0, 20).Select(n => 100f - n)]);
        var list = Lists.After(
            new CalibratedReranker { Labels = "genres", Count = 10, CalibrationShare = .99f }.Bind(Data), candidates, SevenToThree);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], list[..10].Where(item => item < 10));
        Assert.Equal([10, 11, 12], list[..10].Where(item => item >= 10));
        Assert.Equal([7, 8, 9, 13], list[10..14]); // then as they stood
    }

    [Fact]
    public void Without_a_share_or_without_labels_in_the_history_the_order_stays()
    {
        float[] scores = [.. Enumerable.Range(0, 20).Select(n => 100f - n)];
        Assert.Equal(Enumerable.Range(0, 20),
            Lists.After(new CalibratedReranker { Labels = "genres", CalibrationShare = 0 }.Bind(Data), Lists.Of(scores), SevenToThree));
        Assert.Equal(Enumerable.Range(0, 20),
            Lists.After(new CalibratedReranker { Labels = "genres", CalibrationShare = 1 }.Bind(Data), Lists.Of(scores)));
        Assert.Equal(Enumerable.Range(0, 20),
            Lists.After(
                new CalibratedReranker { Labels = "genres", CalibrationShare = 1 }.Bind(Data), Lists.Of(scores), new(-1, new[] { 20 })));
    }

    /// <summary>
    /// The objective with the divergence that the metric measures; a list without labels has the largest there is, log 100.
    /// </summary>
    [Fact]
    public void Every_choice_is_the_best_by_the_metric() => Gen.Int[0, 10_000].Sample(seed =>
    {
        var rng = new Rng((ulong)seed);
        int items = 1 + rng.NextInt(10);
        var repeated = Lists.Labels(rng, items, 4, 3);
        IReadOnlyList<string> LabelsOf(int item) => [.. repeated[item].ToArray().Distinct().Select(repeated.Labels.Id)];
        var labels = LabelColumn.From([.. Enumerable.Range(0, items).Select(LabelsOf)]);
        int[] history = [.. Enumerable.Range(0, 1 + rng.NextInt(6)).Select(_ => rng.NextInt(items))];
        if (history.All(item => labels[item].IsEmpty)) return;
        float share = rng.NextFloat();
        float[] scores = Lists.Scores(rng, items);
        var list = Lists.After(new CalibratedReranker { Labels = "genres", CalibrationShare = share }.Bind(Lists.Data(("genres", labels))),
            Lists.Of(scores), new(-1, history));
        for (int n = 0; n < items; n++)
        {
            double[] gains = [.. list.AsEnumerable().Skip(n).Select(item => Gain([.. list[..n], item]))];
            Assert.True(gains[0] >= gains.Max() - 1e-5);
        }

        double Gain(int[] some)
        {
            double measured = new Miscalibration(some.Length, labels).Of(some, [0], history: history);
            double relevance = some.Sum(item => scores.Max() == scores.Min() ? 1
                : (scores[item] - scores.Min()) / (scores.Max() - scores.Min()));
            return ((1 - share) * relevance) - (share * (double.IsNaN(measured) ? Math.Log(100) : measured));
        }
    });

    [Fact]
    public void Options_out_of_their_bounds_are_refused()
    {
        Assert.Equal("calibrationShare must be 0 to 1, was 2.",
            Assert.Throws<InputException>(() => new CalibratedReranker { Labels = "genres", CalibrationShare = 2 }.Bind(Data)).Message);
        Assert.Equal("count must be 1 to 10,000, was 0.",
            Assert.Throws<InputException>(() => new CalibratedReranker { Labels = "genres", Count = 0 }.Bind(Data)).Message);
    }
}
