using System.Text.Json;
using CsCheck;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Splitting;
using Kindred.Storage;
using Kindred.Tests.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Evaluation;

public sealed class EvaluatorTests
{
    private static readonly TrainingContext Context = new() { Workers = 1 };

    [Fact]
    public void A_tiny_case_has_the_values_computed_by_hand()
    {
        // Items a b c d e = 0 … 4. Everybody's list: b, a, c (scripted, history or not).
        // ann (warm): relevant c, d → hit at rank 3: Recall@3 = 1/2, MRR@3 = 1/3. bob (cold): relevant b → rank 1: 1 and 1. cid: nothing
        // asked.
        var all = EventList.Parse("ann: e c d", "bob: b", "cid: a");
        var holdout = Holdout.Of(all.Where([true, false, false, false, true]), all.Where([false, true, true, true, false]), "By hand.");
        int Item(string id) => all.Items.TryGetIndex(id, out int item) ? item : throw new InvalidOperationException();
        var scripted = new Scripted(_ => [Item("b"), Item("a"), Item("c")]);

        var report = Evaluator.Evaluate(
            "scripted", scripted, holdout, new() { Metrics = [new Recall(3), new ReciprocalRank(3), new HitRate(1)] });

        Assert.Equal(["all", "warm", "cold"], report.Segments.Select(s => s.Name));
        Assert.Equal([2, 1, 1], report.Segments.Select(s => s.Users));
        Assert.Equal([.75, 2.0 / 3, .5], report.Segments[0].Estimates.Select(e => e.Mean));
        Assert.Equal([.5, 1.0 / 3, 0], report.Segments[1].Estimates.Select(e => e.Mean));
        Assert.Equal([1, 1, 1], report.Segments[2].Estimates.Select(e => e.Mean));
        Assert.Equal(.75, report.Of("recall@3").Mean);
        // coverage: b at K = 1; b, a, c at K = 3; of five items
        Assert.Equal([new CatalogValue("Coverage@1", .2), new CatalogValue("Coverage@3", .6)], report.Catalog);
        Assert.Equal(
            new EvaluationCounts
            {
                Users = 2,
                WarmUsers = 1,
                ColdUsers = 1,
                UsersWithoutList = 0,
                Items = 5,
                TrainEvents = 2,
                TestEvents = 3,
                ColdItemTestEvents = 3,
                RepeatsLeftOut = 0,
            },
            report.Counts);
        Assert.Equal("By hand.", report.Protocol);
        Assert.Equal(["Recall@3", "MRR@3", "HitRate@1", "Coverage@1", "Coverage@3"], report.Definitions.Select(d => d.Name));
    }

    [Fact]
    public void A_user_without_a_list_counts_as_zero()
    {
        var all = EventList.Parse("ann: a b", "bob: a b");
        var holdout = Holdout.Of(all.Where([true, false, true, false]), all.Where([false, true, false, true]), "By hand.");
        var report = Evaluator.Evaluate("half", new Scripted(query => query.User == 0 ? [1] : []), holdout);
        Assert.Equal(.5, report.Of("Recall@5").Mean);
        Assert.Equal(1, report.Counts.UsersWithoutList);
    }

    [Fact]
    public void The_recommender_is_asked_once_for_each_user_with_the_largest_cut_off_and_only_the_training_history()
    {
        var all = EventList.Parse("ann: a b c", "bob: a", "cid: b c");
        var holdout = Holdout.Of(
            all.Where([true, true, false, true, true, false]), all.Where([false, false, true, false, false, true]), "By hand.");
        var asked = new List<string>();
        var recommender = new Scripted(
            query => { lock (asked) asked.Add($"{query.User}: {string.Join(' ', query.History.ToArray())}"); return []; }, count =>
                Assert.Equal(2, count));
        Evaluator.Evaluate("scripted", recommender, holdout, new() { Metrics = [new Recall(1), new Ndcg(2)] });
        Assert.Equal(["0: 0 1", "2: 1"], asked.Order());
    }

