using Kindred.Data;
using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Numerics.Sparse;
using Kindred.Storage;

namespace Kindred.Models.Features;

/// <summary>
/// From the attributes of items to the factors that a model learned: ridge regression on the items with events, for those without.
/// Z. Gantner, L. Drumond, C. Freudenthaler, S. Rendle, L. Schmidt-Thieme, "Learning Attribute-to-Feature Mappings for Cold-Start
/// Recommendations", ICDM 2010, the linear map; weighted by events. Immutable.
/// </summary>
/// <remarks>
///   minimize over W  Σ items with events n(i)/n̄·|y(i) − Wᵀ·f(i)|² + λ·|W|²;  for the others  ŷ(i) = Wᵀ·f(i)
/// y(i): factors of length d; n(i): users of the item, n̄ their mean; f(i): labels by inverse frequency, of length 1 together, numbers in
/// standard deviations, those of a vector over √d, and a 1. λ is that of <see cref="Ridges"/> with the least weighted squared error on a
/// tenth of the items, which are drawn at random and held out for it; W is learned from all of them. Cost: (number of λ + 1)·columns³
/// flops, Σ over items of (features of the item)²; memory: 2·columns² bytes.
/// </remarks>
/// <param name="weights">[columns + 1, d]: W, at last that of the 1.</param>
internal sealed class AttributeMap(FeatureSpace space, Matrix weights)
{
    /// <summary>Columns beyond so many, of the rarest labels, say nothing.</summary>
    internal const int MostColumns = 10_000;

    /// <summary>λ that are tried; an item with the mean of users weighs 1.</summary>
    internal static readonly float[] Ridges = [0.1f, 0.3f, 1, 3, 10, 30, 100];

    private const int HeldOut = 10;

    /// <param name="features">Names as in <see cref="FeatureNames.Resolve"/>, of items alone, without the id.</param>
    /// <param name="factors">[items, d]</param>
    /// <param name="users">[items], how many each has; those without are not learned from.</param>
    /// <returns>Null where no feature is known of an item that has events.</returns>
    /// <exception cref="InputException">No such features, or features of something else.</exception>
    public static AttributeMap? Fit(string features, Interactions data, Matrix factors, ReadOnlySpan<int> users, TrainingContext context)
    {
        var space = FeatureSpace.Of(features, 0, data, null, out long[] frequencies, rareLabels: true).Limited(MostColumns, frequencies);
        if (space.Fields.FirstOrDefault(field => field.Source != FeatureSource.ItemAttribute) is { } other)
            throw new InputException(
                $"Factors of items without events come from attributes of items, such as item.*; leave the feature {other.Name} out.");
        var regression = new Regression(space.ItemRows(data.ItemAttributes), space.Columns, factors, users);
        int[] items = regression.Items;
        if (items.Length == 0) return null;
        new Rng((ulong)context.Seed).Fork("attribute map").Shuffle<int>(items);
        int[] heldOut = items[..(items.Length / HeldOut)], others = items[heldOut.Length..];
        float best = heldOut.Length == 0 ? 1
            : Ridges.Zip(regression.Solve(others, Ridges, context)).Where(tried => tried.Second is not null)
                .Select(tried => (Ridge: tried.First, Error: regression.Error(tried.Second!, heldOut)))
                .DefaultIfEmpty((Ridge: Ridges[^1], Error: 0)).MinBy(tried => tried.Error).Ridge;
        Array.Sort(items);
        return new(space, regression.Solve(items, [.. Ridges.Where(ridge => ridge >= best)], context).FirstOrDefault(w => w is not null)
            ?? throw new InputException("The attributes are too large for a regression; standardize them, or leave some out."));
    }

    /// <summary>Gives factors to the items that have none, where something is known of them.</summary>
    /// <param name="users">[items]; what has users keeps its factors.</param>
    public void Fill(Matrix factors, Catalog attributes, ReadOnlySpan<int> users)
    {
        var rows = space.ItemRows(attributes);
        for (int item = 0; item < factors.Rows; item++)
            if (users[item] == 0) Embed(rows, item, factors.Row(item));
    }

    /// <returns>[rows, d]: what the attributes say; zero where they say nothing.</returns>
    public Matrix Embed(Catalog attributes)
    {
        var rows = space.ItemRows(attributes);
        var embeddings = new Matrix(rows.Count, weights.Columns);
        for (int row = 0; row < rows.Count; row++) Embed(rows, row, embeddings.Row(row));
        return embeddings;
    }

    public void Save(TensorWriter writer)
    {
        space.Save(writer);
        writer.Add("attributeMap", weights);
    }

    /// <returns>Null where none was saved.</returns>
    public static AttributeMap? Load(TensorFile file)
    {
        if (!file.Contains("attributeMap")) return null;
        var weights = file.Matrix("attributeMap");
        return new(FeatureSpace.Load(file, weights.Rows - 1), weights);
    }

