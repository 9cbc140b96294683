using Kindred.Numerics;

namespace Kindred.Ranking;

/// <summary>How near an item is to a history, by the cosine of embeddings.</summary>
/// <param name="embeddings">[items, d]; a row that is zero or not finite is of an item that nothing is known of.</param>
internal sealed class HistorySimilarity(Matrix embeddings)
{
    // 1 / length; 0: unknown
    private readonly float[] _scales = [.. Enumerable.Range(0, embeddings.Rows).Select(item => ScaleOf(embeddings.Row(item)))];

    /// <param name="history">Its mean direction is compared with; give one item to compare with that.</param>
    /// <returns>The cosine; NaN where the item, or all of the history, is unknown.</returns>
    public FeatureValue To(ReadOnlySpan<int> history)
    {
        var mean = new float[embeddings.Columns];
        foreach (int item in history)
            if (ScaleOf(item) is > 0 and var scale) Kernels.AddScaled(scale, embeddings.Row(item), mean);
        float unit = ScaleOf(mean);
        return (candidates, place) => unit * ScaleOf(candidates.Items[place]) is not 0 and var scale
            ? Math.Clamp(scale * Kernels.Dot(mean, embeddings.Row(candidates.Items[place])), -1, 1) : float.NaN;
    }

    private float ScaleOf(int item) => (uint)item < (uint)_scales.Length ? _scales[item] : 0;

    private static float ScaleOf(ReadOnlySpan<float> vector)
    {
        float square = Kernels.Dot(vector, vector);
        return square > 0 && float.IsFinite(square) ? 1 / MathF.Sqrt(square) : 0;
    }
}
