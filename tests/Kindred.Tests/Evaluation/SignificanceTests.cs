using System.Text.Json;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Numerics;
using Kindred.Splitting;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Tests.Evaluation;

public sealed class SignificanceTests
{
    [Fact]
    public void Two_equal_reports_differ_by_nothing()
    {
        var comparison = Compare(
            Report("twin", 100, user => user % 3 == 0 ? 0 : 2), Report("popularity", 100, user => user % 3 == 0 ? 0 : 2));
        Assert.Equal((0, 0, 0, 1), (comparison.Difference, comparison.Low, comparison.High, comparison.PValue));
        Assert.False(comparison.IsBetter || comparison.IsWorse);
        Assert.Equal(
            "twin: +0.00 points of MRR@10 over popularity (95 % CI 0.00 to 0.00), not significant. "
            + "With 100 users, only differences of 0.00 points or more can be detected.", comparison.Verdict);
    }

    [Fact]
    public void Better_for_every_user_is_significant()
    {
        // rank 1 against rank 2: 1 − 1/2 for every user
        var comparison = Compare(Report("sharp", 50, _ => 0), Report("popularity", 50, _ => 1));
        // 50 signs drawn at random agree once in 2⁴⁹
        Assert.Equal((.5, .5, .5, Math.Pow(2, -49)), (comparison.Difference, comparison.Low, comparison.High, comparison.PValue));
        Assert.True(comparison.IsBetter);
        Assert.Equal("sharp beats popularity by 50.0 points of MRR@10 (95 % CI 50.0 to 50.0).", comparison.Verdict);
    }

    [Fact]
    public void The_other_way_round_it_is_worse_by_as_much()
    {
        var (sharp, dull) = (Report("sharp", 200, user => user % 4), Report("dull", 200, user => user % 4 == 0 ? 0 : (user % 4) + 1));
        var (up, down) = (Compare(sharp, dull), Compare(dull, sharp));
        Assert.True(up.IsBetter && down.IsWorse);
        Assert.Equal(up.Difference, -down.Difference, 12);
        Assert.Equal(up.Low, -down.High, 12);
        Assert.Equal(up.High, -down.Low, 12);
        Assert.Equal(up.Verdict[up.Verdict.IndexOf('(')..up.Verdict.IndexOf(')')],
            down.Verdict[down.Verdict.IndexOf('(')..down.Verdict.IndexOf(')')]);
        Assert.StartsWith("dull is worse than sharp by 7.5 points of MRR@10 (95 % CI ", down.Verdict);
    }

    [Fact]
    public void A_difference_that_a_few_users_make_is_noise()
    {
        // better for 2 users, worse for 1 of 100
        var comparison = Compare(Report("lucky", 100, user => user < 2 ? 0 : user == 2 ? 3 : 1), Report("popularity", 100, _ => 1));
        Assert.True(comparison.Difference > 0 && comparison.Low < 0 && comparison.High > 0);
        Assert.InRange(comparison.PValue, .02, 1);
        // better for 2 users by 1/2, worse for 1 by 1/4: (1 − .25) / 100
        Assert.StartsWith("lucky: +0.75 points of MRR@10 over popularity (95 % CI −", comparison.Verdict);
        Assert.Contains(", not significant. With 100 users, only differences of ", comparison.Verdict);
    }

    [Fact]
    public void Too_few_users_tell_nothing_however_well_they_agree()
    {
        var comparison = Compare(Report("sharp", 29, _ => 0), Report("popularity", 29, _ => 1));
        Assert.False(comparison.IsBetter);
        Assert.Contains(", undecided: 29 users were measured, and a verdict needs at least 30.", comparison.Verdict);
        Assert.True(Compare(Report("sharp", 30, _ => 0), Report("popularity", 30, _ => 1)).IsBetter);
    }

