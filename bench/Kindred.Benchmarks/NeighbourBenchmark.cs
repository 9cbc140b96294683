using System.Diagnostics;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Neighbours;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Retrieval;

namespace Kindred.Benchmarks;

/// <summary>The table of similar items and what is asked of it: seconds, pairs a second beside the machine's own rate, memory, look-ups.</summary>
internal static class NeighbourBenchmark
{
    private const int K = 100;

    // Surprise's KNNBasic, KNNWithMeans and KNNBaseline first
    private static readonly string[] Ratings =
    [
        .. from itemBased in (string[])["false", "true"]
           from options in (string[])["\"meanSquaredDifference\",center=\"none\",shrinkage=0", "\"meanSquaredDifference\",center=\"mean\",shrinkage=0",
               "\"meanSquaredDifference\",shrinkage=0", "\"pearsonBaseline\""]
           select $"rating-knn:itemBased={itemBased},similarity={options}",
        "rating-knn:neighbours=20", "rating-knn:neighbours=80",
    ];

    public static void Run(string[] args)
    {
        Console.WriteLine(Machine.Describe());
        switch (args)
        {
            case ["growth"]: Growth(); break;
            case ["lookup"]: Lookup(); break;
            case ["users"]: Users(); break;
            case ["ratings"]: RatingsBenchmark.Run(Ratings); break;
            default: Medium(args.Length > 1 ? args[1..] : []); break;
        }
    }

    /// <summary>Every similarity on 20 M events, 138,000 users, 27,000 items.</summary>
    private static void Medium(string[] similarities)
    {
        var data = Generate(138_000, 27_000, 20_000_000);
        Parts(data);
        Header("similarity");
        foreach (var similarity in similarities.Length > 0 ? similarities.Select(Enum.Parse<Similarity>) : Enum.GetValues<Similarity>())
            foreach (int threads in new[] { 1, Environment.ProcessorCount }.Distinct())
                Row(new() { Similarity = similarity, Neighbours = K }, data, threads, similarity.ToString());
    }

    /// <summary>One thread: what is there before the first pair, the sums alone, and the additions that the same thread makes a second.</summary>
    private static void Parts(Interactions data)
    {
        double start = CoreSeconds();
        var sums = new NeighbourSums(new(Similarity.Cosine, K, 3, .75f), data.ByUser, data.ByItem, new() { Workers = 1 });
        double prepared = CoreSeconds();
        var row = new float[data.Items.Count];
        for (int rank = 0; rank < row.Length; rank++)
        {
            sums.Gram.AddBefore(rank, row);
            row.AsSpan(0, rank).Clear();
        }
        double added = CoreSeconds();
        double limit = Machine.ScatteredAdds(1);
        double calibrated = CoreSeconds() - added;
        Console.WriteLine($"cosine, of a core: {prepared - start:F2} s to prepare, {added - prepared:F2} s for {sums.Gram.PairCount / 1e9:F2} G sums = {sums.Gram.PairCount / (added - prepared) / 1e9:F2} G/s; "
            + $"additions in the first level of the cache: {Machine.ScatteredAddsInAll / calibrated / 1e9:F2} G/s of a core, {limit / 1e9:F2} G/s by the clock");
    }

    /// <summary>With the events, users and items as many times more; then with the catalogue alone.</summary>
    private static void Growth()
    {
        Header("users × items");
        foreach (int millions in new[] { 1, 5, 20 }) GrowthRow(7_000 * millions, 1_350 * millions, 1_000_000 * millions);
        foreach (int items in new[] { 27_000, 50_000, 100_000, 200_000 }) GrowthRow(138_000, items, 20_000_000);
    }

    private static void GrowthRow(int users, int items, int events) =>
        Row(new() { Neighbours = K }, Generate(users, items, events), Environment.ProcessorCount, $"{users} × {items}");

    private static Interactions Generate(int users, int items, int events)
    {
        var clock = Stopwatch.StartNew();
        var data = GeneratedInteractions.Create(users, items, events);
        _ = data.ByItem;
        Console.Error.WriteLine($"{users} users, {items} items, {data.ByUser.Count} events, generated in {clock.Elapsed.TotalSeconds:F1} s");
        return data;
    }

