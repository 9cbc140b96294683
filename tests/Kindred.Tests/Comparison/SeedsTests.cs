using Kindred.Comparison;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Comparison;

public sealed class SeedsTests
{
    private static readonly Holdout Films = new LeaveLastOut().Split(MovieLensSmall.Load()).Tuning;

    private static ModelComparison Compare(int seeds, int seed = 5) => ModelComparison.On(
        Films, [ModelSpec.Parse("item-knn"), ModelSpec.Parse("bpr:epochs=2,dimensions=8,learningRate=0.1,regularization=0.01")],
        new() { Seeds = seeds, Seed = seed }, TestContext.Current.CancellationToken);

    /// <summary>The mean over three seeds is that of three comparisons with one seed each.</summary>
    [Fact]
    public void A_model_that_draws_at_random_is_trained_with_every_seed_and_the_others_once()
    {
        var three = Compare(3);
        var (knn, bpr) = (three.Models.First(m => m.Name == "item-knn"), three.Models.First(m => m.Name.StartsWith("bpr")));
        Assert.Empty(knn.Report.Spreads);
        double[] alone = [.. Enumerable.Range(5, 3).Select(seed => Compare(1, seed).Models
            .First(m => m.Name == bpr.Name).Report.Of("NDCG@10").Mean)];
        var spread = bpr.Report.Spreads.First(s => s.Metric == "NDCG@10");
        Assert.Equal(alone.Select(value => Math.Round(value, 12)), spread.Values.Select(value => Math.Round(value, 12)));
        Assert.Equal(alone.Average(), bpr.Report.Of("NDCG@10").Mean, 12);
        Assert.True(spread.Deviation > 0);
        Assert.Equal(knn.Report.Of("NDCG@10"), Compare(1).Models.First(m => m.Name == "item-knn").Report.Of("NDCG@10"));
    }

    /// <summary>Every user prefers the first by .1, and its seeds are .3 apart: with them nobody knows.</summary>
    [Fact]
    public void The_verdict_counts_how_far_seeds_are_from_each_other()
    {
        EvaluationReport With(string name, double value, params double[] seeds)
        {
            var report = Compare(1).Baseline.Report;
            var users = report.PerUser!.Users;
            double[] values = [.. Enumerable.Range(0, users.Length).Select(n => value + (n % 2 * .01))];
            return report with
            {
                Name = name,
                Spreads = seeds.Length == 0 ? [] : [new("NDCG@10", seeds)],
                PerUser = new(users, new Dictionary<string, ReadOnlyMemory<double>> { ["NDCG@10"] = values }),
            };
        }
        PairedComparison Of(params double[] seeds) => Significance.Compare(
            With("first", .3, seeds), With("second", .2), "NDCG@10", 2, TestContext.Current.CancellationToken);
        Assert.True(Of().IsBetter);
        Assert.True(Of(.299, .300, .301).IsBetter);
        // t = .1 / (.005 / √2·√2) = 20 with 1 degree of freedom: .032; twice as far apart: .063
        Assert.InRange(Of(.295, .305).PValue, .03, .034);
        var two = Of(.29, .31);
        Assert.False(two.IsBetter);
        Assert.InRange(two.PValue, .06, .066);
        Assert.Equal(.1 - (12.706 * .01), two.Low, 1e-3);
        var open = Of(.15, .3, .45);
        Assert.False(open.IsBetter);
        Assert.True(open.Low < 0 && open.High > .2, $"{open}");
        Assert.InRange(open.PValue, .2, .6); // t = .1 / (.15 / √3) with 2 degrees of freedom: .37
        Assert.Equal((2.801581 * .15) / Math.Sqrt(3), open.DetectableDifference, 1e-4);
    }

    [Fact]
    public void A_number_below_one_is_refused() => Assert.Equal("The number of seeds must be at least 1, was 0.",
        Assert.Throws<InputException>(() => Compare(0)).Message);
}