    [Fact]
    public void Pairing_finds_a_small_steady_gain_that_the_single_intervals_hide()
    {
        // Users differ a lot (rank 1 or out of the list); the gain is from rank 3 to rank 2 for one in five.
        var better = Report("better", 500, user => user % 2 == 0 ? 0 : user % 5 == 0 ? 1 : 99);
        var worse = Report("worse", 500, user => user % 2 == 0 ? 0 : user % 5 == 0 ? 2 : 99);
        Assert.True(better.Of("MRR@10").Low < worse.Of("MRR@10").High);
        Assert.True(Compare(better, worse).IsBetter);
    }

    [Fact]
    public void Comparisons_are_the_same_at_any_number_of_workers_and_survive_json()
    {
        var (a, b) = (Report("a", 300, user => user % 7), Report("b", 300, user => user % 5));
        var comparison = Compare(a, b);
        Assert.Equal(comparison, Compare(a, b, workers: 4));
        string json = JsonSerializer.Serialize(comparison, SealedFolder.Json);
        Assert.Contains("\"verdict\"", json);
        Assert.Equal(comparison, JsonSerializer.Deserialize<PairedComparison>(json, SealedFolder.Json));
    }

    [Fact]
    public void Reports_of_different_holdouts_or_from_files_are_refused()
    {
        var report = Report("a", 40, _ => 0);
        Assert.Contains("different holdouts", Assert.Throws<ArgumentException>(() => Compare(report, Report("b", 41, _ => 0))).Message);
        Assert.Contains(
            "read from a file", Assert.Throws<ArgumentException>(() => Compare(report, report with { PerUser = null })).Message);
        Assert.Contains("'NDCG@99' was not measured", Assert.Throws<InputException>(() => Compare(report, report, "NDCG@99")).Message);
    }

    [Fact]
    public void Effect_size_and_detectable_difference_have_the_values_computed_by_hand()
    {
        // Differences of MRR: 0 for half of 40 users, 1/2 for the other half. Mean 1/4, variance 40 · (1/4)² / 39 = .0641026, deviation
        // .2531848.
        var comparison = Compare(Report("a", 40, user => user % 2), Report("b", 40, _ => 1));
        Assert.Equal(.25 / .2531848, comparison.EffectSize, 6);
        Assert.Equal(.25 / .5, comparison.RelativeDifference, 12);
        Assert.Equal(2.801585 * .2531848 / Math.Sqrt(40), comparison.DetectableDifference, 6);
    }

    [Fact]
    public void Many_comparisons_are_corrected_as_by_hand()
    {
        // Holm of .01, .04, .03: 3 · .01, then 2 · .03, then the larger of .06 and 1 · .04.
        var one = Compare(Report("a", 40, _ => 0), Report("b", 40, _ => 1));
        var corrected = Significance.Corrected([one with { PValue = .01 }, one with { PValue = .04 }, one with { PValue = .03 }]);
        Assert.Equal([.03, .06, .06], corrected.Select(c => Math.Round(c.AdjustedPValue, 12)));
        Assert.Equal([true, false, false], corrected.Select(c => c.IsBetter));
        Assert.Contains(", not significant after correction for 3 comparisons.", corrected[1].Verdict);
    }

    [Fact]
    public void Where_many_models_guess_the_correction_keeps_luck_from_winning()
    {
        // Everybody guesses: the item is at rank 1 or 2 by a coin of his own, so no model is better than another.
        static Func<int, int> Coins(int n) => user => new Rng((ulong)n).Fork("coin", user).NextInt(2);
        var baseline = Report("popularity", 200, Coins(1001));
        var guesses = Enumerable.Range(0, 60).Select(n => Compare(Report($"m{n}", 200, Coins(n)), baseline)).ToArray();
        Assert.Contains(guesses, guess => guess.IsBetter || guess.IsWorse);
        Assert.DoesNotContain(Significance.Corrected(guesses), guess => guess.IsBetter || guess.IsWorse);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(26)]
    [InlineData(500)]
    public void However_many_are_compared_what_is_plainly_better_is_found(int comparisons)
    {
        // rank 1 for two users of three, where the baseline has rank 2 or 3
        var one = Compare(Report("sharp", 200, user => user % 3 == 0 ? 2 : 0), Report("popularity", 200, user => user % 2 == 0 ? 1 : 2));
        Assert.True(one.Low > 0);
        var corrected = Significance.Corrected([.. Enumerable.Repeat(one, comparisons)]);
        Assert.All(corrected, comparison => Assert.True(comparison.IsBetter));
    }

