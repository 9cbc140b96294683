using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Tests.Retrieval;

/// <summary>
/// A model of embeddings that are given: a user is the sum of the embeddings of the history; without one, nothing is known.
/// </summary>
internal sealed class SumOfHistory(Matrix items) : IEmbeddingModel
{
    public Vocabulary Items { get; } = new([.. Enumerable.Range(0, items.Rows).Select(n => $"i{n}")]);

    public Matrix ItemEmbeddings => items;

    public bool TryEmbed(in Query query, Span<float> embedding)
    {
        embedding.Clear();
        foreach (int item in query.History.Span) Kernels.AddScaled(1, items.Row(item), embedding);
        return !query.History.IsEmpty;
    }

    public void Save(TensorWriter writer) { }

    /// <summary>Numbers at random, from −1 to 1.</summary>
    public static Matrix Drawn(int rows, int columns, int seed)
    {
        var rng = new Rng((ulong)seed);
        var matrix = new Matrix(rows, columns);
        for (int row = 0; row < rows; row++) foreach (ref float value in matrix.Row(row)) value = (rng.NextInt(20_001) / 10_000f) - 1;
        return matrix;
    }
}
