using Kindred.Numerics;
using Kindred.Numerics.Sgd;

namespace Kindred.Models.Features;

/// <summary>
/// Learns a factorization machine of squared errors by coordinate descent, each coordinate solved exactly: never to a larger loss.
/// S. Rendle, "Factorization Machines with libFM", TIST 2012, §3.2 (its "ALS").
/// </summary>
/// <remarks>
///   minimize  ½·Σ rows (score − target)² + ½·λ0·w0² + ½·Σ columns penalty·(λw·w² + λv·|v|²)
/// An epoch solves w0, all w, then factor by factor the columns of all features. No row holds two labels of a feature with one label a row,
/// such as the user: its columns touch disjoint rows, so that threads share them without changing the result; a feature with many
/// labels a row is solved one column after another.
/// Cost of an epoch: 4·entries·d multiply-adds and as many gathered reads. Memory: 16 bytes for each entry, 8 for each row.
/// </remarks>
internal sealed class FactorizationDescent
{
    private const int BlockRows = 4096, BlockColumns = 32;

    private readonly FactorizationMachine _options;
    private readonly FactorizationTable _table;
    private readonly FactorizationBlock _rows = new();
    private readonly Memory<float> _pairs; // [rows, 2]: error, q
    private readonly int[] _starts, _holders; // [columns + 1], [entries]: the rows that hold each column
    private readonly float[] _values; // [entries]
    private readonly List<Part> _parts = [];
    private readonly float[] _penalties; // [columns], without λ

    /// <param name="penalties">[columns]: what λ of the column is multiplied by.</param>
    public FactorizationDescent(
        FactorizationMachine options, FactorizationData data, FeatureSpace space, FactorizationTable table, float[] penalties)
    {
        (_options, _table, _penalties) = (options, table, penalties);
        for (int e = 0; e < data.UserOf.Length; e++)
        {
            var row = data[e];
            data.AddQuery(row, withUser: true, _rows);
            data.AddItem(row.Item, withItem: true, _rows);
            _rows.End(row.Target, row.Weight);
        }
        _pairs = AlignedMemory.Allocate<float>(checked(2 * _rows.Count));
        (_starts, _holders, _values) = Transposed(_rows, table.Columns);
        foreach (var field in space.Fields) AddPart(field);
    }

    /// <returns>The loss after the epoch, a row.</returns>
    public double Run(TrainingContext context)
    {
        ResetErrors(context);
        SolveIntercept();
        foreach (var part in _parts) ForEachColumn(part, context, SolveWeight);
        var factor = new float[_table.Columns];
        for (int f = 0; f < _table.Dimensions; f++)
        {
            for (int column = 0; column < factor.Length; column++) factor[column] = _table.V.Row(column)[f];
            ResetSums(factor, context);
            foreach (var part in _parts) ForEachColumn(part, context, (column, ones) => SolveFactor(factor, column, ones));
            for (int column = 0; column < factor.Length; column++) _table.V.Row(column)[f] = factor[column];
        }
        return Loss() / Math.Max(1, _rows.Count);
    }

    /// <returns>What is minimized, by the errors as they are.</returns>
    private double Loss()
    {
        var pairs = _pairs.Span;
        double errors = 0, penalty = _options.InterceptRegularization * _table.Intercept * _table.Intercept;
        for (int row = 0; row < _rows.Count; row++) errors += (double)pairs[2 * row] * pairs[2 * row];
        for (int column = 0; column < _table.Columns; column++)
        {
            double w = _table.W(column), v = Kernels.Dot(_table.V.Row(column), _table.V.Row(column));
            penalty += _penalties[column] * ((_options.LinearRegularization * w * w) + (_options.Regularization * v));
        }
        return (errors + penalty) / 2;
    }

    private void SolveIntercept()
    {
        var pairs = _pairs.Span;
        double errors = 0;
        for (int row = 0; row < _rows.Count; row++) errors += pairs[2 * row];
        double best = ((_table.Intercept * _rows.Count) - errors) / (_rows.Count + (double)_options.InterceptRegularization);
        float step = (float)best - _table.Intercept;
        _table.Intercept = (float)best;
        for (int row = 0; row < _rows.Count; row++) pairs[2 * row] += step;
    }

