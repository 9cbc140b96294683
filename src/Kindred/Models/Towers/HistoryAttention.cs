using Kindred.Numerics;
using Kindred.Numerics.Sgd;
using Kindred.Storage;

namespace Kindred.Models.Towers;

/// <summary>
/// How much each item of a history counts: by what it is and by how many came after it. Z. Yang et al., "Hierarchical Attention Networks
/// for Document Classification", NAACL 2016, eq. 9, without its layer; with the age. Immutable.
/// </summary>
/// <remarks>a = softmax over the history of V[item]·q + b[age];  pooled = √n·Σ a·V[item] of n items, so that all alike are the mean's Σ
/// V[item]/√n.</remarks>
/// <param name="Query">[1, d], q.</param>
/// <param name="Ages">[1, history length], b; the last item has age 0.</param>
internal sealed record HistoryAttention(Matrix Query, Matrix Ages)
{
    /// <summary>Adds √n·a for each item to the row that is being filled.</summary>
    /// <param name="table">[columns, d]</param>
    /// <param name="columns">[n] of the items, the last one last; at most as many as there are ages.</param>
    public void Add(Matrix table, ReadOnlySpan<int> columns, FactorizationBlock block)
    {
        var weights = new float[columns.Length];
        float most = float.NegativeInfinity, sum = 0;
        for (int n = 0; n < weights.Length; n++)
        {
            weights[n] = Kernels.Dot(table.Row(columns[n]), Query.Row(0)) + Ages.Row(0)[weights.Length - 1 - n];
            most = MathF.Max(most, weights[n]);
        }
        foreach (ref float weight in weights.AsSpan()) sum += weight = MathF.Exp(weight - most);
        for (int n = 0; n < weights.Length; n++) block.Add(columns[n], weights[n] / sum * MathF.Sqrt(weights.Length));
    }

    public void Save(TensorWriter writer)
    {
        writer.Add("attention.query", Query);
        writer.Add("attention.ages", Ages);
    }

    /// <returns>Null where all items of a history count alike.</returns>
    public static HistoryAttention? Load(TensorFile file) =>
        file.Contains("attention.query") ? new(file.Matrix("attention.query"), file.Matrix("attention.ages")) : null;
}
