using System.Diagnostics;
using Kindred.Numerics;
using Kindred.Retrieval;

namespace Kindred.Benchmarks;

internal static class RetrievalBenchmark
{
    public static int Run(string[] args)
    {
        Matrix items, queries;
        if (System.IO.Directory.Exists(args[0]))
        {
            var folder = Models.ModelFolder.Open(args[0]);
            var model = (Models.IEmbeddingModel)folder.Model;
            items = model.ItemEmbeddings;
            var qs = new List<float[]>();
            for (int u = 0; u < folder.Users.Count && qs.Count < 1000; u += Math.Max(1, folder.Users.Count / 1000))
            {
                float[] e = new float[items.Columns];
                if (model.TryEmbed(new Models.Query(u, default), e)) qs.Add(e);
            }
            queries = new(qs.Count, items.Columns, qs.SelectMany(x => x).ToArray());
        }
        else (items, queries) = GeneratedVectors.Create(int.Parse(args[0]), int.Parse(args[1]), 1000);
        int q = queries.Rows;
        Console.WriteLine($"{items.Rows} x {items.Columns}, {q} queries");
        if (args.Length > 3) { Dump(items, args[3] + ".items"); Dump(queries, args[3] + ".queries"); }
        var flat = new FlatIndex.Builder().Build(items, new());
        var truth = new int[q][];
        var clock = Stopwatch.StartNew();
        flat.Search(new(queries.Row(0)), new int[10], new float[10]);
        clock.Restart();
        for (int i = 0; i < q; i++) { truth[i] = new int[10]; flat.Search(new(queries.Row(i)), truth[i], new float[10]); }
        Console.WriteLine($"flat {q / clock.Elapsed.TotalSeconds:F0} q/s, {clock.Elapsed.TotalMilliseconds / q:F2} ms");
        foreach (string spec in args[2].Split(','))
        {
            string[] part = spec.Split(':');
            IIndexBuilder builder = part[0] switch
            {
                "int8" => new QuantizedIndex.Builder(),
                "bf16" => new QuantizedIndex.Builder { Bits = 16 },
                _ => new HnswIndex.Builder { Links = int.Parse(part[1]), ConstructionEffort = int.Parse(part[2]) },
            };
            clock.Restart();
            var index = builder.Build(items, new());
            Console.WriteLine($"{spec}: built in {clock.Elapsed.TotalSeconds:F2} s, {index.Description.Bytes / 1e6:F0} MB");
            foreach (int effort in part[0] == "hnsw" ? new[] { 10, 20, 40, 80, 160, 320 } : new[] { 0 })
            {
                int[] found = new int[10];
                float[] scores = new float[10];
                double best = 1e9;
                int hits = 0;
                for (int round = 0; round < 3; round++)
                {
                    hits = 0;
                    clock.Restart();
                    for (int i = 0; i < q; i++)
                    {
                        int count = index.Search(new(queries.Row(i)) { Effort = effort }, found, scores);
                        for (int k = 0; k < count; k++) if (truth[i].AsSpan().Contains(found[k])) hits++;
                    }
                    best = Math.Min(best, clock.Elapsed.TotalSeconds);
                }
                Console.WriteLine($"  ef {effort}: recall {hits / (10.0 * q):F4}, {q / best:F0} q/s, {best / q * 1e6:F1} us");
            }
        }
        return 0;
    }

    private static void Dump(Matrix m, string path)
    {
        using var file = File.Create(path);
        file.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(m.Values.Span));
    }
}
