using Kindred.Numerics;

namespace Kindred.Reranking.Diversity;

/// <summary>The cosine of the angle between two items' embeddings.</summary>
/// <remarks>Cost: d multiply-adds a pair. An item without embedding — a row that is zero or not finite, or no row — is like no other:
/// 0.</remarks>
internal sealed class EmbeddingSimilarity : IItemSimilarity
{
    private readonly Matrix _embeddings;
    private readonly float[] _scales; // [items], 1 / length; 0: unknown

    /// <param name="embeddings">[items, d]</param>
    public EmbeddingSimilarity(Matrix embeddings)
    {
        _embeddings = embeddings;
        _scales = new float[embeddings.Rows];
        for (int item = 0; item < _scales.Length; item++)
        {
            float square = Kernels.Dot(embeddings.Row(item), embeddings.Row(item));
            _scales[item] = square > 0 && float.IsFinite(square) ? 1 / MathF.Sqrt(square) : 0;
        }
    }

    public float Lowest => -1;

    public void Compare(int item, ReadOnlySpan<int> others, Span<float> similarities)
    {
        float scale = ScaleOf(item);
        for (int n = 0; n < others.Length; n++)
        {
            float other = ScaleOf(others[n]);
            similarities[n] = scale * other == 0
                ? 0
                : Math.Clamp(Kernels.Dot(_embeddings.Row(item), _embeddings.Row(others[n])) * scale * other, -1, 1);
        }
    }

    private float ScaleOf(int item) => (uint)item < (uint)_scales.Length ? _scales[item] : 0;
}
