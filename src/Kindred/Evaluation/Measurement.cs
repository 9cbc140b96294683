using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Splitting;

namespace Kindred.Evaluation;

/// <summary>All users' lists, asked for once and measured at once; only numbers are kept of them.</summary>
/// <param name="Values">[metrics][users]</param>
/// <param name="PairValues">[pair groupings][groups][users], by the first metric; NaN for users without a pair in the group.</param>
/// <param name="Exposures">One for each cut-off, ascending.</param>
/// <param name="UsersWithoutList">Users for whom the pipeline had nothing to say.</param>
internal sealed record Measurement(double[][] Values, double[][][] PairValues, IReadOnlyList<Exposure> Exposures, int UsersWithoutList)
{
    // Enough users at once for a batch to be fast, few enough to share among threads and to keep whole lists of a large catalogue small.
    private const int BlockUsers = 128, BlockUsersOfWholeLists = 16;

    private const int LongList = 1000;

    public static Measurement Of(string name, Pipeline pipeline, Holdout holdout, int[] users, EvaluationOptions options)
    {
        var values = options.Metrics.Select(_ => new double[users.Length]).ToArray();
        var pairValues = options.PairGroupings.Select(grouping => grouping.Groups.Select(_ => NaNs(users.Length)).ToArray()).ToArray();
        var gate = new Lock();
        var workers = new List<Worker>();
        int done = 0, longest = Math.Min(options.Metrics.Max(m => m.K), holdout.Train.Items.Count);
        Blocks.ForEach(users.Length, longest > LongList ? BlockUsersOfWholeLists : BlockUsers, options.Workers, () =>
        {
            var worker = new Worker(name, pipeline, holdout, longest, options, values, pairValues);
            lock (gate) workers.Add(worker);
            return worker;
        }, (_, first, end, worker) =>
        {
            worker.Ask(users.AsSpan(first..end));
            for (int n = first; n < end; n++) worker.Measure(n, users[n], list: n - first);
            lock (gate) options.Progress?.Report(new(done += end - first, users.Length, "user"));
        }, options.Cancellation);
        return new(values, pairValues, ExposuresOf(workers, options.CutOffs, holdout.Train.Items.Count, users.Length),
            workers.Sum(worker => worker.WithoutList));
    }

    /// <summary>Each value as the mean over several trainings; the lists themselves are those of the first.</summary>
    public static Measurement Mean(IReadOnlyList<Measurement> trainings)
    {
        if (trainings.Count == 1) return trainings[0];
        double[] MeanOf(Func<Measurement, double[]> row) =>
            [.. Enumerable.Range(0, row(trainings[0]).Length).Select(n => trainings.Average(training => row(training)[n]))];
        var first = trainings[0];
        return first with
        {
            Values = [.. first.Values.Select((_, m) => MeanOf(training => training.Values[m]))],
            PairValues = [.. first.PairValues.Select((groups, g) =>
                groups.Select((_, group) => MeanOf(training => training.PairValues[g][group])).ToArray())],
        };
    }

    /// <returns>True: a training with another seed has the same values, so that nothing in it is drawn at random.</returns>
    public bool HasSameValues(Measurement other) =>
        Values.Zip(other.Values).All(rows => rows.First.AsSpan().SequenceEqual(rows.Second));

    /// <summary>Counts are whole numbers: their sums do not depend on who counted what.</summary>
    private static Exposure[] ExposuresOf(List<Worker> workers, int[] cutOffs, int items, int lists)
    {
        var sums = new int[items];
        return [.. cutOffs.Select((k, band) =>
        {
            foreach (var worker in workers)
                for (int item = 0; item < items; item++) sums[item] += worker.Exposures[band][item];
            return new Exposure(k, sums.ToArray(), lists);
        })];
    }

    private static double[] NaNs(int count)
    {
        var values = new double[count];
        Array.Fill(values, double.NaN);
        return values;
    }

