using Kindred.Models;
using Kindred.Numerics;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Indexes.Flat;

namespace Kindred.Benchmarks;

/// <summary>Vectors to search among, queries to search with, and the ten that are truly nearest to each.</summary>
/// <param name="Items">[items, d]</param>
/// <param name="Queries">[queries, d]</param>
/// <param name="Truth">[queries][≤ 10]</param>
internal sealed record RetrievalData(string Name, Matrix Items, Matrix Queries, int[][] Truth)
{
    public const int K = 10, MostQueries = 1_000;

    /// <summary>Of a trained model: its items, and some of its users.</summary>
    public static RetrievalData Of(string modelFolder)
    {
        using var folder = ModelFolder.Open(modelFolder);
        var model = folder.Model as IEmbeddingModel ?? throw new InputException($"{modelFolder} has no embeddings.");
        var queries = new List<float>();
        var embedding = new float[model.ItemEmbeddings.Columns];
        int step = Math.Max(1, folder.Users.Count / MostQueries);
        for (int user = 0; user < folder.Users.Count && queries.Count < MostQueries * embedding.Length; user += step)
            if (model.TryEmbed(new Query(user, default), embedding)) queries.AddRange(embedding);
        var asked = new Matrix(queries.Count / embedding.Length, embedding.Length, queries.ToArray());
        return With($"{Path.GetFileName(modelFolder)} ({folder.Manifest.Trainer})", model.ItemEmbeddings.Copy(), asked);
    }

    public static RetrievalData Generated(int items, int dimensions)
    {
        var (vectors, queries) = GeneratedVectors.Create(items, dimensions, MostQueries);
        return With($"generated {items} x {dimensions}", vectors, queries);
    }

    public double RecallOf(int query, ReadOnlySpan<int> found)
    {
        int hits = 0;
        foreach (int item in found) if (Truth[query].AsSpan().Contains(item)) hits++;
        return hits / (double)K;
    }

    private static RetrievalData With(string name, Matrix items, Matrix queries)
    {
        var exact = new FlatIndex.Builder().Build(items, new());
        var truth = new int[queries.Rows][];
        for (int n = 0; n < truth.Length; n++)
        {
            truth[n] = new int[K];
            exact.Search(new IndexQuery(queries.Row(n)), truth[n], new float[K]);
        }
        return new(name, items, queries, truth);
    }
}
