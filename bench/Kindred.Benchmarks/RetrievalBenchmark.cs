using System.Diagnostics;
using Kindred.Numerics;
using Kindred.Retrieval;
using Kindred.Retrieval.Indexes;

namespace Kindred.Benchmarks;

/// <summary>
/// Indices: what they find of the true ten nearest against the queries a second that one thread answers, beside hnswlib and faiss on the
/// same vectors in the same run; exact scans beside the machine's reading of memory; filters at each selectivity.
/// </summary>
internal static class RetrievalBenchmark
{
    private const int Tries = 3, FilterQueries = 100;

    private static readonly int[] Efforts = [10, 15, 20, 30, 40, 60, 80, 120, 160, 240, 320], Probes = [1, 2, 4, 8, 16, 32, 64, 128, 256];

    public static int Run(string[] args)
    {
        Console.WriteLine(Machine.Describe());
        switch (args)
        {
            case ["scan", .. var sizes]: Scan(sizes.Length == 2 ? int.Parse(sizes[0]) : 1_000_000, sizes.Length == 2 ? int.Parse(sizes[1])
                : 64); return 0;
            case ["filters", .. var sizes]: Filters(Data(sizes.Length > 0 ? sizes : ["1000000x64"])); return 0;
            case [var data, .. var peers] when Data([data]) is { } vectors: Curves(vectors, peers); return 0;
            default:
                Console.Error.WriteLine("usage: retrieval <items>x<dimensions>|<model folder> [hnswlib] [faiss:<factory string>]… | " +
                    "retrieval scan [items dimensions] | retrieval filters [<items>x<dimensions>|<model folder>]");
                return 2;
        }
    }

    private static RetrievalData Data(string[] args)
    {
        string name = args[0];
        if (Directory.Exists(name)) return RetrievalData.Of(name);
        string[] sizes = name.Split('x');
        return RetrievalData.Generated(int.Parse(sizes[0]), int.Parse(sizes[1]));
    }

    private static void Curves(RetrievalData data, string[] peers)
    {
        Console.WriteLine($"{data.Name}: {data.Items.Rows} vectors of {data.Items.Columns}, {data.Queries.Rows} queries, one thread");
        Console.WriteLine("| index | effort | recall@10 | queries/s | build s | bytes a vector |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: |");
        var ours = new List<RetrievalPoint>();
        foreach (string kind in IndexCatalog.Entries.Keys)
            ours.AddRange(Points(data, kind, IndexCatalog.Find(kind).Builder(IndexMetric.InnerProduct)));
        var theirs = peers.Length == 0 ? [] : RetrievalPeers.Measure(data, peers);
        foreach (var point in ours.Concat(theirs))
            Console.WriteLine($"| {point.Index} | {(point.Effort > 0 ? point.Effort : "")} | {point.Recall:F4} " +
                $"| {point.QueriesPerSecond:F0} | {point.BuildSeconds:F1} | {point.BytesPerVector:F0} |");
        foreach (double recall in new[] { 0.95, 0.99 }) At(recall, ours, theirs);
    }

    // on the line between the two points around the recall, in the logarithm of the rate
    private static void At(double recall, List<RetrievalPoint> ours, IReadOnlyList<RetrievalPoint> theirs)
    {
        double? Rate(IEnumerable<RetrievalPoint> points)
        {
            var curve = points.OrderBy(point => point.Recall).ToArray();
            int above = Array.FindIndex(curve, point => point.Recall >= recall);
            if (above < 0) return null;
            var (high, low) = (curve[above], above == 0 ? curve[0] : curve[above - 1]);
            if (above == 0 || high.Recall == low.Recall) return high.QueriesPerSecond;
            double share = (recall - low.Recall) / (high.Recall - low.Recall);
            return Math.Exp(Math.Log(low.QueriesPerSecond) + (share * (Math.Log(high.QueriesPerSecond) - Math.Log(low.QueriesPerSecond))));
        }
        foreach (var own in ours.GroupBy(point => point.Index))
        {
            if (Rate(own) is not { } rate) continue;
            string beside = string.Concat(theirs.GroupBy(point => point.Index).Select(peer =>
                Rate(peer) is { } other ? $"; {rate / other:F2} x {peer.Key} ({other:F0}/s)" : $"; {peer.Key} does not reach it"));
            Console.WriteLine($"at recall {recall:F2}: {own.Key} {rate:F0} queries/s{beside}");
        }
    }