    private static void Header(string first)
    {
        Console.WriteLine($"| {first} | events | threads | s | s of a core | G pairs | G pairs/s | G scattered adds/s, L1 | of it | peak memory MB |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    }

    private static void Row(ItemKnn trainer, Interactions data, int threads, string first)
    {
        double limit = Machine.ScatteredAdds(threads) / 1e9;
        double pairs = PairsOf(data) / 1e9;
        double seconds = double.MaxValue, cores = double.MaxValue;
        for (int round = 0; round < 2; round++)
        {
            GC.Collect();
            var (clock, before) = (Stopwatch.StartNew(), CoreSeconds());
            trainer.Train(data, new() { Workers = threads });
            seconds = Math.Min(seconds, clock.Elapsed.TotalSeconds);
            cores = Math.Min(cores, CoreSeconds() - before);
        }
        double memory = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6;
        Console.WriteLine($"| {first} | {data.ByUser.Count} | {threads} | {seconds:F2} | {cores:F2} | {pairs:F2} | {pairs / seconds:F2} | {limit:F2} | {pairs / seconds / limit:P0} | {memory:F0} |");
    }

    // of all threads together: what the work costs, whoever else is on the machine
    private static double CoreSeconds() => Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;

    // each pair of a user's items once
    private static double PairsOf(Interactions data)
    {
        double pairs = 0;
        for (int user = 0; user < data.Users.Count; user++)
        {
            double length = data.ByUser.Row(user).Length;
            pairs += length * (length - 1) / 2;
        }
        return pairs;
    }

    /// <summary>What a question costs that looks through the users, and what it costs when it does not begin with items that all have.</summary>
    private static void Users()
    {
        const int Questions = 200;
        Console.WriteLine("| users | events | items of more users left out | ms a question, of a core | all users, hours of a core |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: |");
        foreach (int users in new[] { 8_625, 17_250, 34_500, 69_000, 138_000 })
        {
            var data = Generate(users, 27_000, users * 145);
            foreach (int common in new[] { 0, users / 20, users / 100, users / 500 })
            {
                var model = new UserKnn { CommonItemUsers = common }.Train(data, new());
                var scores = new float[data.Items.Count];
                model.Score(Query.Of(data, 0), scores);
                double before = CoreSeconds();
                for (int n = 0; n < Questions; n++) model.Score(Query.Of(data, (int)((long)n * users / Questions)), scores);
                double seconds = (CoreSeconds() - before) / Questions;
                Console.WriteLine($"| {users} | {data.ByUser.Count} | {(common > 0 ? common : "–")} | {seconds * 1e3:F2} | {seconds * users / 3600:F2} |");
            }
        }
    }

    /// <summary>The table in a file: one row, one event of a session, the best of a user, all users.</summary>
    private static void Lookup()
    {
        var data = Generate(138_000, 27_000, 20_000_000);
        var model = (ItemKnnModel)new ItemKnn { Neighbours = K }.Train(data, new());
        string path = Path.GetTempFileName();
        try
        {
            using (var stream = File.Create(path))
            {
                var writer = new Storage.TensorWriter();
                model.Save(writer);
                writer.WriteTo(stream);
            }
            using var file = Storage.TensorFile.Open(path);
            var mapped = (ItemKnnModel)TrainerCatalog.Find("item-knn").Load(file, data.Items);
            Console.WriteLine($"table of {mapped.Table.Count} pairs, {new FileInfo(path).Length / 1e6:F0} MB in the file");
            var random = new Rng(3);
            var scores = new float[data.Items.Count];
            Percentiles("one row, all neighbours read", 1_000_000, () =>
            {
                int item = random.NextInt(mapped.Table.Items);
                float sum = 0;
                foreach (int near in mapped.Table.NeighboursOf(item)) sum += near;
                foreach (float similarity in mapped.Table.SimilaritiesOf(item)) sum += similarity;
                return sum;
            });
            var session = mapped.StartSession();
            Percentiles("one event added to a session", 1_000_000, () => { session.Add(random.NextInt(mapped.Table.Items)); return 0; });
            Percentiles("all scores of a user", 20_000, () => { mapped.Score(Query.Of(data, random.NextInt(data.Users.Count)), scores); return scores[0]; });
            var recommender = mapped.AsRecommender();
            foreach (int threads in new[] { 1, Environment.ProcessorCount }.Distinct())
                Console.WriteLine($"best 10 of {data.Users.Count} users, {threads} threads: {data.Users.Count / Machine.Time(() => All(recommender, data, threads), 3):F0} users/s");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void All(IBatchRecommender recommender, Interactions data, int threads) =>
        Blocks.ForEach(data.Users.Count, 256, threads, () => (new Query[256], new RankedLists()), (_, first, end, scratch) =>
        {
            var (queries, lists) = scratch;
            for (int user = first; user < end; user++) queries[user - first] = Query.Of(data, user);
            recommender.Recommend(queries.AsSpan(0, end - first), 10, lists);
        }, default);

    private static void Percentiles(string what, int times, Func<float> work)
    {
        for (int n = 0; n < times / 10; n++) work();
        var ticks = new long[times];
        for (int n = 0; n < times; n++)
        {
            long start = Stopwatch.GetTimestamp();
            work();
            ticks[n] = Stopwatch.GetTimestamp() - start;
        }
        Array.Sort(ticks);
        double Micros(double share) => ticks[(int)(share * (times - 1))] * 1e6 / Stopwatch.Frequency;
        Console.WriteLine($"{what}: p50 {Micros(.5):F2} µs, p99 {Micros(.99):F2} µs");
    }
}