    private void Embed(FeatureRows rows, int row, Span<float> embedding)
    {
        embedding.Clear();
        if (rows.ColumnsOf(row).IsEmpty) return;
        GatheredRows.AddSum(weights, rows.ColumnsOf(row), rows.ValuesOf(row), embedding);
        Kernels.AddScaled(1, weights.Row(weights.Rows - 1), embedding);
    }

    /// <summary>The least-squares problem, for any part of the items.</summary>
    private sealed class Regression
    {
        private readonly FeatureRows _rows;
        private readonly Matrix _factors;
        private readonly float[] _weights; // [items], n(i)/n̄
        private readonly int _columns; // that of the 1 among them

        public Regression(FeatureRows rows, int columns, Matrix factors, ReadOnlySpan<int> users)
        {
            (_rows, _columns, _factors, _weights) = (rows, columns + 1, factors, new float[users.Length]);
            List<int> items = [];
            double sum = 0;
            for (int item = 0; item < users.Length; item++)
            {
                if (users[item] == 0 || rows.ColumnsOf(item).IsEmpty) continue;
                items.Add(item);
                sum += users[item];
            }
            Items = [.. items];
            foreach (int item in items) _weights[item] = (float)(users[item] * items.Count / sum);
        }

        /// <summary>Those with events and features.</summary>
        public int[] Items { get; }

        /// <returns>
        /// [columns, d] for each λ: W = (FᵀNF + λI)⁻¹·FᵀNY; null where λ is too small to tell columns apart in single precision.
        /// </returns>
        public IEnumerable<Matrix?> Solve(int[] items, IReadOnlyList<float> ridges, TrainingContext context)
        {
            using var gram = new TiledSymmetric(_columns);
            SparseProduct.AddTo(gram, ByColumn(items), context.Workers, context.Cancellation);
            var right = RightSide(items);
            foreach (float ridge in ridges) yield return Solve(gram, ridge, right, context);
        }

        private static Matrix? Solve(TiledSymmetric gram, float ridge, Matrix right, TrainingContext context)
        {
            using var matrix = gram.Copy();
            matrix.AddToDiagonal(ridge);
            if (!SymmetricInverse.TryNegate(matrix, context.Workers, null, context.Cancellation)) return null;
            var solution = new Matrix(right.Rows, right.Columns);
            Blocks.ForEach(right.Rows, TiledSymmetric.Edge, context.Workers, () => new Matrix(TiledSymmetric.Edge, right.Rows),
                (tileRow, first, end, rows) =>
                {
                    matrix.CopyTileRow(tileRow, rows);
                    for (int row = first; row < end; row++)
                    {
                        GatheredRows.AddRows(right, rows.Row(row - first), solution.Row(row));
                        foreach (ref float value in solution.Row(row)) value = -value;
                    }
                }, context.Cancellation);
            return solution;
        }

        /// <returns>Σ n(i)·|y(i) − Wᵀ·f(i)|²</returns>
        public double Error(Matrix solution, int[] items)
        {
            double error = 0;
            var difference = new float[_factors.Columns];
            foreach (int item in items)
            {
                solution.Row(_columns - 1).CopyTo(difference);
                GatheredRows.AddSum(solution, _rows.ColumnsOf(item), _rows.ValuesOf(item), difference);
                Kernels.AddScaled(-1, _factors.Row(item), difference);
                error += _weights[item] * Kernels.Dot(difference, difference);
            }
            return error;
        }

        // [columns, items]: √n·f, transposed
        private SparseMatrix ByColumn(int[] items)
        {
            var entries = new List<(int, int, float)>();
            for (int n = 0; n < items.Length; n++)
            {
                float root = MathF.Sqrt(_weights[items[n]]);
                var columns = _rows.ColumnsOf(items[n]);
                for (int e = 0; e < columns.Length; e++) entries.Add((columns[e], n, root * _rows.ValuesOf(items[n])[e]));
                entries.Add((_columns - 1, n, root));
            }
            return SparseMatrix.FromTriplets(_columns, items.Length, entries);
        }

        // [columns, d]: FᵀNY
        private Matrix RightSide(int[] items)
        {
            var right = new Matrix(_columns, _factors.Columns);
            foreach (int item in items)
            {
                var columns = _rows.ColumnsOf(item);
                for (int e = 0; e < columns.Length; e++)
                    Kernels.AddScaled(_weights[item] * _rows.ValuesOf(item)[e], _factors.Row(item), right.Row(columns[e]));
                Kernels.AddScaled(_weights[item], _factors.Row(item), right.Row(_columns - 1));
            }
            return right;
        }
    }
}
