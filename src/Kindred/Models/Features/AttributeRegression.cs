using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Numerics.Sparse;

namespace Kindred.Models.Features;

/// <summary>
/// Learns <see cref="AttributeMap"/>s of one training run. What they are solved with depends on attributes alone, so a map for the
/// model of an epoch costs no new inverse after the first.
/// </summary>
/// <remarks>
/// Cost of a map at last: (number of λ + 1)·columns³ flops, Σ over items of (features of the item)²; of one between: columns²·d.
/// Memory: 2·columns² bytes, twice that while epochs are looked at.
/// </remarks>
internal sealed class AttributeRegression : IDisposable
{
    private const int HeldOut = 10;

    private readonly FeatureSpace _space;
    private readonly FeatureRows _rows;
    private readonly TrainingContext _context;
    private readonly float[] _weights; // [items], n(i)/n̄
    private readonly int[] _items; // those with events and features, in order
    private readonly int _columns; // that of the 1 among them
    private TiledSymmetric? _kept; // the inverse that the first look used

    private AttributeRegression(FeatureSpace space, FeatureRows rows, ReadOnlySpan<int> users, TrainingContext context)
    {
        (_space, _rows, _context, _columns, _weights) = (space, rows, context, space.Columns + 1, new float[users.Length]);
        List<int> items = [];
        double sum = 0;
        for (int item = 0; item < users.Length; item++)
        {
            if (users[item] == 0 || rows.ColumnsOf(item).IsEmpty) continue;
            items.Add(item);
            sum += users[item];
        }
        _items = [.. items];
        foreach (int item in items) _weights[item] = (float)(users[item] * items.Count / sum);
    }

    /// <param name="features">Names as in <see cref="FeatureNames.Resolve"/>, of items alone, without the id; empty: none.</param>
    /// <param name="users">[items], how many each has; those without are not learned from.</param>
    /// <returns>Null where no feature is named, or known of an item that has events.</returns>
    /// <exception cref="InputException">No such features, or features of something else.</exception>
    public static AttributeRegression? For(string features, Interactions data, ReadOnlySpan<int> users, TrainingContext context)
    {
        if (features.Length == 0) return null;
        var space = FeatureSpace.Of(features, 0, data, null, out long[] frequencies, rareLabels: true)
            .Limited(AttributeMap.MostColumns, frequencies);
        if (space.Fields.FirstOrDefault(field => field.Source != FeatureSource.ItemAttribute) is { } other)
            throw new InputException(
                $"Factors of items without events come from attributes of items, such as item.*; leave the feature {other.Name} out.");
        var regression = new AttributeRegression(space, space.ItemRows(data.ItemAttributes), users, context);
        return regression._items.Length > 0 ? regression : null;
    }

    /// <summary>The map of the factors that training came to.</summary>
    /// <param name="factors">[items, d]</param>
    public AttributeMap Learn(Matrix factors)
    {
        float best = BestRidge(factors);
        var right = RightSide(_items, factors);
        float[] ridges = [.. AttributeMap.Ridges.Where(ridge => ridge >= best)];
        return new(_space, Solutions(_items, right, ridges).FirstOrDefault(w => w is not null) ?? throw TooLarge());
    }

    /// <summary>The map of the factors of an epoch, to look at its model: λ is the best at the first look.</summary>
    /// <param name="factors">[items, d]</param>
    public AttributeMap LearnBetween(Matrix factors)
    {
        if (_kept is null)
        {
            float best = BestRidge(factors);
            using var gram = GramOf(_items);
            _kept = AttributeMap.Ridges.Where(ridge => ridge >= best).Select(ridge => Inverse(gram, ridge))
                .FirstOrDefault(inverse => inverse is not null) ?? throw TooLarge();
        }
        return new(_space, Product(_kept, RightSide(_items, factors)));
    }

    public void Dispose() => _kept?.Dispose();

    private static InputException TooLarge() =>
        new("The attributes are too large for a regression; standardize them, or leave some out.");

    // the λ with the least error on the items that are held out for it
    private float BestRidge(Matrix factors)
    {
        int[] shuffled = [.. _items];
        new Rng((ulong)_context.Seed).Fork("attribute map").Shuffle<int>(shuffled);
        int[] heldOut = shuffled[..(shuffled.Length / HeldOut)], others = shuffled[heldOut.Length..];
        if (heldOut.Length == 0) return 1;
        return AttributeMap.Ridges.Zip(Solutions(others, RightSide(others, factors), AttributeMap.Ridges))
            .Where(tried => tried.Second is not null)
            .Select(tried => (Ridge: tried.First, Error: Error(tried.Second!, heldOut, factors)))
            .DefaultIfEmpty((Ridge: AttributeMap.Ridges[^1], Error: 0)).MinBy(tried => tried.Error).Ridge;
    }

    /// <returns>
    /// [columns, d] for each λ: W = (FᵀNF + λI)⁻¹·FᵀNY; null where λ is too small to tell columns apart in single precision.
    /// </returns>
    private IEnumerable<Matrix?> Solutions(int[] items, Matrix right, IReadOnlyList<float> ridges)
    {
        using var gram = GramOf(items);
        foreach (float ridge in ridges)
        {
            using var inverse = Inverse(gram, ridge);
            yield return inverse is null ? null : Product(inverse, right);
        }
    }

    private TiledSymmetric GramOf(int[] items)
    {
        var gram = new TiledSymmetric(_columns);
        SparseProduct.AddTo(gram, ByColumn(items), _context.Workers, _context.Cancellation);
        return gram;
    }

    /// <returns>−(FᵀNF + λI)⁻¹; null: there is none in single precision.</returns>
    private TiledSymmetric? Inverse(TiledSymmetric gram, float ridge)
    {
        var matrix = gram.Copy();
        matrix.AddToDiagonal(ridge);
        if (SymmetricInverse.TryNegate(matrix, _context.Workers, null, _context.Cancellation)) return matrix;
        matrix.Dispose();
        return null;
    }

    private Matrix Product(TiledSymmetric negative, Matrix right)
    {
        var solution = new Matrix(right.Rows, right.Columns);
        Blocks.ForEach(right.Rows, TiledSymmetric.Edge, _context.Workers, () => new Matrix(TiledSymmetric.Edge, right.Rows),
            (tileRow, first, end, rows) =>
            {
                negative.CopyTileRow(tileRow, rows);
                for (int row = first; row < end; row++)
                {
                    GatheredRows.AddRows(right, rows.Row(row - first), solution.Row(row));
                    foreach (ref float value in solution.Row(row)) value = -value;
                }
            }, _context.Cancellation);
        return solution;
    }

    // Σ n(i)·|y(i) − Wᵀ·f(i)|²
    private double Error(Matrix solution, int[] items, Matrix factors)
    {
        double error = 0;
        var difference = new float[factors.Columns];
        foreach (int item in items)
        {
            solution.Row(_columns - 1).CopyTo(difference);
            GatheredRows.AddSum(solution, _rows.ColumnsOf(item), _rows.ValuesOf(item), difference);
            Kernels.AddScaled(-1, factors.Row(item), difference);
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
    private Matrix RightSide(int[] items, Matrix factors)
    {
        var right = new Matrix(_columns, factors.Columns);
        foreach (int item in items)
        {
            var columns = _rows.ColumnsOf(item);
            for (int e = 0; e < columns.Length; e++)
                Kernels.AddScaled(_weights[item] * _rows.ValuesOf(item)[e], factors.Row(item), right.Row(columns[e]));
            Kernels.AddScaled(_weights[item], factors.Row(item), right.Row(_columns - 1));
        }
        return right;
    }
}