    [Fact]
    public void It_agrees_with_the_reference_evaluator() =>
        Gen.Select(SplitTests.SomeEvents, Gen.Int[0, 1000]).Sample((interactions, seed) =>
        {
            var split = new RandomSplit { Seed = seed, TestFraction = .4 }.Split(interactions);
            if (split.Test.Histories.Count == 0) return;
            var recommender = new Popularity().Train(split.Final.Train, Context).AsPipeline();
            var metrics = StandardMetrics.At(1, 3, 50);
            var report = Evaluator.Evaluate(
                "popularity", recommender, split.Final, new() { Metrics = metrics, Resamples = 1, Workers = 2 });

            var train = split.Final.Train;
            bool IsWarm(int user) => train.Histories.ItemsOf(user).Length > 0;
            var includes = new Dictionary<string, Func<int, bool>>
            {
                ["all"] = _ => true,
                ["warm"] = IsWarm,
                ["cold"] = user => !IsWarm(user)
            };
            foreach (var segment in report.Segments)
                foreach (var estimate in segment.Estimates)
                    Assert.Equal(
                        Reference.Mean(estimate.Metric, recommender, train, split.Test, includes[segment.Name]), estimate.Mean, 1e-12);
            foreach (var value in report.Catalog)
                Assert.Equal(
                    Reference.CoverageAt(int.Parse(value.Metric.Split('@')[1]), recommender, train, split.Test), value.Value, 1e-12);
        }, iter: 200);

    [Fact]
    public void The_same_bits_come_out_at_any_number_of_workers()
    {
        var split = new GlobalTimeSplit().Split(MovieLensSmall.Load());
        var recommender = new Popularity().Train(split.Final.Train, Context).AsPipeline();
        string[] reports = [.. new[] { 1, 2, 4 }.Select(workers => JsonSerializer.Serialize(
            Evaluator.Evaluate("popularity", recommender, split.Final, new() { Seed = 5, Workers = workers }), SealedFolder.Json))];
        Assert.Equal(reports[0], reports[1]);
        Assert.Equal(reports[0], reports[2]);
    }

    [Fact]
    public void Popularity_on_movielens_has_its_measured_quality_under_a_global_time_cut()
    {
        var split = new GlobalTimeSplit().Split(MovieLensSmall.Load());
        var report = Evaluator.Evaluate("popularity", new Popularity().Train(split.Final.Train, Context).AsPipeline(), split.Final);
        // .380117530559917 over 82 users and .052612488077470 over the 22 warm ones, by a plain script in another language
        Assert.Equal([82, 22, 60], report.Segments.Select(s => s.Users));
        Assert.InRange(report.Of("NDCG@10").Mean, .38011, .38012);
        Assert.InRange(report.Segments[1].Estimates.Single(e => e.Metric == "NDCG@10").Mean, .05261, .05262);
        Assert.Equal((10_000, 1_088), (report.Counts.TestEvents, report.Counts.ColdItemTestEvents));
        Assert.Contains("73 % of test users have no training event; they are also measured separately, as cold users.", report.Warnings);
    }

    [Fact]
    public void Popularity_on_gowalla_has_its_measured_quality_on_the_published_split()
    {
        var split = Gowalla.Load();
        Assert.Equal((719_081, 91_047, 217_242, 0), (
            split.Train.Histories.Count, split.Validation.Histories.Count, split.Test.Histories.Count, split.RepeatsLeftOut));
        var recommender = new Popularity().Train(split.Final.Train, Context).AsPipeline();
        var report = Evaluator.Evaluate("popularity", recommender, split.Final, new() { Metrics = StandardMetrics.At(20), Resamples = 1 });
        // .041630978929956 and .031689929274216, by a plain script in another language
        Assert.Equal(29_858, report.Counts.Users);
        Assert.InRange(report.Of("Recall@20").Mean, .04158, .04168);
        Assert.InRange(report.Of("NDCG@20").Mean, .03164, .03174);
    }

    [Fact]
    public void Intervals_hold_their_mean_and_grow_narrower_with_more_users()
    {
        var split = new RandomSplit { TestFraction = .2 }.Split(MovieLensSmall.Load());
        var recommender = new Popularity().Train(split.Final.Train, Context).AsPipeline();
        var report = Evaluator.Evaluate("popularity", recommender, split.Final);
        Assert.All(report.Segments[0].Estimates, e => Assert.True(e.Low < e.Mean && e.Mean < e.High, e.ToString()));

        var fewUsers = Enumerable.Range(0, split.Test.Histories.Count).Select(e => e < split.Test.Histories.Starts.Span[60]).ToArray();
        var few = Evaluator.Evaluate(
            "popularity", recommender, Holdout.Of(split.Final.Train, split.Test.Where(fewUsers), "The first 60 users."));
        Assert.True(few.Of("NDCG@10").High - few.Of("NDCG@10").Low > 2 * (report.Of("NDCG@10").High - report.Of("NDCG@10").Low));
    }

