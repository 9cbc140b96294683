using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Tests.Data;

namespace Kindred.Tests.Reranking;

/// <summary>Candidates of one request, and what a stage makes of them.</summary>
internal static class Lists
{
    /// <summary>Items 0, 1, 2, … with these scores, best first.</summary>
    public static Candidates Of(params float[] scores) => Of([.. Enumerable.Range(0, scores.Length)], scores);

    public static Candidates Of(int[] items, float[] scores)
    {
        var candidates = new Candidates(["all"]);
        candidates.Add(0, items, scores);
        candidates.Fuse();
        candidates.Sort();
        return candidates;
    }

    public static int[] After(IStage stage, Candidates candidates, Query query = default)
    {
        stage.Apply(query, candidates);
        return candidates.Items.ToArray();
    }

    /// <summary>Data of items with these labels, and of no user.</summary>
    public static Interactions Data(params (string Column, LabelColumn Labels)[] columns)
    {
        int items = columns[0].Labels.Starts.Length - 1;
        return Small.Of(items).With(
            Catalog.Empty(0),
            Catalog.Empty(items) with { Labels = columns.ToDictionary(column => column.Column, column => column.Labels) });
    }

    public static float[] Scores(Rng rng, int count) => [.. Enumerable.Range(0, count).Select(_ => rng.NextFloat())];

    /// <summary>[items, d], standard normal.</summary>
    public static Matrix Embeddings(Rng rng, int items, int d)
    {
        var embeddings = new Matrix(items, d);
        foreach (ref float value in embeddings.Values.Span) value = (float)rng.NextNormal();
        return embeddings;
    }

    /// <summary>0 to most labels an item, out of a few.</summary>
    public static LabelColumn Labels(Rng rng, int items, int labels, int most, int least = 0) => LabelColumn.From(
        [.. Enumerable.Range(0, items).Select(_ => Some(rng, labels, least + rng.NextInt(most - least + 1)))]);

    private static IReadOnlyList<string> Some(Rng rng, int labels, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => $"l{rng.NextInt(labels)}")];
}
