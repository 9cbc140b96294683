using System.ComponentModel.DataAnnotations;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Graphs;
using Kindred.Numerics;
using Kindred.Numerics.Sparse;
using Kindred.Storage;

namespace Kindred;

/// <summary>
/// A filter of signals on the graph of users and items: what a user touched is smoothed along the edges, and sharpened again.
/// Y. Shen et al., "How Powerful is Graph Convolution for Recommendation?", CIKM 2021 (GF-CF: smoothing alone); J. Choi et al.,
/// "Blurring-Sharpening Process Models for Collaborative Filtering", SIGIR 2023 (BSPM, with early merge).
/// </summary>
/// <remarks>
///   x [items] is 1 where the user had the item; P = D^−½·Aᵀ·E⁻¹·A·D^−½ of the edges A [users, items] and the degrees D of items, E of
///   users; U [items, Dimensions]: the smoothest signals, see <see cref="SmoothSignals"/>
///   smoothed = P·x + LowPass·D^½·U·Uᵀ·D^−½·x
///   score = smoothed·(1 − T·P + T²/2·P² − T³/6·P³ + T⁴/24·P⁴), T = Sharpening: one step of Runge and Kutta along dx/dt = −P·x
/// With z = D^−½·x, P is the walk W from items to users and back: a mean over neighbours, twice, so that no edge needs a number.
/// Training finds the signals and no more. A score costs ten passes over all edges, or two with Sharpening 0: the model has all edges, and
/// a history that it never saw is filtered as any other. Memory: 16 bytes an edge.
/// </remarks>
public sealed record GraphFilter : ITrainer
{
    /// <summary>How many of the smoothest signals LowPass lets through; 0: none.</summary>
    [Range(0, int.MaxValue)]
    public int Dimensions { get; init; } = 128;

    /// <summary>How much the smoothest signals count beside what items share users with.</summary>
    [Range(0, double.MaxValue)]
    public float LowPass { get; init; } = 1;

    /// <summary>T: how much of the smoothing is taken back, most where it was strongest; 0: none.</summary>
    [Range(0, double.MaxValue)]
    public float Sharpening { get; init; }

    public TrainerSummary Summary => new(
        "graph-filter", "the history, smoothed over the graph of users and items", "users who share items",
        "20 · interactions · dimensions; answers cost more", Capabilities.Personal | Capabilities.Explains);

