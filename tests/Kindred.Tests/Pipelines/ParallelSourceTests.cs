using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Tests.Pipelines;

/// <summary>What becomes of sources that are late.</summary>
public sealed class ParallelSourceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2), Short = TimeSpan.FromMilliseconds(1);

    /// <summary>Waits for the gate, unless it is cancelled and listens to that.</summary>
    private sealed class Waits(ManualResetEventSlim gate, bool listens = true) : IRetriever
    {
        private int _begun, _ended, _cancelled;

        public int Begun => Volatile.Read(ref _begun);

        public int Ended => Volatile.Read(ref _ended);

        public int Cancelled => Volatile.Read(ref _cancelled);

        public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _begun);
            try
            {
                Assert.True(gate.Wait(Long, listens ? cancellationToken : CancellationToken.None));
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref _cancelled);
                throw;
            }
            finally
            {
                Interlocked.Increment(ref _ended);
            }
            (items[0], scores[0]) = (1, 1);
            return 1;
        }
    }

    private sealed class Good : IRetriever
    {
        public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
        {
            (items[0], scores[0]) = (3, 1);
            return 1;
        }
    }

    /// <summary>Counts those who hold it.</summary>
    private sealed class Holds
    {
        private int _now;

        public int Now => Volatile.Read(ref _now);

        public IDisposable Hold()
        {
            Interlocked.Increment(ref _now);
            return new Held(() => Interlocked.Decrement(ref _now));
        }

        private sealed class Held(Action end) : IDisposable
        {
            public void Dispose() => end();
        }
    }

    private static void Await(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, Long));

    private static Pipeline Of(IRetriever slow, TimeSpan limit, Func<IDisposable>? hold = null) =>
        new([new("slow", slow) { Limit = limit }, new("good", new Good())], Array.Empty<Stage>(), hold: hold);

    [Fact]
    public void A_late_run_is_cancelled()
    {
        using var gate = new ManualResetEventSlim();
        var slow = new Waits(gate);
        // the thread pool may start it too late to be begun
        Await(() => Of(slow, Short).Answer(default, 1, cancellationToken: Token).SkippedSteps is [{ Why: "late" }] && slow.Begun > 0);
        Await(() => slow.Cancelled == slow.Begun && slow.Ended == slow.Begun);
    }

    [Fact]
    public void A_late_run_holds_what_it_reads_until_it_ends()
    {
        using var gate = new ManualResetEventSlim();
        var (slow, holds) = (new Waits(gate, listens: false), new Holds());
        var pipeline = Of(slow, TimeSpan.FromMilliseconds(50), holds.Hold);
        Await(() =>
        {
            var answer = pipeline.Answer(default, 1, cancellationToken: Token);
            Assert.Equal([3], answer.Items.Select(candidate => candidate.Item));
            Assert.Equal("late", answer.SkippedSteps[0].Why);
            return slow.Begun > 0;
        });
        Assert.InRange(holds.Now, 1, ParallelSource.MostLate);
        Assert.Equal(0, slow.Ended);
        gate.Set();
        Await(() => holds.Now == 0 && slow.Ended == slow.Begun);
    }

    [Fact]
    public void While_too_many_late_runs_have_not_ended_no_other_is_begun()
    {
        using var gate = new ManualResetEventSlim();
        var (slow, holds) = (new Waits(gate, listens: false), new Holds());
        var pipeline = Of(slow, Short, holds.Hold);
        string[] why = [.. Enumerable.Range(0, ParallelSource.MostLate + 500).Select(
            _ => pipeline.Answer(default, 1, cancellationToken: Token).SkippedSteps.Single().Why)];
        // those that were begun after their time was over end at once, so that some may follow them
        Assert.InRange(why.Count(reason => reason == "late"), ParallelSource.MostLate, ParallelSource.MostLate + 499);
        Assert.Contains("busy", why);
        Assert.InRange(slow.Begun, 0, ParallelSource.MostLate);
        Assert.InRange(holds.Now, 0, ParallelSource.MostLate);
        gate.Set();
        Await(() => holds.Now == 0);
        Await(() => pipeline.Answer(default, 1, cancellationToken: Token).SkippedSteps is [] or [{ Why: "late" }]); // it is begun again
    }

    /// <summary>A quick source has always answered within its limit, however short that is, unless the machine stood still.</summary>
    [Fact]
    public void A_limit_of_a_millisecond_is_a_millisecond()
    {
        var pipeline = new Pipeline([new("quick", new Good()) { Limit = Short }], Array.Empty<Stage>());
        Await(() => pipeline.Answer(default, 1, cancellationToken: Token).Items.Count == 1);
    }

    [Fact]
    public async Task A_request_that_is_cancelled_stops_waiting()
    {
        using var gate = new ManualResetEventSlim();
        using var request = new CancellationTokenSource();
        var slow = new Waits(gate);
        var answer = Of(slow, Long).AnswerAsync(default, 1, cancellationToken: request.Token);
        Await(() => slow.Begun == 1);
        await request.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await answer);
        Await(() => slow.Cancelled == 1);
    }

    /// <summary>Answers when it is told to, without a thread.</summary>
    private sealed class Remote(Task<Proposal> answer) : IRemoteRetriever
    {
        public Task<Proposal> RetrieveAsync(Query query, int count, CancellationToken cancellationToken) =>
            answer.WaitAsync(cancellationToken);
    }

    [Fact]
    public async Task A_remote_source_is_waited_for_without_a_thread()
    {
        var told = new TaskCompletionSource<Proposal>();
        var pipeline = new Pipeline([new("remote", new Remote(told.Task)) { Limit = Long }, new("good", new Good())], Array.Empty<Stage>());
        // many more than there are threads, all begun by this one
        var answers = Enumerable.Range(0, 2_000).Select(_ => pipeline.AnswerAsync(default, 5, cancellationToken: Token).AsTask())
            .ToArray();
        Assert.DoesNotContain(answers, answer => answer.IsCompleted);
        told.SetResult(new(new[] { 7 }, new[] { 2f }));
        foreach (var answer in await Task.WhenAll(answers)) Assert.Equal([3, 7], answer.Items.Select(candidate => candidate.Item).Order());
        // and whoever may block gets the same
        Assert.Equal([3, 7], pipeline.Recommend(default, 5).Select(candidate => candidate.Item).Order());
    }
}