    private void SolveWeight(int column, bool ones)
    {
        var held = Holders(column, ones);
        ref float weight = ref _table.W(column);
        weight = CoordinateSteps.Weight(_pairs.Span, held.Rows, held.Values, weight, _options.LinearRegularization * _penalties[column]);
    }

    private void SolveFactor(float[] factor, int column, bool ones)
    {
        var held = Holders(column, ones);
        factor[column] = CoordinateSteps.Factor(
            _pairs.Span, held.Rows, held.Values, factor[column], _options.Regularization * _penalties[column]);
    }

    private Column Holders(int column, bool ones)
    {
        var range = _starts[column].._starts[column + 1];
        return new(_holders.AsSpan(range), ones ? [] : _values.AsSpan(range));
    }

    private static void ForEachColumn(Part part, TrainingContext context, Action<int, bool> solve) =>
        Blocks.ForEach(part.Count, part.IsParallel ? BlockColumns : Math.Max(1, part.Count), context.Workers, (first, end) =>
        {
            for (int n = first; n < end; n++) solve(part.First + n, part.IsOnes);
        }, context.Cancellation);

    private void ResetErrors(TrainingContext context) =>
        Blocks.ForEach(_rows.Count, BlockRows, context.Workers, () => new float[_table.Dimensions],
        (_, first, end, sum) =>
        {
            var pairs = _pairs.Span;
            for (int row = first; row < end; row++)
            {
                var range = _rows.Starts[row].._rows.Starts[row + 1];
                float score = _table.Intercept + FactorizationSteps.Score(_table, _rows.Columns[range], _rows.Values[range], sum);
                pairs[2 * row] = score - _rows.Targets[row];
            }
        }, context.Cancellation);

    // q ← Σ x·v of one factor
    private void ResetSums(float[] factor, TrainingContext context) =>
        Blocks.ForEach(_rows.Count, BlockRows, context.Workers, (first, end) =>
    {
        var pairs = _pairs.Span;
        ReadOnlySpan<int> starts = _rows.Starts, columns = _rows.Columns;
        var values = _rows.Values;
        for (int row = first; row < end; row++)
        {
            float sum = 0;
            for (int n = starts[row]; n < starts[row + 1]; n++) sum += values[n] * factor[columns[n]];
            pairs[(2 * row) + 1] = sum;
        }
    }, context.Cancellation);

    private static (int[] Starts, int[] Holders, float[] Values) Transposed(FactorizationBlock rows, int columns)
    {
        var starts = new int[columns + 1];
        foreach (int column in rows.Columns) starts[column + 1]++;
        for (int column = 0; column < columns; column++) starts[column + 1] += starts[column];
        int[] next = starts[..^1], holders = new int[rows.Columns.Length];
        var values = new float[holders.Length];
        for (int row = 0; row < rows.Count; row++)
        {
            for (int n = rows.Starts[row]; n < rows.Starts[row + 1]; n++)
            {
                int at = next[rows.Columns[n]]++;
                (holders[at], values[at]) = (row, rows.Values[n]);
            }
        }
        return (starts, holders, values);
    }

    private void AddPart(FeatureField field)
    {
        int[] columns = [.. field.Columns.Where(column => column >= 0)];
        if (columns.Length == 0) return;
        int first = columns[0], end = columns[^1] + 1; // a feature's columns lie together
        var last = new int[_rows.Count];
        bool once = true;
        for (int column = first; column < end && once; column++)
            foreach (int row in Holders(column, ones: true).Rows) once &= ++last[row] == 1;
        bool ones = !_values.AsSpan(_starts[first].._starts[end]).ContainsAnyExcept(1f);
        _parts.Add(new(first, end - first, once, ones));
    }

    /// <param name="IsParallel">No row holds two of the columns.</param>
    /// <param name="IsOnes">All values are 1.</param>
    private sealed record Part(int First, int Count, bool IsParallel, bool IsOnes);

    private readonly ref struct Column(ReadOnlySpan<int> rows, ReadOnlySpan<float> values)
    {
        public ReadOnlySpan<int> Rows { get; } = rows;

        public ReadOnlySpan<float> Values { get; } = values;
    }
}