    internal static SearchSpace Space { get; } = SearchSpace.Of<GraphFilter>(
        null, ("dimensions", "32..512:log"), ("lowPass", "0.03..3:log"), ("sharpening", "0..3"));

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        OptionCheck.Check(this);
        var (byUser, byItem) = (interactions.ByUser, interactions.ByItem);
        int dimensions = LowPass == 0 ? 0 : Dimensions;
        TableSize.Check(Math.Max(1, dimensions), interactions, copies: 3);
        return new Model(interactions.Items, this, byUser, byItem, SmoothSignals.Of(byUser, byItem, dimensions, context));
    }

    internal static IModel Load(TensorFile file, Vocabulary items)
    {
        var trainer = TrainerOptions.Load<GraphFilter>(file);
        var starts = file.Array<int>("starts");
        var edges = file.Array<int>("items");
        var byUser = new SparseMatrix(starts.Length - 1, items.Count, starts, edges, new float[edges.Length]);
        return new Model(items, trainer, byUser, byUser.Transpose(), file.Matrix("signals"));
    }

    /// <param name="signals">[items, dimensions]: U</param>
    private sealed class Model(Vocabulary items, GraphFilter options, SparseMatrix byUser, SparseMatrix byItem, Matrix signals)
        : IExplainableModel
    {
        private const int Order = 4; // of the method of Runge and Kutta

        private readonly ScratchPool<Scratch> _scratch = new(() => new(byUser.Rows, byItem.Rows, signals.Columns));

        public Vocabulary Items => items;

        public void Score(in Query query, Span<float> scores)
        {
            using var lease = _scratch.Take();
            Span<float> z = lease.Scratch.Signal, smoothed = lease.Scratch.Sum;
            z.Clear();
            foreach (int item in query.ToSparseRow(items.Count).Row(0).Columns)
                if (DegreeOf(item) is > 0 and var degree) z[item] = 1 / MathF.Sqrt(degree);
            LetThrough(z, lease.Scratch, smoothed);
            Walk(lease.Scratch);
            Kernels.AddScaled(1, z, smoothed);
            Sharpen(lease.Scratch);
            for (int item = 0; item < scores.Length; item++)
                scores[item] = smoothed[item] == 0 ? float.NaN : MathF.Sqrt(DegreeOf(item)) * smoothed[item];
        }

        /// <summary>The filter is linear: run backwards from the item, it says what each item of a history brings. Events of the same item
        /// share that equally.</summary>
        public void Explain(in Query query, int item, Span<float> contributions)
        {
            contributions.Clear();
            if (DegreeOf(item) == 0) return;
            using var lease = _scratch.Take();
            Span<float> z = lease.Scratch.Signal, sum = lease.Scratch.Sum, brings = new float[items.Count];
            sum.Clear();
            sum[item] = 1 / MathF.Sqrt(DegreeOf(item));
            Sharpen(lease.Scratch); // backwards W is D·W·D⁻¹
            for (int other = 0; other < z.Length; other++) z[other] = DegreeOf(other) * sum[other];
            LetThrough(z, lease.Scratch, brings);
            sum.CopyTo(z);
            Walk(lease.Scratch);
            var history = query.History.Span;
            var liked = query.Liked.Span;
            for (int n = 0; n < history.Length; n++)
            {
                int degree = DegreeOf(history[n]);
                if (!query.IsLiked(n) || degree == 0) continue;
                contributions[n] =
                    ((degree * z[history[n]]) + brings[history[n]]) / (MathF.Sqrt(degree) * liked.Count(history[n]));
            }
        }

        public void Save(TensorWriter writer)
        {
            TrainerOptions.Save(writer, options);
            writer.Add("starts", byUser.Starts);
            writer.Add("items", byUser.Indices);
            writer.Add("signals", signals);
        }

        private int DegreeOf(int item) => byItem.Starts.Span[item + 1] - byItem.Starts.Span[item];

        // signal ← W·signal
        private void Walk(Scratch scratch)
        {
            NeighbourMeans.Apply(byUser, scratch.Items, scratch.Users, 0, byUser.Rows);
            NeighbourMeans.Apply(byItem, scratch.Users, scratch.Items, 0, byItem.Rows);
        }

        // y ← LowPass·U·Uᵀ·z
        private void LetThrough(ReadOnlySpan<float> z, Scratch scratch, Span<float> y)
        {
            y.Clear();
            if (signals.Columns == 0) return;
            var parts = scratch.Parts;
            Array.Clear(parts);
            for (int item = 0; item < z.Length; item++)
                if (z[item] != 0) Kernels.AddScaled(options.LowPass * z[item], signals.Row(item), parts);
            Kernels.Multiply(signals, parts, y);
        }

        // sum ← (1 − T·W + T²/2·W² − …)·sum
        private void Sharpen(Scratch scratch)
        {
            if (options.Sharpening == 0) return;
            scratch.Sum.CopyTo(scratch.Signal);
            for (int order = 1; order <= Order; order++)
            {
                Walk(scratch);
                foreach (ref float value in scratch.Signal) value *= -options.Sharpening / order;
                Kernels.AddScaled(1, scratch.Signal, scratch.Sum);
            }
        }
    }

    /// <summary>What one query needs.</summary>
    private sealed class Scratch(int users, int items, int dimensions)
    {
        /// <summary>[users, 1]</summary>
        public Matrix Users { get; } = new(users, 1);

        /// <summary>[items, 1]</summary>
        public Matrix Items { get; } = new(items, 1);

        /// <summary>[items]: the same.</summary>
        public Span<float> Signal => Items.Values.Span;

        private readonly float[] _sum = new float[items];

        /// <summary>[items]</summary>
        public Span<float> Sum => _sum;

        /// <summary>[dimensions]</summary>
        public float[] Parts { get; } = new float[dimensions];
    }
}