    /// <summary>Held-out users are queried by history only.</summary>
    public static Query QueryOf(Holdout holdout, int user) =>
        Query.Of(holdout.Known, user) is var query && holdout.IsHeldOut(user) ? query with { User = -1 } : query;

    /// <summary>One thread's work, with its scratch memory.</summary>
    private sealed class Worker(
        string name, Pipeline pipeline, Holdout holdout, int longest, EvaluationOptions options, double[][] values,
        double[][][] pairValues)
    {
        private readonly int[] _cutOffs = options.CutOffs;
        private readonly RankedLists _lists = new();
        private readonly int[] _listedFor = new int[holdout.Train.Items.Count]; // [items], the last place in whose list it was, from 1
        private Query[] _queries = [];
        private bool[] _hits = [], _groupHits = [];

        /// <summary>[cut-offs][items]: how often an item was below the cut-off before, but not below this one.</summary>
        public int[][] Exposures { get; } = [.. options.CutOffs.Select(_ => new int[holdout.Train.Items.Count])];

        public int WithoutList { get; private set; }

        public void Ask(ReadOnlySpan<int> users)
        {
            if (_queries.Length < users.Length) _queries = new Query[users.Length];
            for (int n = 0; n < users.Length; n++) _queries[n] = QueryOf(holdout, users[n]);
            pipeline.RecommendAll(_queries.AsSpan(0, users.Length), longest, _lists);
        }

        /// <param name="n">Place of the user among those measured.</param>
        /// <param name="list">Place of their answer.</param>
        public void Measure(int n, int user, int list)
        {
            var items = _lists.ItemsOf(list);
            CheckRepeats(n, user, items);
            if (items.IsEmpty) WithoutList++;
            Expose(items);
            var relevant = holdout.Test.ByUser.Row(user);
            if (_hits.Length < items.Length) (_hits, _groupHits) = (new bool[longest], new bool[longest]);
            var ranking = RankedList.Of(items, relevant.Columns, _hits, relevant.Values, holdout.Known.Histories.ItemsOf(user).Span);
            for (int m = 0; m < values.Length; m++) values[m][n] = options.Metrics[m].Measure(ranking);
            for (int g = 0; g < pairValues.Length; g++) MeasureGroups(n, user, ranking, options.PairGroupings[g].Of.Span, pairValues[g]);
        }

        /// <summary>A repeated item would be counted as a hit twice.</summary>
        private void CheckRepeats(int n, int user, ReadOnlySpan<int> items)
        {
            foreach (int item in items)
            {
                if (_listedFor[item] == n + 1) throw new InvalidOperationException($"{name} recommends item {item} twice to user {user}.");
                _listedFor[item] = n + 1;
            }
        }

        private void Expose(ReadOnlySpan<int> items)
        {
            int place = 0;
            for (int band = 0; band < _cutOffs.Length; band++)
                for (; place < Math.Min(items.Length, _cutOffs[band]); place++) Exposures[band][items[place]]++;
        }

        /// <param name="groupOf">[test pairs]</param>
        /// <param name="groupValues">[groups][users]</param>
        private void MeasureGroups(int n, int user, in RankedList ranking, ReadOnlySpan<int> groupOf, double[][] groupValues)
        {
            var groups = groupOf.Slice(holdout.Test.ByUser.Starts.Span[user], ranking.Relevant.Length);
            Span<int> members = stackalloc int[Math.Min(groups.Length, 256)];
            if (groups.Length > members.Length) members = new int[groups.Length];
            for (int group = 0; group < groupValues.Length; group++)
            {
                int count = 0;
                for (int r = 0; r < groups.Length; r++) if (groups[r] == group) members[count++] = ranking.Relevant[r];
                if (count == 0) continue;
                groupValues[group][n] = options.Metrics[0].Measure(
                    RankedList.Of(ranking.Items, members[..count], _groupHits, default, ranking.History));
            }
        }
    }
}
