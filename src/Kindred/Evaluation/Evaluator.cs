using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Splitting;

namespace Kindred.Evaluation;

/// <summary>What to measure, and how sure to be.</summary>
public sealed record EvaluationOptions
{
    public IReadOnlyList<IMetric> Metrics { get; init; } = StandardMetrics.At(5, 10, 20);

    /// <summary>Bootstrap resamples behind each interval.</summary>
    public int Resamples { get; init; } = 1000;

    /// <summary>Of the bootstrap.</summary>
    public int Seed { get; init; }

    /// <summary>Threads. Changes the time, never the result.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Told the users done, never a smaller number than before.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    public CancellationToken Cancellation { get; init; }
}

/// <summary>
/// Measures a recommender on a holdout: for every user with a relevant item, one list out of the whole catalogue — never a sample of it —
/// and all metrics from that list.
/// </summary>
public static class Evaluator
{
    private const int BlockUsers = 32;

    /// <param name="name">Of the recommender, for reports.</param>
    /// <param name="recommender">Trained on the holdout's training part; leaves out the user's history itself.</param>
    /// <exception cref="InputException">There is nothing to measure.</exception>
    /// <exception cref="OperationCanceledException">Cancelled through the options.</exception>
    public static Report Evaluate(string name, IRecommender recommender, Holdout holdout, EvaluationOptions? options = null)
    {
        options ??= new();
        if (options.Metrics.Count == 0) throw new InputException("Name at least one metric to measure.");
        if (options.Metrics.GroupBy(m => m.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InputException($"{twice.Key} is named twice; name each metric once.");
        if (options.Resamples < 1) throw new InputException($"Resamples must be >= 1, was {options.Resamples}.");
        int[] users = [.. Enumerable.Range(0, holdout.Test.Users.Count).Where(user => !holdout.Test.Histories.ItemsOf(user).IsEmpty)];
        if (users.Length == 0)
            throw new InputException("No user has an event to be found, so there is nothing to measure; make the measured part larger.");

        var lists = Measure(name, recommender, holdout, users, options);
        int[] cutOffs = [.. options.Metrics.Select(m => m.K).Distinct().Order()];
        return new()
        {
            Name = name,
            Protocol = holdout.Protocol,
            Warnings = holdout.Warnings,
            Counts = CountsOf(holdout, lists.Empty),
            Definitions =
                [.. options.Metrics.Select(m => new MetricDefinition(m.Name, m.Definition)), .. cutOffs.Select(Coverage.DefinitionAt)],
            Segments = SegmentsOf(holdout, users, lists.Values, options),
            Coverage = [.. cutOffs.Select(k => new Coverage(k, lists.BestRank.Count(rank => rank <= k) / (double)lists.BestRank.Length))],
            Resamples = options.Resamples,
            Seed = options.Seed,
            PerUser = new(users, options.Metrics.Zip(lists.Values).ToDictionary(m => m.First.Name, m => (ReadOnlyMemory<double>)m.Second)),
        };
    }

    /// <param name="Values">[metrics][users]</param>
    /// <param name="BestRank">[items]: the best rank an item had in any list; <see cref="int.MaxValue"/> if it was in none.</param>
    /// <param name="Empty">Users without a list.</param>
    private sealed record Lists(double[][] Values, int[] BestRank, int Empty);

    private static Lists Measure(string name, IRecommender recommender, Holdout holdout, int[] users, EvaluationOptions options)
    {
        int k = options.Metrics.Max(m => m.K), done = 0, empty = 0;
        var values = options.Metrics.Select(_ => new double[users.Length]).ToArray();
        var bestRank = new int[holdout.Train.Items.Count];
        Array.Fill(bestRank, int.MaxValue);
        var relevant = holdout.Test.ByUser;
        var gate = new Lock();

        Blocks.ForEach(users.Length, BlockUsers, options.Workers, () => new int[k], (_, first, end, ranked) =>
        {
            int withoutList = 0;
            for (int n = first; n < end; n++)
            {
                int count = Ask(name, recommender, Query.Of(holdout.Train, users[n]), ranked);
                if (count == 0) withoutList++;
                for (int m = 0; m < values.Length; m++)
                    values[m][n] = options.Metrics[m].Measure(ranked.AsSpan(0, count), relevant.Row(users[n]).Columns);
                for (int place = 0; place < count; place++) LowerTo(ref bestRank[ranked[place]], place + 1);
            }
            lock (gate)
            {
                empty += withoutList;
                options.Progress?.Report(new(done += end - first, users.Length, "user"));
            }
        }, options.Cancellation);
        return new(values, bestRank, empty);
    }

    /// <param name="ranked">[k], the first ones overwritten.</param>
    /// <returns>The length of the list.</returns>
    private static int Ask(string name, IRecommender recommender, in Query query, int[] ranked)
    {
        var list = recommender.Recommend(query, ranked.Length);
        int count = Math.Min(list.Count, ranked.Length);
        var seen = new HashSet<int>(count);
        for (int n = 0; n < count; n++)
        {
            // A repeated item would be counted as a hit twice.
            if (!seen.Add(list[n].Item))
                throw new InvalidOperationException($"{name} recommends item {list[n].Item} twice to user {query.User}.");
            ranked[n] = list[n].Item;
        }
        return count;
    }

    private static void LowerTo(ref int target, int value)
    {
        for (int seen = Volatile.Read(ref target); value < seen;)
        {
            int before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen) return;
            seen = before;
        }
    }

    private static Segment[] SegmentsOf(Holdout holdout, int[] users, double[][] values, EvaluationOptions options)
    {
        int[] places = [.. Enumerable.Range(0, users.Length)];
        var isWarm = places.ToLookup(n => !holdout.Train.Histories.ItemsOf(users[n]).IsEmpty);
        Segment Of(string segment, IEnumerable<int> members)
        {
            int[] chosen = [.. members];
            if (chosen.Length == 0) return new(segment, 0, []);
            var rows = chosen.Length == users.Length ? values : [.. values.Select(row => chosen.Select(n => row[n]).ToArray())];
            var means = Bootstrap.SortedMeans(rows, options.Resamples, options.Seed, options.Workers, options.Cancellation);
            return new(segment, chosen.Length, [.. options.Metrics.Select((metric, m) =>
            {
                var (low, high) = Bootstrap.Interval(means[m]);
                return new Estimate(metric.Name, rows[m].Average(), low, high);
            })]);
        }

        var all = Of("all", places);
        return [all, .. new[] { (Name: "warm", Is: true), (Name: "cold", Is: false) }.Select(part =>
            isWarm[part.Is].Count() == users.Length ? all with { Name = part.Name } : Of(part.Name, isWarm[part.Is]))];
    }

    private static EvaluationCounts CountsOf(Holdout holdout, int usersWithoutList) => new()
    {
        Users = holdout.TestUsers,
        WarmUsers = holdout.TestUsers - holdout.ColdTestUsers,
        ColdUsers = holdout.ColdTestUsers,
        UsersWithoutList = usersWithoutList,
        Items = holdout.Train.Items.Count,
        TrainEvents = holdout.Train.Histories.Count,
        TestEvents = holdout.Test.Histories.Count,
        ColdItemTestEvents = holdout.ColdItemTestEvents,
        RepeatsLeftOut = holdout.RepeatsLeftOut,
    };
}