    [Fact]
    public void Beyond_its_resamples_the_p_value_is_that_of_many_more()
    {
        // a step from rank 2 to rank 1, or back, for some users: a p-value that 1,000 resamples cannot tell from 0, and 400,000 can
        Func<int, int> places = user => user % 10 < 3 ? 0 : user % 10 < 4 ? 2 : 1;
        EvaluationReport report = Report("a", 120, places), baseline = Report("b", 120, _ => 1);
        double[] mine = report.PerUser!.Values["MRR@10"].ToArray(), theirs = baseline.PerUser!.Values["MRR@10"].ToArray();
        double[] differences = [.. mine.Zip(theirs, (a, b) => a - b)];
        double[] means = Bootstrap.SortedMeans([differences], 400_000, 7, 2, TestContext.Current.CancellationToken)[0];
        double many = 2.0 * means.Count(mean => mean <= 0) / means.Length;
        double p = Compare(report, baseline).PValue;
        Assert.InRange(p, 1e-9, 1.9 / 1001);
        Assert.InRange(p, many / 3, Math.Max(many * 3, 1e-5));
    }

    [Fact]
    public void Of_a_metric_that_should_be_low_less_is_better()
    {
        var (near, far) = (Report("near", 100, _ => 0), Report("far", 100, _ => 1));
        PairedComparison Turned(EvaluationReport a, EvaluationReport b) =>
            Compare(a with { Definitions = Low(a) }, b with { Definitions = Low(b) });
        Assert.True(Turned(far, near).IsBetter && Turned(near, far).IsWorse);
        Assert.Equal("far beats near by 0.5000 MRR@10 (95 % CI 0.5000 to 0.5000).", Turned(far, near).Verdict);
        static MetricDefinition[] Low(EvaluationReport report) =>
            [.. report.Definitions.Select(d => d with { Better = MetricDirection.Lower })];
    }

    [Fact]
    public void Users_without_a_value_are_left_out_of_the_comparison()
    {
        var (a, b) = (Report("a", 60, _ => 0), Report("b", 60, _ => 1));
        ReadOnlyMemory<double> some = a.PerUser!.Values["MRR@10"].ToArray().Select((v, n) => n < 20 ? double.NaN : v).ToArray();
        var gapped =
            a with
            {
                PerUser =
                a.PerUser with { Values = new Dictionary<string, ReadOnlyMemory<double>>(a.PerUser.Values) { ["MRR@10"] = some } }
            };
        Assert.Equal((40, .5), (Compare(gapped, b).Users, Compare(gapped, b).Difference));
    }

    /// <summary>
    /// Each of the users has one relevant item; the recommender puts it at the place (from 0) that is given, 99: nowhere.
    /// </summary>
    internal static EvaluationReport Report(string name, int users, Func<int, int> placeOf)
    {
        var all = EventList.Of(Enumerable.Range(0, users).Select(user => ($"u{user}", "i0", 0L, 1f))
            .Concat(Enumerable.Range(1, 10).Select(item => ("other", $"i{item}", 0L, 1f))));
        var isTest = Enumerable.Range(0, users + 10).Select(e => e < users).ToArray();
        var holdout = Holdout.Of(all.Where([.. isTest.Select(test => !test)]), all.Where(isTest), "By hand.");
        var scripted =
            new Scripted(query => [.. Enumerable.Range(1, 9).Take(placeOf(query.User)), .. placeOf(query.User) < 99 ? new[] { 0 } : []]);
        return Evaluator.Evaluate(name, scripted, holdout, new() { Metrics = [new ReciprocalRank(10), new HitRate(1)], Workers = 1 });
    }

    private static PairedComparison Compare(
        EvaluationReport report, EvaluationReport baseline, string metric = "MRR@10", int workers = 1) =>
        Significance.Compare(report, baseline, metric, workers, TestContext.Current.CancellationToken);
}
