using System.Diagnostics;
using Kindred.Pipelines;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Indexes.Flat;

namespace Kindred.Retrieval.Recall;

/// <summary>The time of one query of one thread.</summary>
/// <param name="P50">Half of the queries take no longer; <paramref name="P99"/>: 99 of 100.</param>
internal sealed record QueryTime(TimeSpan Mean, TimeSpan P50, TimeSpan P99)
{
    /// <summary>Of one thread.</summary>
    public double QueriesPerSecond => 1 / Mean.TotalSeconds;

    internal static QueryTime Of(long[] ticks)
    {
        Array.Sort(ticks);
        TimeSpan At(double share) => Stopwatch.GetElapsedTime(0, ticks[(int)(share * (ticks.Length - 1))]);
        return new(Stopwatch.GetElapsedTime(0, (long)ticks.Average()), At(.5), At(.99));
    }
}

/// <summary>What an index finds of the exact answers, and what both cost.</summary>
/// <param name="Effort">Of the index's queries; 0: its own, or none.</param>
internal sealed record RecallReport(RecallEstimate Recall, int Effort, QueryTime Time, QueryTime ExactTime);

/// <summary>Compares indices with exact search over the same queries. The exact answers are found once. One thread at a time.</summary>
/// <remarks>
/// Queries are asked one after the other by one thread, all of one index together, so that times are those of a warm cache and not of each
/// other.
/// </remarks>
internal sealed class RecallCheck
{
    /// <summary>Two rounds of compilation wait 100 ms each.</summary>
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromMilliseconds(400);

    private readonly QuerySample _sample;
    private readonly int _k;
    private readonly Answers _exact;
    private IIndex? _warm;

    /// <param name="exact">An index that finds everything, such as <see cref="FlatIndex"/>, of the same vectors.</param>
    /// <param name="k">Length of the lists.</param>
    /// <exception cref="InputException">There is no query, or k is below 1.</exception>
    public RecallCheck(IIndex exact, QuerySample sample, int k, CancellationToken cancellation = default)
    {
        if (k < 1) throw new InputException($"K must be >= 1, was {k}.");
        if (sample.Count == 0)
            throw new InputException(
                "There is no query to measure recall with: the model has no user embeddings; train it on data with events.");
        (_sample, _k) = (sample, k);
        _exact = Ask(exact, 0, cancellation);
    }

    /// <summary>Time of an exact answer.</summary>
    public QueryTime ExactTime => _exact.Time;

    /// <param name="effort">See <see cref="IndexQuery.Effort"/>; 0: the index's own.</param>
    public RecallReport Of(IIndex index, int effort = 0, CancellationToken cancellation = default)
    {
        var answers = Ask(index, effort, cancellation);
        var sum = new RecallSum(_k);
        for (int query = 0; query < _sample.Count; query++)
        {
            var wanted = _exact.Lists.ItemsOf(query);
            sum.Add(
                Found(answers.Lists.ItemsOf(query), answers.Lists.ScoresOf(query), wanted, _exact.Lists.ScoresOf(query)), wanted.Length);
        }
        var recall = sum.Estimate()
            ?? throw new InputException("Nothing can be recommended to any of the sampled users: they had all there is.");
        return new(recall, effort, answers.Time, _exact.Time);
    }

    /// <summary>An item that is as near as the last exact one is as good an answer: equal scores have no order.</summary>
    internal static int Found(
        ReadOnlySpan<int> items, ReadOnlySpan<float> scores, ReadOnlySpan<int> wanted, ReadOnlySpan<float> wantedScores)
    {
        if (wanted.IsEmpty) return 0;
        int found = 0;
        for (int n = 0; n < items.Length; n++) if (scores[n] >= wantedScores[^1] || wanted.Contains(items[n])) found++;
        return Math.Min(found, wanted.Length);
    }

    private Answers Ask(IIndex index, int effort, CancellationToken cancellation)
    {
        var (items, scores, ticks) = (new int[_k], new float[_k], new long[_sample.Count]);
        var lists = new RankedLists();
        lists.Reset(_sample.Count, _k);
        WarmUp(index, items, scores);
        for (int query = 0; query < _sample.Count; query++)
        {
            cancellation.ThrowIfCancellationRequested();
            var asked = _sample.QueryOf(query, effort);
            long start = Stopwatch.GetTimestamp();
            int count = index.Search(asked, items, scores);
            ticks[query] = Stopwatch.GetTimestamp() - start;
            lists.Add(query, items.AsSpan(0, count), scores.AsSpan(0, count));
        }
        return new(lists, QueryTime.Of(ticks));
    }

    /// <summary>
    /// What an index makes at its first search, and what the runtime compiles better when it is used, is not the time of a query.
    /// </summary>
    private void WarmUp(IIndex index, int[] items, float[] scores)
    {
        if (ReferenceEquals(index, _warm)) return;
        var clock = Stopwatch.StartNew();
        for (int query = 0; clock.Elapsed < WarmUpTime; query = (query + 1) % _sample.Count)
            index.Search(_sample.QueryOf(query, 0), items, scores);
        _warm = index;
    }

    private sealed record Answers(RankedLists Lists, QueryTime Time);
}
