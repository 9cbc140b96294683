using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Kindred.Boosting;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Ranking;
using Kindred.Reranking.Diversity;
using Kindred.Reranking.Limits;
using Kindred.Retrieval;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Sources;
using Kindred.Storage;

namespace Kindred.Benchmarks;

/// <summary>
/// A whole pipeline over generated items: about a thousand candidates of four sources, 100 trees of 31 leaves, the best 50 diversified to
/// 10. Time of each step and of the whole, one request at a time and at 80 % of what the machine can do; beside it reading the same item
/// vectors once.
/// </summary>
internal static class LatencyBenchmark
{
    private const int Users = 50_000, Events = 20, Labels = 200, TrainedOn = 400, Requests = 4_000, WarmUps = 500, K = 10;

    public static int Run(string[] args)
    {
        if (args is not [] && (args is not [var text] || !int.TryParse(text, CultureInfo.InvariantCulture, out int _)))
        {
            Console.Error.WriteLine("usage: latency [items]");
            return 2;
        }
        int items = args is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 1_000_000;
        Console.WriteLine(Machine.Describe());
        var (vectors, tastes) = GeneratedVectors.Create(items, 64, Users);
        var data = Generate(items);
        var model = new Vectors(data.Items, vectors, tastes);
        var index = IndexCatalog.Find("ivf").Builder(IndexMetric.InnerProduct).Build(vectors, new());
        var clock = new Steps();
        Source Timed(string name, IRetriever retriever, int count) => new(name, new TimedRetriever(name, retriever, clock), count);
        Source[] sources =
        [
            Timed("index", new IndexRetriever(model, index), 700),
            Timed("popular", RecentPopularityRetriever.Of(data, TimeSpan.FromDays(30)), 150),
            Timed("same label", new SameLabelRetriever(data, data.ItemAttributes.Labels["label"]), 150),
            Timed("newest", new NewestItemsRetriever(data), 100),
        ];
        var proposing = new Pipeline(sources, [new ExcludeSeen()]);
        var embeddings = new Dictionary<string, Matrix> { ["index"] = vectors };
        var features = new FeatureSet(FeatureSet.NamesFor(data, proposing.Sources, embeddings), data, proposing.Sources, embeddings);
        var forest = Train(proposing, features, data);
        Stage TimedStage(string name, IStage stage) => new(name, new TimedStage(name, stage, clock));
        var pipeline = new Pipeline(sources,
        [
            TimedStage("seen", new ExcludeSeen()), TimedStage("ranker", new ForestRanker(forest, features)),
            TimedStage("keep", new Truncate { Count = 50 }.Bind()),
            TimedStage("mmr", new MaximalMarginalRelevance { Count = K }.Bind(new EmbeddingSimilarity(vectors))),
        ]);
        double candidates = Enumerable.Range(0, 200).Average(user => proposing.Run(Query.Of(data, user), null, list => list.Count));
        Console.WriteLine($"{items:N0} items x 64, {candidates:F0} candidates, {features.Names.Count} features, {forest.Trees} " +
            $"trees, {K} answered");

        OneByOne(pipeline, data, clock);
        UnderLoad(pipeline, data);
        double scan = Machine.Time(() => Kernels.Multiply(vectors, tastes.Row(0), new float[items]), 3);
        Console.WriteLine($"scoring all items for one user, without anything else: {1e3 * scan:F2} ms");
        return 0;
    }

