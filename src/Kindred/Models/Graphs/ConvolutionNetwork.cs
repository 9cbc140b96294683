using Kindred.Models.Features;
using Kindred.Models.Sgd;
using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Models.Graphs;

/// <summary>W·x + b.</summary>
/// <param name="Weights">[outputs, inputs]</param>
/// <param name="Bias">[1, outputs]</param>
internal sealed record Dense(Matrix Weights, Matrix Bias)
{
    /// <summary>y ← W·x + b</summary>
    public void Apply(ReadOnlySpan<float> x, Span<float> y)
    {
        Kernels.Multiply(Weights, x, y);
        Kernels.AddScaled(1, Bias.Row(0), y);
    }

    /// <summary>y ← max(0, W·x + b)</summary>
    public void ApplyRectified(ReadOnlySpan<float> x, Span<float> y)
    {
        Apply(x, y);
        foreach (ref float value in y) value = MathF.Max(0, value);
    }
}

/// <summary>
/// A layer of PinSage, its algorithm 1: n(u) = Σ neighbours v: α(u, v)·max(0, Q·h(v) + q), h'(u) = max(0, W·[h(u); n(u)] + w), of length 1.
/// </summary>
/// <param name="Neighbour">[m, d], Q.</param>
/// <param name="Own">[d, d + m], W.</param>
internal sealed record Convolution(Dense Neighbour, Dense Own)
{
    private const int BlockRows = 256;

    /// <returns>[nodes, d]</returns>
    /// <param name="h">[nodes, d]</param>
    /// <param name="neighbours">[nodes, nodes], α.</param>
    public Matrix Apply(Matrix h, SparseMatrix neighbours, int workers, CancellationToken cancellation)
    {
        int d = h.Columns, m = Neighbour.Weights.Rows;
        Matrix messages = new(h.Rows, m), next = new(h.Rows, d);
        Blocks.ForEach(h.Rows, BlockRows, workers, (first, end) =>
        {
            for (int node = first; node < end; node++) Neighbour.ApplyRectified(h.Row(node), messages.Row(node));
        }, cancellation);
        Blocks.ForEach(h.Rows, BlockRows, workers, (first, end) =>
        {
            var both = new float[d + m];
            for (int node = first; node < end; node++)
            {
                h.Row(node).CopyTo(both);
                both.AsSpan(d).Clear();
                var row = neighbours.Row(node);
                GatheredRows.AddSum(messages, row.Columns, row.Values, both.AsSpan(d));
                Own.ApplyRectified(both, next.Row(node));
                SgdModel.Normalize(next.Row(node));
            }
        }, cancellation);
        return next;
    }
}

/// <summary>
/// From features and neighbours to embeddings: x(u) the sum of the features, h = x through the layers, z(u) = x(u) + G₂·max(0, G₁·h(u) +
/// g₁) + g₂, then z / |z|. Immutable.
/// </summary>
/// <param name="Table">[columns, d] of all features.</param>
/// <param name="In">[m, d], G₁.</param>
/// <param name="Out">[d, m], G₂.</param>
internal sealed record ConvolutionNetwork(Matrix Table, IReadOnlyList<Convolution> Layers, Dense In, Dense Out)
{
    /// <returns>[nodes, d], of length 1; zero: a node without features and neighbours.</returns>
    /// <param name="rows">[nodes], features.</param>
    /// <param name="neighbours">[nodes, nodes], weights of each row sum to 1.</param>
    public Matrix Embed(FeatureRows rows, SparseMatrix neighbours, int workers, CancellationToken cancellation)
    {
        var x = new Matrix(rows.Count, Table.Columns);
        for (int node = 0; node < rows.Count; node++) GatheredRows.AddSum(Table, rows.ColumnsOf(node), rows.ValuesOf(node), x.Row(node));
        var h = x;
        foreach (var layer in Layers) h = layer.Apply(h, neighbours, workers, cancellation);

        var embeddings = new Matrix(rows.Count, Table.Columns);
        var hidden = new float[In.Weights.Rows];
        for (int node = 0; node < rows.Count; node++)
        {
            if (rows.ColumnsOf(node).IsEmpty && neighbours.Row(node).Length == 0) continue;
            var z = embeddings.Row(node);
            In.ApplyRectified(h.Row(node), hidden);
            Out.Apply(hidden, z);
            Kernels.AddScaled(1, x.Row(node), z);
            SgdModel.Normalize(z);
        }
        return embeddings;
    }
}
