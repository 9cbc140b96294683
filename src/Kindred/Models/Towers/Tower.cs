using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Models.Towers;

/// <summary>From a bag of features to an embedding: y = s + W₂·max(0, W₁·s + b₁) + b₂ of the sum s, then y / |y|. Immutable.</summary>
/// <param name="In">[h, d], W₁.</param>
/// <param name="InBias">[1, h], b₁.</param>
/// <param name="Out">[d, h], W₂.</param>
/// <param name="OutBias">[1, d], b₂.</param>
internal sealed record Tower(Matrix In, Matrix InBias, Matrix Out, Matrix OutBias)
{
    /// <param name="table">[columns, d]</param>
    /// <param name="columns">[features]; at least one.</param>
    /// <param name="values">[features]</param>
    /// <param name="hidden">[h], scratch.</param>
    /// <param name="embedding">[d], overwritten.</param>
    public void Embed(Matrix table, ReadOnlySpan<int> columns, ReadOnlySpan<float> values, Span<float> hidden, Span<float> embedding)
    {
        Span<float> sum = new float[table.Columns];
        GatheredRows.AddSum(table, columns, values, sum);
        Kernels.Multiply(In, sum, hidden);
        Kernels.AddScaled(1, InBias.Row(0), hidden);
        foreach (ref float value in hidden) value = MathF.Max(0, value);
        Kernels.Multiply(Out, hidden, embedding);
        Kernels.AddScaled(1, OutBias.Row(0), embedding);
        Kernels.AddScaled(1, sum, embedding);
        float length = MathF.Sqrt(Kernels.Dot(embedding, embedding));
        if (length > 0) foreach (ref float value in embedding) value /= length;
    }
}
