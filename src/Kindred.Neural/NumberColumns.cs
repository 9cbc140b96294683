using Kindred.Models.Features;
using TorchSharp;
using static TorchSharp.torch;

namespace Kindred.Neural;

/// <summary>
/// The features that are numbers, such as those of vectors. A row has most of them, so they are multiplied as a dense matrix: as entries
/// of a sparse one, 384 of them for each item cost many times as much.
/// </summary>
internal sealed class NumberColumns
{
    private readonly int[] _places; // [columns]; −1: no number
    private readonly long[] _columns; // [numbers]

    public NumberColumns(FeatureSpace space)
    {
        _columns = [.. space.Fields.Where(f => f.Number is not null && f.ColumnOf(0) >= 0).Select(f => (long)f.ColumnOf(0)).Distinct()];
        _places = new int[space.Columns];
        Array.Fill(_places, -1);
        for (int place = 0; place < _columns.Length; place++) _places[_columns[place]] = place;
    }

    /// <summary>Numbers of a row.</summary>
    public int Count => _columns.Length;

    /// <returns>The place of a column in a row of numbers; −1: it is none.</returns>
    public int PlaceOf(int column) => _places[column];

    /// <returns>[rows, d], the sum of what the numbers of each row say.</returns>
    /// <param name="numbers">[rows, numbers]; 0 where one is not known.</param>
    /// <param name="table">[columns, d]</param>
    public Tensor Sum(float[] numbers, Tensor table) => matmul(
        tensor(numbers, [numbers.Length / Count, Count], device: table.device),
        table.index_select(0, tensor(_columns, device: table.device)));
}
