using System.Diagnostics;
using Kindred.Data;
using Kindred.Import.Writing;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Numerics.Search;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Storage;

namespace Kindred.Benchmarks;

/// <summary>
/// The best items out of the whole catalogue for every user, the items of his history left out: all users in blocks beside one by one, and
/// both beside the multiply-add peak of the same machine in the same run.
/// </summary>
internal static class ScanBenchmark
{
    private const int EventsOfAUser = 145, NaiveUsers = 4096;

    public static void Run(string[] args)
    {
        int[] sizes = [.. args.Select(int.Parse)];
        int Size(int n, int otherwise) => sizes.Length > n ? sizes[n] : otherwise;
        int users = Size(0, 138_000), items = Size(1, 27_000), d = Size(2, 64), k = Size(3, 100);
        Console.WriteLine(Machine.Describe());
        var data = GeneratedInteractions.Create(users, items, users * EventsOfAUser);
        Console.WriteLine($"{users} users, {items} items, {d} dimensions, best {k}, {data.ByUser.Count / (double)users:F0} items " +
            $"excluded a user");
        var model = new Generated(data.Items, users, d);
        var recommender = model.AsPipeline();
        Console.WriteLine($"packing the " +
            $"items: {Machine.Time(() => _ = new RowPanel(model.ItemEmbeddings, [.. Enumerable.Range(0, items)])) * 1e3:F1} ms");

        Console.WriteLine("| threads | users/s | µs a user and thread | useful GFLOP/s | peak GFLOP/s | of peak | one by one, users/s | " +
            "ratio |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (int threads in new[] { 1, Environment.ProcessorCount }.Distinct())
        {
            double peak = Machine.PeakGflops(threads);
            double rate = users / Machine.Time(() => InBlocks(recommender, data, k, threads), 3);
            int some = Math.Min(users, NaiveUsers);
            double naive = some / Machine.Time(() => OneByOne(model, data, some, k, threads), 3);
            double useful = rate * 2 * items * d / 1e9;
            Console.WriteLine($"| {threads} | {rate:F0} | {threads / rate * 1e6:F1} | {useful:F0} | {peak:F0} | {useful / peak:P0} " +
                $"| {naive:F0} | {rate / naive:F1} |");
        }
        double alone =
            Machine.Time(() => { for (int user = 0; user < 256; user++) recommender.Recommend(Query.Of(data, user % users), 10); });
        double score = Machine.Time(() => { for (int user = 0; user < 256; user++) OneByOne(model, data, 1, 10, 1); });
        Console.WriteLine($"one query alone, best 10: {alone / 256 * 1e6:F0} µs; scoring all and keeping the " +
            $"best: {score / 256 * 1e6:F0} µs");
    }

    /// <summary>
    /// The same lists written into files, as `kindred recommend --all` does, beside the scan that leaves them in memory: both in turns, the
    /// best of each, so that the ratio is of one machine at one time.
    /// </summary>
    public static void ToFiles(string[] args)
    {
        const int Rounds = 3;
        int[] sizes = [.. args.Select(int.Parse)];
        int Size(int n, int otherwise) => sizes.Length > n ? sizes[n] : otherwise;
        int users = Size(0, 138_000), items = Size(1, 27_000), d = Size(2, 64), threads = Environment.ProcessorCount;
        Console.WriteLine(Machine.Describe());
        var data = GeneratedInteractions.Create(users, items, users * EventsOfAUser);
        Console.WriteLine($"{users} users, {items} items, {d} dimensions, {threads} threads");
        var model = new Generated(data.Items, users, d);
        var (pipeline, recommender) = (model.AsPipeline(), Recommender.From(data, model));
        using var folder = DraftFolder.Temporary();
        Console.WriteLine("| best | file | scan, s | scan and file, s | ratio | ratio of processor time | MB |");
        Console.WriteLine("| ---: | --- | ---: | ---: | ---: | ---: | ---: |");
        foreach (int k in sizes.Length > 3 ? sizes[3..] : [10, 100])
            foreach (string ending in new[] { ".csv", ".jsonl", ".parquet" })
            {
                string path = Path.Combine(folder.Path, $"lists{ending}");
                var (scan, written) = (Best.None, Best.None);
                for (int round = 0; round < Rounds; round++)
                {
                    scan = scan.Or(() => InBlocks(pipeline, data, k, threads));
                    written = written.Or(() =>
                    {
                        using var lists = RecommendationFile.Create(path, namesModels: false);
                        lists.Append("model", recommender, data, null, new() { Count = k }, threads);
                        lists.Complete();
                    });
                }
                Console.WriteLine($"| {k} | {ending} | {scan.Seconds:F2} | {written.Seconds:F2} | {written.Seconds / scan.Seconds:F2} " +
                    $"| {written.OfCores / scan.OfCores:F2} | {new FileInfo(path).Length / 1e6:F0} |");
            }
    }

    private static void InBlocks(Pipeline recommender, Interactions data, int k, int threads) =>
        Blocks.ForEach(data.Users.Count, 256, threads, () => (new Query[256], new RankedLists()), (_, first, end, scratch) =>
        {
            var (queries, lists) = scratch;
            for (int user = first; user < end; user++) queries[user - first] = Query.Of(data, user);
            recommender.RecommendAll(queries.AsSpan(0, end - first), k, lists);
        }, default);

    private static void OneByOne(IModel model, Interactions data, int users, int k, int threads) =>
        Blocks.ForEach(users, 256, threads, () => (new float[model.Items.Count], new int[k], new float[k]), (_, first, end, scratch) =>
        {
            var (scores, best, bestScores) = scratch;
            for (int user = first; user < end; user++)
            {
                model.Score(Query.Of(data, user), scores);
                foreach (int item in data.Histories.ItemsOf(user).Span) scores[item] = float.NaN;
                var top = new TopK(best, bestScores);
                top.OfferAll(scores);
                top.Sort();
            }
        }, default);

    /// <summary>The least time of several runs, and the least time of all cores together.</summary>
    private readonly record struct Best(double Seconds, double OfCores)
    {
        public static Best None => new(double.PositiveInfinity, double.PositiveInfinity);

        public Best Or(Action action)
        {
            long start = Stopwatch.GetTimestamp();
            double cores = Machine.CoreSeconds();
            action();
            return new(
                Math.Min(Seconds, Stopwatch.GetElapsedTime(start).TotalSeconds), Math.Min(OfCores, Machine.CoreSeconds() - cores));
        }
    }

    /// <summary>Normal embeddings; a user's is looked up, so that it is the scan alone that is measured.</summary>
    private sealed class Generated : IEmbeddingModel
    {
        private readonly Matrix _users;

        public Generated(Vocabulary items, int users, int d)
        {
            Items = items;
            (_users, ItemEmbeddings) = (new(users, d), new(items.Count, d));
            var rng = new Rng(7);
            foreach (ref float value in _users.Values.Span) value = (float)rng.NextNormal();
            foreach (ref float value in ItemEmbeddings.Values.Span) value = (float)rng.NextNormal();
        }

        public Vocabulary Items { get; }

        public Matrix ItemEmbeddings { get; }

        public bool TryEmbed(in Query query, Span<float> embedding)
        {
            _users.Row(query.User).CopyTo(embedding);
            return true;
        }

        public void Save(TensorWriter writer) => throw new NotSupportedException();
    }
}