    private static void OneByOne(Pipeline pipeline, Interactions data, Steps clock)
    {
        for (int n = 0; n < WarmUps; n++) pipeline.Recommend(Query.Of(data, n), K);
        clock.Clear();
        var times = new double[Requests];
        long before = GC.GetAllocatedBytesForCurrentThread();
        int collections = GC.CollectionCount(0);
        for (int n = 0; n < Requests; n++)
        {
            long start = Stopwatch.GetTimestamp();
            pipeline.Recommend(Query.Of(data, n), K);
            times[n] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        long bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Requests;
        Console.WriteLine("| one at a time | p50, ms | p99, ms |\n| --- | ---: | ---: |");
        foreach (var (step, taken) in clock.Times) Print(step, [.. taken]);
        Print("whole", times);
        Console.WriteLine($"{bytes / 1024.0:F1} KB allocated a request; {GC.CollectionCount(0) - collections} collections in {Requests} " +
            $"requests");
    }

    /// <summary>
    /// Requests come by chance at 80 % of the rate that as many threads as there are cores can answer; a request's time counts from its
    /// arrival.
    /// </summary>
    private static void UnderLoad(Pipeline pipeline, Interactions data)
    {
        int threads = Environment.ProcessorCount, next = -1;
        long start = Stopwatch.GetTimestamp();
        Machine.OnThreads(threads, _ =>
        {
            for (int n; (n = Interlocked.Increment(ref next)) < Requests;) pipeline.Recommend(Query.Of(data, n), K);
        });
        double most = Requests / Stopwatch.GetElapsedTime(start).TotalSeconds;
        var rng = new Rng(9);
        var (arrivals, times) = (new double[Requests], new double[Requests]);
        for (int n = 1; n < Requests; n++) arrivals[n] = arrivals[n - 1] - (Math.Log(1 - rng.NextDouble()) / (.8 * most));
        next = -1;
        start = Stopwatch.GetTimestamp();
        Machine.OnThreads(threads, _ =>
        {
            for (int n; (n = Interlocked.Increment(ref next)) < Requests;)
            {
                while (Stopwatch.GetElapsedTime(start).TotalSeconds < arrivals[n]) Thread.SpinWait(50);
                pipeline.Recommend(Query.Of(data, n), K);
                times[n] = 1e3 * (Stopwatch.GetElapsedTime(start).TotalSeconds - arrivals[n]);
            }
        });
        Console.WriteLine($"{threads} threads answer {most:F0} requests/s; at 80 % of that:");
        Console.WriteLine("| under load | p50, ms | p99, ms |\n| --- | ---: | ---: |");
        Print("whole", times);
    }

    private static void Print(string step, double[] milliseconds)
    {
        Array.Sort(milliseconds);
        Console.WriteLine($"| {step} | {milliseconds[milliseconds.Length / 2]:F3} | {milliseconds[milliseconds.Length * 99 / 100]:F3} |");
    }

    // trees with something to split: the taken ones are more often high in the index's list, popular and of the user's labels
    private static Forest Train(Pipeline proposing, FeatureSet features, Interactions data)
    {
        var rng = new Rng(4);
        var (rows, labels, groups) = (new List<float>(), new List<float>(), new List<int>());
        for (int user = 0; user < TrainedOn; user++)
        {
            var query = Query.Of(data, Users - 1 - user);
            proposing.Run(query, 300, candidates =>
            {
                var block = new Matrix(candidates.Count, features.Names.Count);
                features.Write(query, candidates, block);
                rows.AddRange(block.Values.Span);
                for (int place = 0; place < candidates.Count; place++)
                    labels.Add(rng.NextDouble() < .2 * candidates.SourceScore(place, 0) / (1 + (place / 30.0)) ? 1 : 0);
                groups.Add(candidates.Count);
                return 0;
            });
        }
        return new BoostedTrees { Options = new() { Trees = 100, Leaves = 31, LearningRate = .1, MinLeafRows = 20,
            FeatureFraction = 1 } }.Train(
            new(new Matrix(labels.Count, features.Names.Count, rows.ToArray()), labels.ToArray(),
                groups.ToArray()) { FeatureNames = features.Names }, null, new());
    }

    private static Interactions Generate(int items)
    {
        var rng = new Rng(2);
        var starts = new int[Users + 1];
        var (happened, times) = (new int[Users * Events], new long[Users * Events]);
        for (int user = 0; user < Users; user++)
        {
            starts[user + 1] = (user + 1) * Events;
            long time = 1_700_000_000 + rng.NextInt(1_000_000);
            for (int n = starts[user]; n < starts[user + 1]; n++)
            {
                double lot = rng.NextDouble();
                (happened[n], times[n]) = ((int)(items * lot * lot * lot), time += rng.NextInt(100_000)); // few items have most events
            }
        }
        float[] ones = new float[happened.Length];
        ones.AsSpan().Fill(1);
        int[] labelStarts = [.. Enumerable.Range(0, items + 1)], labels = [.. Enumerable.Range(0, items).Select(_ => rng.NextInt(Labels))];
        var column = new LabelColumn(labelStarts, labels, new([.. Enumerable.Range(0, Labels).Select(n => $"label {n}")]));
        return new Interactions(
            new([.. Enumerable.Range(0, Users).Select(n => $"{n}")]), new([.. Enumerable.Range(0, items).Select(n => $"{n}")]),
            new Histories(starts, happened, times, ones)).With(
                null, new Catalog(items, new Dictionary<string, TextColumn>(), new Dictionary<string, NumberColumn>(),
                    new Dictionary<string, LabelColumn> { ["label"] = column }));
    }

    private sealed class Vectors(Vocabulary items, Matrix vectors, Matrix tastes) : IEmbeddingModel
    {
        public Vocabulary Items => items;

        public Matrix ItemEmbeddings => vectors;

        public bool TryEmbed(in Query query, Span<float> embedding)
        {
            tastes.Row(query.User).CopyTo(embedding);
            return true;
        }

        public void Save(TensorWriter writer) => throw new NotSupportedException("It is there to be timed.");
    }

    /// <summary>How long each step took, of all requests; one thread at a time.</summary>
    private sealed class Steps
    {
        private readonly ConcurrentDictionary<string, List<double>> _times = new();
        private readonly List<string> _order = [];

        public IEnumerable<(string Step, List<double> Milliseconds)> Times => _order.Select(step => (step, _times[step]));

        public bool IsOn { get; private set; }

        public void Clear()
        {
            IsOn = true;
            foreach (var list in _times.Values) list.Clear();
        }

        public void Took(string step, long start)
        {
            if (!IsOn || Environment.CurrentManagedThreadId != 1) return;
            if (!_times.TryGetValue(step, out var list))
            {
                _times[step] = list = new(Requests);
                _order.Add(step);
            }
            list.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
    }

    private sealed class TimedRetriever(string name, IRetriever inner, Steps steps) : IRetriever
    {
        public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
        {
            long start = Stopwatch.GetTimestamp();
            int count = inner.Retrieve(query, items, scores, cancellationToken);
            steps.Took(name, start);
            return count;
        }
    }

    private sealed class TimedStage(string name, IStage inner, Steps steps) : IStage
    {
        public void Apply(in Query query, Candidates candidates)
        {
            long start = Stopwatch.GetTimestamp();
            inner.Apply(query, candidates);
            steps.Took(name, start);
        }
    }
}
