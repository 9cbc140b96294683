using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Evaluation;

public sealed class SegmentationTests
{
    // Items a b c d = 0 … 3. ann is asked for b and c, bob for d; everybody's list: b, a, d.
    private static readonly Interactions All = EventList.Parse("ann: a b c", "bob: a d");

    private static readonly Holdout Two =
        Holdout.Of(All.Where([true, false, false, true, false]), All.Where([false, true, true, false, true]), "By hand.");

    private static readonly Scripted Same = new(_ => [1, 0, 3]);

    [Fact]
    public void Users_of_each_group_are_measured_apart()
    {
        var grouping = new Grouping("age", ["young", "old", "nobody"], new[] { 1, 0 });
        var report = Evaluator.Evaluate(
            "x", Same, Two, new() { Metrics = [new Recall(3), new ReciprocalRank(3)], UserGroupings = [grouping] });

        var segments = report.Segments.Where(s => s.Grouping == "age").ToArray();
        Assert.Equal(["young", "old", "nobody"], segments.Select(s => s.Name));
        Assert.Equal([1, 1, 0], segments.Select(s => s.Users));
        Assert.Equal(("Recall@3", 1), (segments[0].Estimates.Single().Metric, segments[0].Estimates[0].Mean)); // bob: d
        Assert.Equal(("Recall@3", .5), (segments[1].Estimates.Single().Metric, segments[1].Estimates[0].Mean)); // ann: b, but not c
        Assert.Empty(segments[2].Estimates);
    }

    [Fact]
    public void Pairs_of_each_group_are_looked_for_in_the_same_lists()
    {
        // (ann, b) and (bob, d) are head, (ann, c) is tail
        var grouping = new Grouping("popularity", ["head", "tail"], new[] { 0, 1, 0 });
        var report = Evaluator.Evaluate(
            "x", Same, Two, new() { Metrics = [new Recall(3), new ReciprocalRank(3)], PairGroupings = [grouping] });

        var segments = report.Segments.Where(s => s.Grouping == "popularity").ToArray();
        Assert.Equal([2, 1], segments.Select(s => s.Users));
        Assert.Equal([("Recall@3", 1.0), ("Recall@3", 0)], segments.Select(s => (s.Estimates.Single().Metric, s.Estimates[0].Mean)));
    }

    [Fact]
    public void A_user_for_whom_a_metric_has_no_meaning_is_left_out_of_its_mean()
    {
        var report = Evaluator.Evaluate(
            "x", Same, Two, new() { Metrics = [new OnlyFor(relevant: 2), new Recall(3), new OnlyFor(relevant: 7)] });
        Assert.Equal(new("OnlyFor2@3", 42, 42, 42, 1), report.Of("OnlyFor2@3"));
        Assert.Equal(2, report.Of("Recall@3").Users);
        Assert.Equal(0, report.Of("OnlyFor7@3").Users);
        Assert.True(double.IsNaN(report.Of("OnlyFor7@3").Mean));
        Assert.Equal([1, 2, 0], report.Distributions.Select(d => d.Counts.Sum()));
    }

    [Fact]
    public void Histories_and_gains_reach_the_metrics()
    {
        var seen = new List<string>();
        Evaluator.Evaluate("x", Same, Two, new() { Metrics = [new Spy(seen)], Workers = 1 });
        Assert.Equal(["history 0; relevant 1 2; gains 1 1; hits True False False",
            "history 0; relevant 3; gains 1; hits False False True"], seen);
    }

    [Fact]
    public void Users_who_are_held_out_are_strangers_with_a_history()
    {
        // bob is in no training part, but the recommender is told of his a.
        var train = All.Where([true, true, true, false, false]);
        var known = All.Where([true, true, true, true, false]);
        var holdout = Holdout.Of(train, All.Where([false, false, false, false, true]), "By hand.", known: known);
        var asked = new List<Query>();
        var report = Evaluator.Evaluate("x", new Scripted(query =>
        {
            asked.Add(query);
            return [3];
        }), holdout, new() { Metrics = [new Recall(1)], Workers = 1 });
        Assert.Equal(-1, asked.Single().User);
        Assert.Equal([0], asked[0].History.ToArray());
        Assert.Equal((1, 0), (report.Counts.WarmUsers, report.Counts.ColdUsers));
        Assert.Equal(1, report.Segments.First(s => s.Name == "warm").Users);
    }

    [Fact]
    public void Exposure_is_told_by_popularity()
    {
        // Training events: a 2; lists: b, a, d twice. Ten parts of four items: parts 1, 3, 6 and 8 (from 1) hold a, b, c, d.
        var bias = Assert.Single(Evaluator.Evaluate("x", Same, Two, new() { Metrics = [new Recall(3)] }).Popularity);
        Assert.Equal(3, bias.K);
        Assert.Equal([1, 0, 0, 0, 0, 0, 0, 0, 0, 0], bias.Training);
        Assert.Equal([1.0 / 3, 0, 1.0 / 3, 0, 0, 0, 0, 1.0 / 3, 0, 0], bias.Recommended);
    }

    [Fact]
    public void Values_are_counted_in_bins_from_zero_to_one()
    {
        var distribution = Evaluator.Evaluate("x", Same, Two, new() { Metrics = [new Recall(3)] }).Distributions.Single();
        Assert.Equal((0, 1, 20), (distribution.Low, distribution.High, distribution.Counts.Count));
        Assert.Equal((1, 1), (distribution.Counts[10], distribution.Counts[19])); // .5 and 1
    }

    private sealed class OnlyFor(int relevant) : IMetric
    {
        public MetricDefinition Definition => new($"OnlyFor{relevant}@3", "42");

        public int K => 3;

        public double Measure(in Kindred.Evaluation.Metrics.RankedList ranking) => ranking.Relevant.Length == relevant ? 42 : double.NaN;
    }

    private sealed class Spy(List<string> seen) : IMetric
    {
        public MetricDefinition Definition => new("Spy@3", "");

        public int K => 3;

        public double Measure(in Kindred.Evaluation.Metrics.RankedList ranking)
        {
            seen.Add($"history {string.Join(' ', ranking.History.ToArray())}; relevant {string.Join(' ', ranking.Relevant.ToArray())}; " +
                $"gains {string.Join(' ', ranking.Gains.ToArray())}; hits {string.Join(' ', ranking.Hits.ToArray())}");
            return 0;
        }
    }
}
