using System.Diagnostics;
using Kindred.Models;
using Kindred.Models.Neighbours;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Storage;

namespace Kindred.Benchmarks;

/// <summary>
/// The table of similar items and what is asked of it: seconds, pairs a second beside the machine's own rate, memory, look-ups.
/// </summary>
internal static class NeighbourBenchmark
{
    private const int K = 100;

    // Surprise's KNNBasic, KNNWithMeans and KNNBaseline first
    private static readonly string[] Ratings =
    [
        .. from itemBased in (string[])["false", "true"]
           from options in (string[])["\"meanSquaredDifference\",center=\"none\",shrinkage=0",
               "\"meanSquaredDifference\",center=\"mean\",shrinkage=0",
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
            case ["users", .. var rest]: UserNeighbourBenchmark.Run(rest); break;
            case ["update"]: Update(); break;
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

    /// <summary>
    /// One thread: what is there before the first pair, the sums alone, and the additions that the same thread makes a second.
    /// </summary>
    private static void Parts(Interactions data)
    {
        double start = Machine.CoreSeconds();
        var sums = new NeighbourSums(new ItemKnn { Neighbours = K }, data.ByUser, data.ByItem, new() { Workers = 1 });
        double prepared = Machine.CoreSeconds();
        var row = new float[data.Items.Count];
        for (int rank = 0; rank < row.Length; rank++)
        {
            sums.Gram.AddBefore(rank, row);
            row.AsSpan(0, rank).Clear();
        }
        double added = Machine.CoreSeconds();
        double limit = Machine.ScatteredAdds(1);
        double calibrated = Machine.CoreSeconds() - added;
        Console.WriteLine($"cosine, of a core: {prepared - start:F2} s to prepare, {added - prepared:F2} s " +
            $"for {sums.Gram.PairCount / 1e9:F2} G sums = {sums.Gram.PairCount / (added - prepared) / 1e9:F2} G/s; "
            + $"additions in the first level of the cache: {Machine.ScatteredAddsInAll / calibrated / 1e9:F2} G/s of a " +
                $"core, {limit / 1e9:F2} G/s by the clock");
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
        Console.Error.WriteLine($"{users} users, {items} items, {data.ByUser.Count} events, generated " +
            $"in {clock.Elapsed.TotalSeconds:F1} s");
        return data;
    }

    private static void Header(string first)
    {
        Console.WriteLine($"| {first} | events | threads | s | s of a core | G pairs | G pairs/s | G scattered adds/s, L1 | of it | " +
            $"peak memory MB |");
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
            var (clock, before) = (Stopwatch.StartNew(), Machine.CoreSeconds());
            trainer.Train(data, new() { Workers = threads });
            seconds = Math.Min(seconds, clock.Elapsed.TotalSeconds);
            cores = Math.Min(cores, Machine.CoreSeconds() - before);
        }
        double memory = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6;
        Console.WriteLine($"| {first} | {data.ByUser.Count} | {threads} | {seconds:F2} | {cores:F2} | {pairs:F2} | {pairs / seconds:F2} " +
            $"| {limit:F2} | {pairs / seconds / limit:P0} | {memory:F0} |");
    }

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

    /// <summary>
    /// The table after some new events: told of them, and computed from the start. Events of users that there are, and of new ones with
    /// five each.
    /// </summary>
    private static void Update()
    {
        var trainer = new ItemKnn { Neighbours = K };
        var data = Generate(138_000, 27_000, 20_000_000);
        var model = trainer.Train(data, new());
        Console.WriteLine("| new events | of | items of their users | s of a core | from the start, s of a core | of it | the same " +
            "table |");
        Console.WriteLine("| ---: | --- | ---: | ---: | ---: | ---: | --- |");
        foreach (bool areNew in new[] { false, true })
        {
            foreach (int events in new[] { 1, 10, 100, 300, 1_000, 100_000 })
            {
                var more = GeneratedInteractions.WithMore(data, events, areNew ? 5 : 0);
                _ = more.ByItem;
                double start = Machine.CoreSeconds();
                var updated = (ItemKnnModel)trainer.ContinueFrom(model, more, new());
                double told = Machine.CoreSeconds();
                var anew = (ItemKnnModel)trainer.Train(more, new());
                double whole = Machine.CoreSeconds() - told;
                int touched = TableUpdate.ChangedItems(((ItemKnnModel)model).Users.Span, more.ByUser).Length;
                Console.WriteLine($"| {events} | {(areNew ? "new users" : "users drawn")} | {touched} | {told - start:F2} | {whole:F2} " +
                    $"| {(told - start) / whole:P0} | {AreEqual(updated.Table, anew.Table)} |");
            }
        }
    }

    private static bool AreEqual(SimilarityTable one, SimilarityTable other) => Enumerable.Range(0, one.Items).All(item =>
        one.NeighboursOf(item).SequenceEqual(other.NeighboursOf(item)) && one.SimilaritiesOf(item)
            .SequenceEqual(other.SimilaritiesOf(item)));

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
            var mapped = (ItemKnnModel)TrainerCatalog.Default.Find("item-knn").Load(file, data.Items);
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
            Percentiles("all scores of a user", 20_000,
                () => { mapped.Score(Query.Of(data, random.NextInt(data.Users.Count)), scores); return scores[0]; });
            var recommender = mapped.AsPipeline();
            foreach (int threads in new[] { 1, Environment.ProcessorCount }.Distinct())
                Console.WriteLine($"best 10 of {data.Users.Count} users, {threads} " +
                    $"threads: {data.Users.Count / Machine.Time(() => All(recommender, data, threads), 3):F0} users/s");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void All(Pipeline recommender, Interactions data, int threads) =>
        Blocks.ForEach(data.Users.Count, 256, threads, () => (new Query[256], new RankedLists()), (_, first, end, scratch) =>
        {
            var (queries, lists) = scratch;
            for (int user = first; user < end; user++) queries[user - first] = Query.Of(data, user);
            recommender.RecommendAll(queries.AsSpan(0, end - first), 10, lists);
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
