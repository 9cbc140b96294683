using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Retrieval.Indexes;

namespace Kindred.Retrieval.Recall;

/// <summary>A request that was answered by an index, to be answered exactly.</summary>
/// <param name="Exact">Asked the same.</param>
/// <param name="Count">How many items were asked for.</param>
/// <param name="Items">What the index found, best first.</param>
/// <param name="Scores">[Items]</param>
/// <param name="Lease">What the query and <paramref name="Exact"/> live in; disposed when they are no longer needed.</param>
internal sealed record RecallSample(
    IRetriever Exact, Query Query, int Count, ReadOnlyMemory<int> Items, ReadOnlyMemory<float> Scores, IDisposable? Lease = null);

/// <summary>What a sampler has seen so far.</summary>
/// <param name="Recall">Of the first K items, fewer where fewer were asked for; null: nothing was measured yet.</param>
/// <param name="Requests">That could have been sampled.</param>
/// <param name="Dropped">Sampled ones that found the queue full and were not measured.</param>
internal sealed record SampledRecall(RecallEstimate? Recall, long Requests, long Dropped);

/// <summary>
/// Measures the recall of an index in use: a share of the requests is answered again, exactly, in the background. Safe to share.
/// </summary>
/// <remarks>
/// Which requests depends on their number alone, by a hash: nothing in them can avoid being measured. At most one thread works on them, and
/// none when there are none; a full queue drops what comes, so that measuring can never fall behind without bound.
/// </remarks>
internal sealed class RecallSampler
{
    private readonly Lock _gate = new();
    private const double Scale = 18446744073709551616.0; // 2⁶⁴

    private readonly Queue<RecallSample> _waiting = new();
    private readonly RecallSum _sum;
    private readonly double _share;
    private readonly int _k, _capacity;
    private readonly Rng _rng;
    private long _requests, _dropped;
    private bool _works;

    /// <param name="share">Of the requests, 0 to 1.</param>
    /// <param name="k">The first K items of a list are compared.</param>
    /// <param name="capacity">Requests waiting at most.</param>
    /// <exception cref="InputException">The share is not one.</exception>
    public RecallSampler(double share, int k = 10, int capacity = 64, int seed = 0)
    {
        if (share is not (>= 0 and <= 1)) throw new InputException($"The share of requests to sample must be 0 to 1, was {share}.");
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        (_share, _k, _capacity, _sum, _rng) = (share, k, capacity, new(k), new((ulong)seed));
    }

    /// <summary>Of the requests, 0 to 1.</summary>
    public double Share => _share;

    public SampledRecall Summary
    {
        get { lock (_gate) return new(_sum.Estimate(), Interlocked.Read(ref _requests), _dropped); }
    }

    /// <summary>To be asked once for each request.</summary>
    /// <returns>True when it is to be offered.</returns>
    public bool IsNext()
    {
        long number = Interlocked.Increment(ref _requests);
        return _rng.Fork("recall sample", number).NextUInt64() < _share * Scale;
    }

    /// <summary>Returns at once. The lease is disposed in any case.</summary>
    /// <returns>False when the queue is full.</returns>
    public bool Offer(RecallSample sample)
    {
        bool starts;
        lock (_gate)
        {
            if (_waiting.Count == _capacity)
            {
                _dropped++;
                sample.Lease?.Dispose();
                return false;
            }
            _waiting.Enqueue(sample);
            (starts, _works) = (!_works, true);
        }
        if (starts) ThreadPool.UnsafeQueueUserWorkItem(static sampler => sampler.Work(), this, preferLocal: false);
        return true;
    }

    private void Work()
    {
        while (true)
        {
            RecallSample? sample;
            lock (_gate)
            {
                _works = _waiting.TryDequeue(out sample);
                if (sample is null) return;
            }
            using (sample.Lease) Measure(sample);
        }
    }

    private void Measure(RecallSample sample)
    {
        int count = Math.Min(_k, sample.Count);
        var (wanted, wantedScores) = (new int[count], new float[count]);
        int length = sample.Exact.Retrieve(sample.Query, wanted, wantedScores);
        int hits = RecallCheck.Found(
            Least(sample.Items, count), Least(sample.Scores, count), wanted.AsSpan(0, length), wantedScores.AsSpan(0, length));
        lock (_gate) _sum.Add(hits, length);
    }

    private static ReadOnlySpan<T> Least<T>(ReadOnlyMemory<T> list, int count) => list.Span[..Math.Min(count, list.Length)];
}
