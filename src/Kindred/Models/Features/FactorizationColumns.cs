using Kindred.Numerics;
using Kindred.Numerics.Sgd;

namespace Kindred.Models.Features;

/// <summary>
/// The rows of a factorization machine of squared errors by the columns that they hold: what solvers need that move one coordinate
/// after another.
/// </summary>
/// <remarks>
/// A sweep moves w0, all w, then factor by factor the columns of all features. No row holds two labels of a feature with one label a row,
/// such as the user: its columns touch disjoint rows, so that threads share them without changing the result; a feature with many
/// labels a row is moved one column after another.
/// Cost of a sweep: 4·entries·d multiply-adds and as many gathered reads. Memory: 16 bytes for each entry, 8 for each row.
/// </remarks>
internal sealed class FactorizationColumns
{
    private const int BlockRows = 4096, BlockColumns = 32;

    private readonly FactorizationTable _table;
    private readonly FactorizationBlock _rows = new();
    private readonly Memory<float> _pairs; // [rows, 2]: error, q
    private readonly int[] _starts, _holders; // [columns + 1], [entries]: the rows that hold each column
    private readonly float[] _values; // [entries]
    private readonly List<Part> _parts = [];

    public FactorizationColumns(FactorizationData data, FeatureSpace space, FactorizationTable table)
    {
        _table = table;
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

    public int Rows => _rows.Count;

    /// <returns>Σ error² of all rows, by the errors as they are.</returns>
    public double SquaredErrors()
    {
        var pairs = _pairs.Span;
        double sum = 0;
        for (int row = 0; row < Rows; row++) sum += (double)pairs[2 * row] * pairs[2 * row];
        return sum;
    }

    /// <summary>Moves every coordinate once.</summary>
    public void Sweep(IFactorizationPriors priors, TrainingContext context)
    {
        ResetErrors(context);
        MoveIntercept(priors.OfIntercept(SquaredErrors()));
        priors.BeginWeights(context);
        foreach (var part in _parts) ForEachColumn(part, context, column => MoveWeight(column, part.IsOnes, priors));
        var factor = new float[_table.Columns];
        for (int f = 0; f < _table.Dimensions; f++)
        {
            for (int column = 0; column < factor.Length; column++) factor[column] = _table.V.Row(column)[f];
            ResetSums(factor, context);
            priors.BeginFactor(f, factor, context);
            foreach (var part in _parts) ForEachColumn(part, context, column => MoveFactor(factor, column, part.IsOnes, priors));
            for (int column = 0; column < factor.Length; column++) _table.V.Row(column)[f] = factor[column];
        }
    }

    private void MoveIntercept(CoordinatePrior prior)
    {
        var pairs = _pairs.Span;
        double errors = 0;
        for (int row = 0; row < Rows; row++) errors += pairs[2 * row];
        float next = CoordinateSteps.Next(_table.Intercept, errors, Rows, prior), step = next - _table.Intercept;
        _table.Intercept = next;
        for (int row = 0; row < Rows; row++) pairs[2 * row] += step;
    }

    private void MoveWeight(int column, bool ones, IFactorizationPriors priors)
    {
        var held = Holders(column, ones);
        ref float weight = ref _table.W(column);
        weight = CoordinateSteps.Weight(_pairs.Span, held.Rows, held.Values, weight, priors.OfWeight(column));
    }

    private void MoveFactor(float[] factor, int column, bool ones, IFactorizationPriors priors)
    {
        var held = Holders(column, ones);
        factor[column] = CoordinateSteps.Factor(_pairs.Span, held.Rows, held.Values, factor[column], priors.OfFactor(column));
    }

    private Column Holders(int column, bool ones)
    {
        var range = _starts[column].._starts[column + 1];
        return new(_holders.AsSpan(range), ones ? [] : _values.AsSpan(range));
    }

    private static void ForEachColumn(Part part, TrainingContext context, Action<int> move) =>
        Blocks.ForEach(part.Count, part.IsParallel ? BlockColumns : Math.Max(1, part.Count), context.Workers, (first, end) =>
        {
            for (int n = first; n < end; n++) move(part.First + n);
        }, context.Cancellation);

    private void ResetErrors(TrainingContext context) =>
        Blocks.ForEach(Rows, BlockRows, context.Workers, () => new float[_table.Dimensions],
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
        Blocks.ForEach(Rows, BlockRows, context.Workers, (first, end) =>
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
        var (first, end) = field.Range;
        if (first == end) return;
        var last = new int[Rows];
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

/// <summary>What a sweep knows of each coordinate before it moves it.</summary>
internal interface IFactorizationPriors
{
    /// <param name="squaredErrors">Σ error² of all rows as the sweep begins.</param>
    CoordinatePrior OfIntercept(double squaredErrors);

    /// <summary>Called before the first weight of a sweep.</summary>
    void BeginWeights(TrainingContext context);

    /// <summary>Called before the first column of a factor.</summary>
    /// <param name="values">[columns], the factor as it is.</param>
    void BeginFactor(int factor, ReadOnlySpan<float> values, TrainingContext context);

    /// <remarks>Called by several threads.</remarks>
    CoordinatePrior OfWeight(int column);

    /// <summary>Of the factor that was begun.</summary>
    /// <remarks>Called by several threads.</remarks>
    CoordinatePrior OfFactor(int column);
}