    private static IEnumerable<RetrievalPoint> Points(RetrievalData data, string kind, IIndexBuilder builder)
    {
        var clock = Stopwatch.StartNew();
        var index = builder.Build(data.Items, new());
        double seconds = clock.Elapsed.TotalSeconds, bytes = index.Description.Bytes / (double)data.Items.Rows;
        int[] efforts = index.Description.Effort == 0 ? [0] : kind == "ivf" ? Probes : Efforts;
        foreach (int effort in efforts)
        {
            var (recall, rate) = Measure(data, index, effort);
            yield return new(kind, effort, recall, rate, seconds, bytes);
        }
    }

    private static (double Recall, double QueriesPerSecond) Measure(RetrievalData data, IIndex index, int effort, BitSet? allowed = null)
    {
        var (found, scores) = (new int[RetrievalData.K], new float[RetrievalData.K]);
        double recall = 0;
        for (int n = 0; n < data.Queries.Rows; n++)
        {
            int count = index.Search(new IndexQuery(data.Queries.Row(n)) { Effort = effort, Allowed = allowed }, found, scores);
            recall += data.RecallOf(n, found.AsSpan(0, count));
        }
        double seconds = Machine.Time(() =>
        {
            for (int n = 0; n < data.Queries.Rows; n++)
                index.Search(new IndexQuery(data.Queries.Row(n)) { Effort = effort, Allowed = allowed }, found, scores);
        }, Tries);
        return (recall / data.Queries.Rows, data.Queries.Rows / seconds);
    }

    /// <summary>Directions alone, so that no scan can end early: what is read is all there is.</summary>
    private static void Scan(int items, int dimensions)
    {
        var data = RetrievalData.Generated(items, dimensions);
        double bandwidth = Machine.ReadGigabytes();
        Console.WriteLine($"{items} x {dimensions}, best {RetrievalData.K}, one query, one thread; memory is read at {bandwidth:F1} GB/s");
        Console.WriteLine("| index | bytes read | ms, all read | GB/s | of what can be read | ms, lengths as they are | recall@10 |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var (kind, bytes) in new[] { ("flat", 4.0), ("bfloat16", 2.0), ("int8", 1 + (4.0 / dimensions)) })
        {
            var whole = IndexCatalog.Find(kind).Builder(IndexMetric.Cosine).Build(data.Items, new());
            double ms = 1e3 / Measure(data, whole, 0).QueriesPerSecond, read = bytes * items * dimensions;
            var (recall, rate) = Measure(data, IndexCatalog.Find(kind).Builder(IndexMetric.InnerProduct).Build(data.Items, new()), 0);
            Console.WriteLine($"| {kind} | {read / 1e6:F0} M | {ms:F2} | {read / ms / 1e6:F1} | {read / ms / 1e6 / bandwidth:P0} " +
                $"| {1e3 / rate:F2} | {recall:F4} |");
        }
    }

    private static void Filters(RetrievalData data)
    {
        Console.WriteLine($"{data.Name}, best {RetrievalData.K} of those allowed, one thread");
        Console.WriteLine("| allowed | index | recall@10 | µs a query |");
        Console.WriteLine("| ---: | --- | ---: | ---: |");
        data = data with { Queries = new(FilterQueries, data.Items.Columns, data.Queries.Values[..(FilterQueries * data.Items.Columns)]) };
        string[] kinds = [.. IndexCatalog.Entries.Keys];
        var indices = kinds.ToDictionary(
            kind => kind, kind => IndexCatalog.Find(kind).Builder(IndexMetric.InnerProduct).Build(data.Items, new()));
        foreach (double share in new[] { 0.001, 0.01, 0.03, 0.1, 0.5, 0.99, 1 })
        {
            var rng = new Rng(3);
            var allowed = share == 1 ? null : BitSet.Where(data.Items.Rows, _ => rng.NextDouble() < share);
            var truth = new int[data.Queries.Rows][];
            for (int n = 0; n < truth.Length; n++)
            {
                truth[n] = new int[RetrievalData.K];
                indices["flat"].Search(new IndexQuery(data.Queries.Row(n)) { Allowed = allowed }, truth[n], new float[RetrievalData.K]);
            }
            foreach (string kind in kinds)
            {
                var (recall, rate) = Measure(data with { Truth = truth }, indices[kind], 0, allowed);
                Console.WriteLine($"| {share:P1} | {kind} | {recall:F4} | {1e6 / rate:F0} |");
            }
        }
    }
}
