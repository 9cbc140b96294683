using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Reranking.Exploration;
using Kindred.Tests.Support;

namespace Kindred.Tests.Reranking;

/// <summary>What is drawn, how often, and whether the logged propensities say so.</summary>
public sealed class ExplorationTests
{
    private const int Requests = 20_000;

    private static readonly Dictionary<string, IReadOnlyList<long>> Nothing = [];

    private static readonly ClickRates Rates = new([5, 1, 0, 60], [20, 4, 0, 100]);

    public static TheoryData<string> Kinds => ["greedy", "softmax", "thompson"];

    private static IStage Of(string kind, int count = 2, int among = 3, int seed = 0) => kind switch
    {
        "greedy" => new EpsilonGreedy { Count = count, Among = among, Share = .4f, Seed = seed }.Bind(),
        "softmax" => new SoftmaxSampling { Count = count, Among = among, Temperature = .5f, Seed = seed }.Bind(),
        _ => new ThompsonSampling { Clicks = Nothing, Count = count, Among = among, Draws = 50, Seed = seed }.Bind(Rates),
    };

    private static Candidates After(IStage stage, in Query query, params float[] scores)
    {
        var candidates = Lists.Of(scores);
        stage.Apply(query, candidates);
        return candidates;
    }

    /// <summary>
    /// ε = .4: the best of m left has .6 + .4 / m, any other .4 / m. So 1 then 0: .4/3 · (.6 + .4/2), and 0 then 1: (.6 + .4/3) · (.6 +
    /// .4/2).
    /// </summary>
    [Fact]
    public void Epsilon_greedy_has_the_chances_of_its_formula()
    {
        var seen = Frequencies(Of("greedy"), [4, 3, 2, 1]);
        Near(.4 / 3 * .8, seen["1 0"].Frequency);
        Near((.6 + (.4 / 3)) * .8, seen["0 1"].Frequency);
        Near((.6 + (.4 / 3)) * .2, seen["0 2"].Frequency);
        foreach (var (frequency, propensity) in seen.Values) Near(propensity, frequency);
    }

    /// <summary>T = 1/2, relevances 1, .5, 0 (of the three drawn among): masses e², e, 1.</summary>
    [Fact]
    public void Softmax_sampling_has_the_chances_of_its_formula()
    {
        var seen = Frequencies(Of("softmax"), [4, 3, 2, 1]);
        double a = Math.E * Math.E, b = Math.E, all = a + b + 1;
        Assert.Equal(a / all * (b / (b + 1)), seen["0 1"].Propensity, 1e-5);
        Assert.Equal(1 / all * (b / (a + b)), seen["2 1"].Propensity, 1e-5);
        Assert.Equal(6, seen.Count);
        foreach (var (frequency, propensity) in seen.Values) Near(propensity, frequency);
    }

    /// <summary>The estimate is (1 + times) / (1 + draws), whose mean is (1 + 50 p) / 51.</summary>
    [Fact]
    public void Thompson_sampling_says_how_often_it_draws()
    {
        var stage = Of("thompson", count: 1, among: 4);
        double[] times = new double[4], said = new double[4];
        const int requests = Requests / 4;
        for (int key = 0; key < requests; key++)
        {
            var candidates = After(stage, new Query(0, default) { RandomKey = key }, 4, 3, 2, 1);
            times[candidates.Items[0]]++;
            said[candidates.Items[0]] += candidates.Propensities[0];
        }
        Assert.DoesNotContain(0, times);
        for (int item = 0; item < 4; item++) Near((1 + (50 * times[item] / requests)) / 51, said[item] / times[item], requests);
        Assert.True(times[3] > times[2], "the item of the better rate is drawn more often than the one that nothing is known of");
    }

    /// <summary>Known rates with many shows are drawn as they are: .9, .5, .1.</summary>
    [Fact]
    public void What_is_sure_is_not_explored()
    {
        var sure = new ClickRates([1_000, 5_000, 9_000], [10_000, 10_000, 10_000]);
        var candidates = After(new ThompsonSampling { Clicks = Nothing, PriorShows = 1 }.Bind(sure), default, 3, 2, 1);
        Assert.Equal([2, 1, 0], candidates.Items.ToArray());
        Assert.Equal([1, 1, 1], candidates.Propensities.ToArray());
    }

