using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval.Recall;

namespace Kindred.Tests.Retrieval;

public sealed class RecallSamplerTests
{
    /// <summary>Always the same list; waits for the gate where there is one.</summary>
    private sealed class Fixed(int[] items, ManualResetEventSlim? gate = null) : IRetriever
    {
        public int Retrieve(in Query query, Span<int> found, Span<float> scores, CancellationToken cancellationToken = default)
        {
            gate?.Wait(TimeSpan.FromSeconds(30), cancellationToken);
            int count = Math.Min(items.Length, found.Length);
            for (int n = 0; n < count; n++) (found[n], scores[n]) = (items[n], 100 - n);
            return count;
        }
    }

    private sealed class Lease(Action disposed) : IDisposable
    {
        public void Dispose() => disposed();
    }

    private static RecallSample SampleOf(IRetriever exact, int count, int[] found, Action disposed) => new(
        exact, new Query(0, default), count, found, Enumerable.Range(0, found.Length).Select(n => 50f - n).ToArray(), new Lease(disposed));

    private static void Await(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(30)));

    [Fact]
    public void What_was_answered_is_compared_with_the_exact_answer()
    {
        var sampler = new RecallSampler(1, k: 4);
        Assert.Null(sampler.Summary.Recall);
        int leases = 0;
        // 3 of the first 4; 2 of the 2 that were asked for; an exact answer of nothing does not count
        foreach (var (exact, count, found) in new[] { (
            new[] { 1, 2, 3, 4, 5 }, 10, new[] { 1, 2, 9, 4, 3 }), ([1, 2, 3], 2, [2, 1]), ([], 3, []) })
        {
            Assert.True(sampler.IsNext());
            Assert.True(sampler.Offer(SampleOf(new Fixed(exact), count, found, () => Interlocked.Increment(ref leases))));
        }
        Await(() => leases == 3);
        var summary = sampler.Summary;
        Assert.Equal((3L, 0L), (summary.Requests, summary.Dropped));
        Assert.Equal((4, 5 / 6d, 2L), (summary.Recall!.K, summary.Recall.Mean, summary.Recall.Queries));
    }

    [Fact]
    public void A_full_queue_drops_and_counts()
    {
        using var gate = new ManualResetEventSlim();
        var sampler = new RecallSampler(1, capacity: 2);
        int leases = 0;
        RecallSample Next() => SampleOf(new Fixed([1], gate), 1, [1], () => Interlocked.Increment(ref leases));
        int taken = 0;
        for (int n = 0; n < 10; n++) if (sampler.Offer(Next())) taken++;
        Assert.InRange(taken, 2, 3); // two wait, one may be under way
        Assert.Equal(10 - taken, sampler.Summary.Dropped);
        Assert.Equal(10 - taken, leases); // dropped ones are let go at once
        gate.Set();
        Await(() => leases == 10);
        Assert.Equal(taken, sampler.Summary.Recall!.Queries);
        Assert.True(sampler.Offer(Next())); // there is room again
        Await(() => leases == 11);
    }

    [Fact]
    public void The_share_is_kept_and_the_choice_is_of_the_number_alone()
    {
        RecallSampler one = new(.25), other = new(.25), none = new(0), all = new(1);
        bool[] drawn = [.. Enumerable.Range(0, 10_000).Select(_ => one.IsNext())];
        Assert.InRange(drawn.Count(chosen => chosen), 2_300, 2_700); // five standard deviations are 217
        Assert.Equal(drawn, Enumerable.Range(0, 10_000).Select(_ => other.IsNext()));
        Assert.DoesNotContain(true, Enumerable.Range(0, 100).Select(_ => none.IsNext()));
        Assert.DoesNotContain(false, Enumerable.Range(0, 100).Select(_ => all.IsNext()));
    }

    [Fact]
    public void A_share_is_from_0_to_1()
    {
        Assert.Equal("The share of requests to sample must be 0 to 1, was 1.5.",
            Assert.Throws<InputException>(() => new RecallSampler(1.5)).Message);
        Assert.Throws<InputException>(() => new RecallSampler(double.NaN));
    }
}
