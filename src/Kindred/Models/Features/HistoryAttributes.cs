using System.Runtime.InteropServices;
using Kindred.Numerics;
using Kindred.Numerics.Sgd;
using Kindred.Storage;

namespace Kindred.Models.Features;

/// <summary>
/// What the items of a history are like, for the features history.genres, history.price: the sum of the items' labels, as long as 1, or the
/// mean of their numbers. Immutable.
/// </summary>
/// <remarks>
/// x(history) = Σ items x(item) / |Σ items x(item)|, x(item) the labels of an item, of length 1 where it has some. Numbers are summed as
/// rows of a matrix, so that a vector of some hundred costs little. Memory: 8 bytes a number of an item.
/// </remarks>
internal sealed class HistoryAttributes
{
    private readonly FeatureRows[] _rows; // [features][items]
    private readonly int[] _places, _columns; // [features], among the numbers, −1: labels; [numbers]
    private readonly Matrix _numbers, _known; // [items, numbers], 0 where one is not known; 1 where it is

    private HistoryAttributes(FeatureSpace space, Func<FeatureField, int, FeatureRows> rowsOf)
    {
        FeatureField[] fields = [.. space.Fields.Where(f => f.Source == FeatureSource.HistoryAttribute)];
        (_rows, _places) = ([.. fields.Select(rowsOf)], new int[fields.Length]);
        _columns = [.. fields.Where(f => f.Number is not null).Select(f => f.ColumnOf(0))];
        for (int feature = 0, number = 0; feature < fields.Length; feature++)
            _places[feature] = fields[feature].Number is null ? -1 : number++;
        int numbers = _columns.Length;
        int items = _rows.Length == 0 ? 0 : _rows.Max(rows => rows.Count);
        (_numbers, _known) = (new(numbers == 0 ? 0 : items, numbers), new(numbers == 0 ? 0 : items, numbers));
        for (int feature = 0; feature < fields.Length; feature++)
            for (int item = 0; item < _rows[feature].Count && _places[feature] >= 0; item++)
                if (_rows[feature].ValuesOf(item) is [var value, ..])
                    (_numbers.Row(item)[_places[feature]], _known.Row(item)[_places[feature]]) = (value, 1);
    }

    public bool IsEmpty => _rows.Length == 0;

    public static HistoryAttributes Of(FeatureSpace space, Interactions data) => new(space, (field, _) => space.HistoryRows(data, field));

    /// <summary>Adds the features of a history to the row that is being filled.</summary>
    /// <param name="items">Distinct.</param>
    public void Add(ReadOnlySpan<int> items, FactorizationBlock block)
    {
        var (sums, known) = (new float[_numbers.Columns], new float[_numbers.Columns]);
        foreach (int item in items)
        {
            if ((uint)item >= (uint)_numbers.Rows) continue;
            Kernels.AddScaled(1, _numbers.Row(item), sums);
            Kernels.AddScaled(1, _known.Row(item), known);
        }
        for (int feature = 0; feature < _rows.Length; feature++)
        {
            if (_places[feature] is not (>= 0 and int place)) AddSum(_rows[feature], items, block);
            else if (sums[place] != 0) block.Add(_columns[place], 1 / known[place] * sums[place]);
        }
    }

    public void Save(TensorWriter writer)
    {
        for (int feature = 0; feature < _rows.Length; feature++) _rows[feature].Save(writer, $"historyAttributes.{feature}");
    }

    public static HistoryAttributes Load(TensorFile file, FeatureSpace space) =>
        new(space, (_, feature) => FeatureRows.Load(file, $"historyAttributes.{feature}"));

    // columns in the order in which they first occur
    private static void AddSum(FeatureRows rows, ReadOnlySpan<int> items, FactorizationBlock block)
    {
        var columns = new List<int>();
        var sums = new Dictionary<int, float>();
        foreach (int item in items)
        {
            if ((uint)item >= (uint)rows.Count) continue;
            var own = rows.ColumnsOf(item);
            var values = rows.ValuesOf(item);
            for (int n = 0; n < own.Length; n++)
            {
                ref float sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, own[n], out bool exists);
                if (!exists) columns.Add(own[n]);
                sum += values[n];
            }
        }
        double squares = 0;
        foreach (float value in sums.Values) squares += (double)value * value;
        if (squares == 0) return;
        float scale = (float)(1 / Math.Sqrt(squares));
        foreach (int column in columns) block.Add(column, scale * sums[column]);
    }
}