    /// <summary>
    /// Of Beta(α, β) the mean is α / (α + β), the variance mean·(1 − mean) / (α + β + 1); the prior: 6 of 18 shows, with 1 of 2 more 7 of
    /// 20.
    /// </summary>
    [Fact]
    public void Rates_are_drawn_from_their_posterior()
    {
        var rates = new ClickRates([6, 0], [10, 8]);
        Assert.Equal(.35, rates.MeanRate, 1e-9);
        var rng = new Rng(1);
        double a = 6 + 7, b = 4 + 13, mean = a / (a + b), sum = 0, squares = 0;
        for (int n = 0; n < Requests; n++)
        {
            double rate = rates.Draw(0, 20, rng);
            (sum, squares) = (sum + rate, squares + (rate * rate));
        }
        Assert.Equal(mean, sum / Requests, .003);
        Assert.Equal(mean * (1 - mean) / (a + b + 1), (squares / Requests) - (sum / Requests * sum / Requests), .0005);
        Assert.Equal(.35, Enumerable.Range(0, Requests).Average(_ => rates.Draw(99, .2f, rng)), .02); // shapes below 1
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_request_is_answered_alike_whatever_came_before(string kind)
    {
        var stage = Of(kind, count: 10, among: 10);
        float[] scores = [.. Enumerable.Range(0, 12).Select(n => (float)-n)];
        Query ann = new(0, new[] { 3, 4 }), bob = new(1, new[] { 3, 4 });
        var first = After(stage, ann, scores).ToList();
        After(stage, bob, scores);
        Assert.Equal(first, After(stage, ann, scores).ToList());
        Assert.Equal(first, After(Of(kind, count: 10, among: 10), ann, scores).ToList());
        Assert.NotEqual(first, After(stage, bob, scores).ToList());
        Assert.NotEqual(first, After(stage, ann with { RandomKey = 1 }, scores).ToList());
        Assert.NotEqual(first, After(stage, ann with { History = new[] { 3, 5 } }, scores).ToList());
        Assert.NotEqual(first, After(stage, ann with { Context = new() { Time = 7 } }, scores).ToList());
        Assert.NotEqual(first, After(Of(kind, count: 10, among: 10, seed: 1), ann, scores).ToList());
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_others_follow_in_their_order_and_are_certain(string kind)
    {
        for (int key = 0; key < 50; key++)
        {
            var candidates = After(Of(kind), new Query(0, default) { RandomKey = key }, 6, 5, 4, 3, 2, 1);
            Assert.Equal([3, 4, 5], candidates.Items[3..].ToArray());
            Assert.Equal([1, 1, 1, 1], candidates.Propensities[2..].ToArray());
            Assert.All(candidates.Propensities[..2].ToArray(), propensity => Assert.InRange(propensity, 1e-6f, 1));
            Assert.Equal(7 - candidates.Items[0] - 1, candidates.Scores[0]);
        }
        Assert.Equal(0, After(Of(kind), default).Count);
        Assert.Equal([0], After(Of(kind), default, 5).Items.ToArray());
        Assert.Equal([1], After(Of(kind, among: 1), default, 5).Propensities.ToArray());
    }

    [Fact]
    public void Options_out_of_their_bounds_are_refused()
    {
        string Message(Func<object> make) => Assert.Throws<InputException>(make).Message;
        Assert.Equal("share must be 0 to 1, was 2.", Message(() => new EpsilonGreedy { Share = 2 }.Bind()));
        Assert.Equal("count must be 1 to 10,000, was 0.", Message(() => new EpsilonGreedy { Count = 0 }.Bind()));
        Assert.Equal("among must be 1 to 10,000, was 0.", Message(() => new SoftmaxSampling { Among = 0 }.Bind()));
        Assert.Equal("temperature must be 0.01 to 100, was 0.", Message(() => new SoftmaxSampling { Temperature = 0 }.Bind()));
        Assert.Equal("priorShows must be 0.001 to 1,000,000, was 0.",
            Message(() => new ThompsonSampling { Clicks = Nothing, PriorShows = 0 }.Bind(Rates)));
        Assert.Equal("draws must be 1 to 100,000, was 0.", Message(() => new ThompsonSampling { Clicks = Nothing, Draws = 0 }.Bind(Rates)));
        var data = EventList.Parse("ann: x");
        Assert.Equal("The clicks of item 'x' must be [clicks, shows], with 0 to shows clicks; they are [3, 2].",
            Message(() => new ThompsonSampling { Clicks = new Dictionary<string, IReadOnlyList<long>> { ["x"] = [3, 2] } }.Bind(data)));
        Assert.Equal("Item 1 has 3 clicks of 2 shows; clicks must be in 0..shows.", Message(() => new ClickRates([0, 3], [0, 2])));
    }

    // How often each first two items are seen, and the product of their propensities, which must be the same each time.
    private static Dictionary<string, (double Frequency, double Propensity)> Frequencies(IStage stage, float[] scores)
    {
        var seen = new Dictionary<string, (double Frequency, double Propensity)>();
        for (int key = 0; key < Requests; key++)
        {
            var candidates = After(stage, new Query(0, default) { RandomKey = key }, scores);
            string list = $"{candidates.Items[0]} {candidates.Items[1]}";
            double propensity = candidates.Propensities[0] * candidates.Propensities[1];
            if (seen.TryGetValue(list, out var known)) Assert.Equal(known.Propensity, propensity, 1e-6);
            seen[list] = (known.Frequency + (1.0 / Requests), propensity);
        }
        return seen;
    }

    // Four standard errors of a share.
    private static void Near(double expected, double actual, int requests = Requests) =>
        Assert.Equal(expected, actual, 4 * Math.Sqrt(.25 / requests));
}