    [Fact]
    public void A_report_survives_json_except_for_the_values_by_user()
    {
        var split = new LeaveLastOut().Split(EventList.Parse("ann: a b c", "bob: c b a"));
        var report = Evaluator.Evaluate("popularity", new Popularity().Train(split.Final.Train, Context).AsPipeline(), split.Final);
        string json = JsonSerializer.Serialize(report, SealedFolder.Json);
        var read = JsonSerializer.Deserialize<EvaluationReport>(json, SealedFolder.Json)!;
        Assert.Equal(json, JsonSerializer.Serialize(read, SealedFolder.Json));
        Assert.Equal(report.Of("NDCG@10"), read.Of("NDCG@10"));
        Assert.Null(read.PerUser);
    }

    [Fact]
    public void Progress_rises_to_the_number_of_users()
    {
        var all = EventList.Parse([.. Enumerable.Range(0, 100).Select(user => $"u{user}: a b")]);
        bool[] first = [.. Enumerable.Range(0, 200).Select(e => e % 2 == 0)];
        var holdout = Holdout.Of(all.Where(first), all.Where([.. first.Select(isFirst => !isFirst)]), "By hand.");
        var seen = new Reports();
        Evaluator.Evaluate("scripted", new Scripted(_ => []), holdout, new() { Progress = seen, Workers = 2 });
        Assert.Equal(seen.Done.Order(), seen.Done);
        Assert.Equal(100, seen.Done[^1]);
    }

    [Fact]
    public void A_cancelled_evaluation_stops()
    {
        var all = EventList.Parse("ann: a b");
        var holdout = Holdout.Of(all.Where([true, false]), all.Where([false, true]), "By hand.");
        Assert.Throws<OperationCanceledException>(() =>
            Evaluator.Evaluate("scripted", new Scripted(_ => []), holdout, new() { Cancellation = new CancellationToken(canceled: true) }));
    }

    [Fact]
    public void A_recommender_that_repeats_an_item_is_caught()
    {
        var all = EventList.Parse("ann: a b");
        var holdout = Holdout.Of(all.Where([true, false]), all.Where([false, true]), "By hand.");
        var failure = Assert.Throws<InvalidOperationException>(() => Evaluator.Evaluate("cheat", new Scripted(_ => [1, 1]), holdout));
        Assert.Equal("cheat recommends item 1 twice to user 0.", failure.Message);
    }

    [Fact]
    public void Nothing_to_measure_is_refused()
    {
        var all = EventList.Parse("ann: a b");
        var empty = Holdout.Of(all, all.Where([false, false]), "By hand.");
        var holdout = Holdout.Of(all.Where([true, false]), all.Where([false, true]), "By hand.");
        string Refusal(Holdout measured, EvaluationOptions options) =>
            Assert.Throws<InputException>(() => Evaluator.Evaluate("x", new Scripted(_ => []), measured, options)).Message;

        Assert.StartsWith("All 2 events of the measured part are repeats", Refusal(Holdout.Of(all, all, "By hand."), new()));
        Assert.Contains("No user has an event to be found", Refusal(empty, new()));
        Assert.Contains("at least one metric", Refusal(holdout, new() { Metrics = [] }));
        Assert.Equal("Resamples must be >= 1, was 0.", Refusal(holdout, new() { Resamples = 0 }));
        Assert.Equal(
            "Recall@5 is named twice; name each metric once.", Refusal(holdout, new() { Metrics = [new Recall(5), new Recall(5)] }));
        var report = Evaluator.Evaluate("x", new Scripted(_ => []), holdout);
        Assert.StartsWith("'auc' was not measured; there are NDCG@5,", Assert.Throws<InputException>(() => report.Of("auc")).Message);
    }

    private sealed class Reports : IProgress<TrainingProgress>
    {
        public List<int> Done { get; } = [];

        public void Report(TrainingProgress value) => Done.Add(value.Done);
    }
}

/// <summary>Answers what it was told to.</summary>
internal sealed class Scripted(Func<Query, int[]> answer, Action<int>? onCount = null) : IRetriever
{
    public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
    {
        onCount?.Invoke(items.Length);
        int[] list = answer(query);
        int count = Math.Min(list.Length, items.Length);
        for (int n = 0; n < count; n++) (items[n], scores[n]) = (list[n], -n);
        return count;
    }

    public static implicit operator Pipeline(Scripted scripted) => Pipeline.Of("scripted", scripted);
}
