using Kindred.Numerics;
using Kindred.Numerics.Sparse;

namespace Kindred.Models.Graphs;

/// <summary>Users and items, joined by what was touched: spreads embeddings along the edges.</summary>
/// <remarks>
/// LightGCN's layer k + 1 is Â·X(k), Â = D^−½·A·D^−½ of the degrees D. With Z = D^−½·X it is Z(k + 1) = D⁻¹·A·Z(k), the mean of the
/// neighbours, so that no edge needs a number. The result, S·X with S = (1 + Â + … + Â^K) / (K + 1), is linear, and S is symmetric:
/// gradients by X are S times the gradients by the result. Forward and backward pass are one method.
/// Cost of a pass: 2·K·edges·d additions. Memory: three more matrices of the embeddings' size.
/// </remarks>
internal sealed class BipartiteGraph
{
    private const int BlockRows = 512;

    private readonly SparseMatrix _byUser, _byItem;
    private readonly int _layers, _workers;
    private readonly CancellationToken _cancellation;
    private NodeMatrix? _current, _next;

    public BipartiteGraph(Interactions interactions, int layers, TrainingContext context)
    {
        (_byUser, _byItem, _layers) = (interactions.ByUser, interactions.ByItem, layers);
        (_workers, _cancellation) = (context.Workers, context.Cancellation);
    }

    /// <summary>y ← S·x</summary>
    public void Spread(NodeMatrix x, NodeMatrix y)
    {
        _current ??= x.Alike();
        _next ??= x.Alike();
        Start(_byUser, x.Users, _current.Users, y.Users);
        Start(_byItem, x.Items, _current.Items, y.Items);
        for (int layer = 1; layer <= _layers; layer++)
        {
            Step(_byUser, _current.Items, _next.Users, y.Users);
            Step(_byItem, _current.Users, _next.Items, y.Items);
            (_current, _next) = (_next, _current);
        }
        ForEachRow(_byUser, y.Users, (degree, row) => Scale(row, MathF.Sqrt(degree) / (_layers + 1)));
        ForEachRow(_byItem, y.Items, (degree, row) => Scale(row, MathF.Sqrt(degree) / (_layers + 1)));
    }

    /// <returns>
    /// [items, d]: D^−½·(1 + Â + … + Â^(K − 1))·X / (K + 1) of the items. Summed over a history and divided by the root of its length it is
    /// the embedding of a user with that history whose own first embedding is zero.
    /// </returns>
    public Matrix FoldIn(NodeMatrix x)
    {
        var sum = x.Alike();
        new BipartiteGraph(this, _layers - 1).Spread(x, sum);
        ForEachRow(_byItem, sum.Items, (degree, row) => Scale(row, _layers / ((_layers + 1) * MathF.Sqrt(degree))));
        return sum.Items;
    }

    private BipartiteGraph(BipartiteGraph other, int layers) =>
        (_byUser, _byItem, _layers, _workers, _cancellation) = (other._byUser, other._byItem, layers, other._workers, other._cancellation);

    // z ← D^−½·x, sum ← z
    private void Start(SparseMatrix edges, Matrix x, Matrix z, Matrix sum)
    {
        x.Values.CopyTo(z.Values);
        ForEachRow(edges, z, (degree, row) => Scale(row, 1 / MathF.Sqrt(degree)));
        z.Values.CopyTo(sum.Values);
    }

    // z ← means of the other side's rows, sum ← sum + z
    private void Step(SparseMatrix edges, Matrix others, Matrix z, Matrix sum) =>
        Blocks.ForEach(z.Rows, BlockRows, _workers, (first, end) =>
    {
        NeighbourMeans.Apply(edges, others, z, first, end);
        for (int row = first; row < end; row++) Kernels.AddScaled(1, z.Row(row), sum.Row(row));
    }, _cancellation);

    // a node without edges counts as if it had one
    private void ForEachRow(SparseMatrix edges, Matrix x, RowBody body) => Blocks.ForEach(x.Rows, BlockRows, _workers, (first, end) =>
    {
        for (int row = first; row < end; row++) body(Math.Max(1, edges.Row(row).Length), x.Row(row));
    }, _cancellation);

    private delegate void RowBody(int degree, Span<float> row);

    private static void Scale(Span<float> values, float factor)
    {
        foreach (ref float value in values) value *= factor;
    }
}

/// <summary>A row for every user and every item.</summary>
/// <param name="Users">[users, d]</param>
/// <param name="Items">[items, d]</param>
internal sealed record NodeMatrix(Matrix Users, Matrix Items)
{
    public NodeMatrix(int users, int items, int d) : this(new Matrix(users, d), new Matrix(items, d)) { }

    /// <returns>Zeros of the same size.</returns>
    public NodeMatrix Alike() => new(Users.Rows, Items.Rows, Users.Columns);

    public void Clear()
    {
        Users.Values.Span.Clear();
        Items.Values.Span.Clear();
    }
}
