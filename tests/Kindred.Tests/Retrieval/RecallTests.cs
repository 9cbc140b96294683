using Kindred.Numerics;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Indexes.Flat;
using Kindred.Retrieval.Indexes.Quantized;
using Kindred.Retrieval.Recall;
using Kindred.Tests.Data;

namespace Kindred.Tests.Retrieval;

public sealed class RecallTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static RecallEstimate Of(int k, params (int Found, int Wanted)[] queries)
    {
        var sum = new RecallSum(k);
        foreach (var (found, wanted) in queries) sum.Add(found, wanted);
        return sum.Estimate()!;
    }

    [Fact]
    public void The_interval_of_independent_trials_is_Wilsons()
    {
        // 9 of 10: (.9 + 3.8415/20 ± 1.96·√(.09/10 + 3.8415/400)) / (1 + .38415) = (1.09207 ± .26733) / 1.38415
        var one = Of(1, [.. Enumerable.Repeat((1, 1), 9), (0, 1)]);
        Assert.Equal((.9, .5958, .9821), (one.Mean, Math.Round(one.Low, 4), Math.Round(one.High, 4)));
        // 90 of 100, the same of each query: (.9 + .019207 ± 1.96·√(.0009 + .000096037)) / 1.038415
        var ten = Of(10, [.. Enumerable.Repeat((9, 10), 10)]);
        Assert.Equal((.9, .8256, .9448, 10L), (ten.Mean, Math.Round(ten.Low, 4), Math.Round(ten.High, 4), ten.Queries));
    }

    [Fact]
    public void Queries_that_fail_as_a_whole_are_as_few_trials_as_they_are()
    {
        // 90 of 100 again, but one query misses all of its 10: the design effect is 10, and there are 10 trials
        var estimate = Of(10, [.. Enumerable.Repeat((10, 10), 9), (0, 10)]);
        Assert.Equal((.9, .5958, .9821), (estimate.Mean, Math.Round(estimate.Low, 4), Math.Round(estimate.High, 4)));
    }

    [Fact]
    public void Nothing_missed_is_no_proof_that_nothing_will_be()
    {
        // 1000 of 1000: from 1000 / (1000 + 3.8415)
        var estimate = Of(10, [.. Enumerable.Repeat((10, 10), 100)]);
        Assert.Equal((1, .9962, 1), (estimate.Mean, Math.Round(estimate.Low, 4), estimate.High));
        Assert.Equal("1.000 [.996, 1.000]", estimate.ToString());
        Assert.Equal(".900 [.826, .945]", Of(10, [.. Enumerable.Repeat((9, 10), 10)]).ToString());
    }

    [Fact]
    public void A_query_without_an_exact_answer_says_nothing()
    {
        Assert.Equal(1, Of(10, (0, 0), (1, 2)).Queries);
        Assert.Null(new RecallSum(10).Estimate());
    }

    [Fact]
    public void An_exact_index_misses_nothing_and_one_that_forgets_is_found_out()
    {
        var vectors = SumOfHistory.Drawn(300, 5, 2);
        var exact = new FlatIndex.Builder().Build(vectors, new());
        var sample = new QuerySample(
            SumOfHistory.Drawn(40, 5, 7), [.. Enumerable.Range(0, 40).Select(n => (ReadOnlyMemory<int>)new[] { n, n + 1 })], 300, "users");
        var check = new RecallCheck(exact, sample, 10, Cancellation);
        var itself = check.Of(exact, cancellation: Cancellation);
        Assert.Equal((10, 1d, 40L), (itself.Recall.K, itself.Recall.Mean, itself.Recall.Queries));
        Assert.Equal(1, check.Of(new QuantizedIndex.Builder { Bits = 16 }.Build(vectors, new()), cancellation: Cancellation).Recall.Mean);
        var forgetful = check.Of(new FakeIndex(exact, effort => effort), 3, Cancellation);
        Assert.Equal((.7, 3), (Math.Round(forgetful.Recall.Mean, 12), forgetful.Effort));
        Assert.True(forgetful.Time.P50 <= forgetful.Time.P99 && forgetful.Time.Mean > TimeSpan.Zero);
    }

    [Fact]
    public void Items_as_near_as_the_last_one_are_as_good()
    {
        // exact: 1, 2 at 5 and 3 at 4; 9 is as near as 3, 8 is not
        int Found(int[] items, float[] scores) => RecallCheck.Found(items, scores, [1, 2, 3], [5, 5, 4]);
        Assert.Equal(3, Found([1, 2, 9], [5, 5, 4]));
        Assert.Equal(2, Found([1, 2, 8], [5, 5, 3.9f]));
        Assert.Equal(1, Found([3], [3.99f])); // rounded otherwise, and the same item
        Assert.Equal(0, Found([], []));
    }

    [Fact]
    public void Measuring_needs_queries_and_a_length()
    {
        var exact = new FlatIndex.Builder().Build(SumOfHistory.Drawn(3, 2, 1), new());
        var none = new QuerySample(new Matrix(0, 2), [], 3, "users");
        Assert.Contains("no user embeddings", Assert.Throws<InputException>(
            () => new RecallCheck(exact, none, 10, Cancellation)).Message, StringComparison.Ordinal);
        Assert.Equal("K must be >= 1, was 0.", Assert.Throws<InputException>(() => new RecallCheck(exact, none, 0, Cancellation)).Message);
    }

    [Fact]
    public void A_sample_is_drawn_of_users_that_can_be_asked_for_and_otherwise_of_items()
    {
        var data = Small.Of(3, [(0, 1)], [], [(1, 1), (2, 1)], [(2, 1)]);
        var model = new SumOfHistory(new(3, 2, new float[] { 1, 0, 0, 1, 0, 0 })); // whoever had i2 alone is at the origin
        var sample = QuerySample.Of(model, data, 10, seed: 1);
        Assert.Equal((2, "users"), (sample.Count, sample.Whose));
        Assert.Equal([[0], [1, 2]], sample.Excluded.Select(items => items.ToArray()).OrderBy(items => items.Length));
        Assert.Equal(1, QuerySample.Of(model, data, 1, seed: 1).Count);
        Assert.Equal(sample.Vectors.Values.ToArray(), QuerySample.Of(model, data, 10, seed: 1).Vectors.Values.ToArray());

        var items = QuerySample.Of(model, users: 4, count: 10, seed: 1); // nobody is known without a history
        Assert.Equal((2, "items"), (items.Count, items.Whose));
        Assert.All(items.Excluded, excluded => Assert.True(excluded.IsEmpty));
    }
}
