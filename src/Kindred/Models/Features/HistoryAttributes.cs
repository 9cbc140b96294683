using System.Runtime.InteropServices;
using Kindred.Numerics.Sgd;
using Kindred.Storage;

namespace Kindred.Models.Features;

/// <summary>
/// What the items of a history are like, for the features history.genres, history.price: the sum of the items' labels, as long as 1, or the
/// mean of their numbers. Immutable.
/// </summary>
/// <remarks>x(history) = Σ items x(item) / |Σ items x(item)|, x(item) the labels of an item, of length 1 where it has some.</remarks>
internal sealed class HistoryAttributes
{
    private readonly FeatureRows[] _rows; // [features][items]
    private readonly bool[] _isNumber; // [features]

    private HistoryAttributes(FeatureSpace space, Func<FeatureField, int, FeatureRows> rowsOf)
    {
        FeatureField[] fields = [.. space.Fields.Where(f => f.Source == FeatureSource.HistoryAttribute)];
        (_rows, _isNumber) = ([.. fields.Select(rowsOf)], [.. fields.Select(f => f.Number is not null)]);
    }

    public bool IsEmpty => _rows.Length == 0;

    public static HistoryAttributes Of(FeatureSpace space, Interactions data) => new(space, (field, _) => space.HistoryRows(data, field));

    /// <summary>Adds the features of a history to the row that is being filled.</summary>
    /// <param name="items">Distinct.</param>
    public void Add(ReadOnlySpan<int> items, FactorizationBlock block)
    {
        for (int feature = 0; feature < _rows.Length; feature++)
        {
            var (columns, sums, count) = Sum(_rows[feature], items);
            double squares = 0;
            foreach (float value in sums.Values) squares += (double)value * value;
            if (squares == 0) continue;
            float scale = _isNumber[feature] ? 1f / count : (float)(1 / Math.Sqrt(squares));
            foreach (int column in columns) block.Add(column, scale * sums[column]);
        }
    }

    public void Save(TensorWriter writer)
    {
        for (int feature = 0; feature < _rows.Length; feature++) _rows[feature].Save(writer, $"historyAttributes.{feature}");
    }

    public static HistoryAttributes Load(TensorFile file, FeatureSpace space) =>
        new(space, (_, feature) => FeatureRows.Load(file, $"historyAttributes.{feature}"));

    // Columns in the order in which they first occur, and the items of which something is known.
    private static (List<int> Columns, Dictionary<int, float> Sums, int Items) Sum(FeatureRows rows, ReadOnlySpan<int> items)
    {
        var columns = new List<int>();
        var sums = new Dictionary<int, float>();
        int known = 0;
        foreach (int item in items)
        {
            if ((uint)item >= (uint)rows.Count) continue;
            var own = rows.ColumnsOf(item);
            var values = rows.ValuesOf(item);
            if (!own.IsEmpty) known++;
            for (int n = 0; n < own.Length; n++)
            {
                ref float sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, own[n], out bool exists);
                if (!exists) columns.Add(own[n]);
                sum += values[n];
            }
        }
        return (columns, sums, known);
    }
}
