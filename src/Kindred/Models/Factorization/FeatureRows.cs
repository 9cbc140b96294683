using Kindred.Storage;

namespace Kindred.Models.Factorization;

/// <summary>Rows of features: parallel columns and values, in the order of the fields. Immutable.</summary>
/// <param name="starts">[rows + 1]</param>
/// <param name="columns">[entries]</param>
/// <param name="values">[entries]</param>
internal sealed class FeatureRows(ReadOnlyMemory<int> starts, ReadOnlyMemory<int> columns, ReadOnlyMemory<float> values)
{
    /// <summary>Rows.</summary>
    public int Count => starts.Length - 1;

    public ReadOnlySpan<int> ColumnsOf(int row) => columns.Span[starts.Span[row]..starts.Span[row + 1]];

    public ReadOnlySpan<float> ValuesOf(int row) => values.Span[starts.Span[row]..starts.Span[row + 1]];

    /// <param name="add">Adds the entries of a row.</param>
    public static FeatureRows Of(int rows, Action<int, List<int>, List<float>> add)
    {
        var starts = new int[rows + 1];
        List<int> columns = [];
        List<float> values = [];
        for (int row = 0; row < rows; row++)
        {
            add(row, columns, values);
            starts[row + 1] = columns.Count;
        }
        return new(starts, columns.ToArray(), values.ToArray());
    }

    public void Save(TensorWriter writer, string name)
    {
        writer.Add($"{name}.starts", starts);
        writer.Add($"{name}.columns", columns);
        writer.Add($"{name}.values", values);
    }

    public static FeatureRows Load(TensorFile file, string name) =>
        new(file.Array<int>($"{name}.starts"), file.Array<int>($"{name}.columns"), file.Array<float>($"{name}.values"));
}
