using Kindred.Storage;

namespace Kindred.Models.Features;

/// <summary>Rows of features: parallel columns and values, in the order of the fields. Immutable.</summary>
/// <param name="starts">[rows + 1]</param>
/// <param name="columns">[entries]</param>
/// <param name="values">[entries]</param>
internal sealed class FeatureRows(int[] starts, int[] columns, float[] values)
{
    /// <summary>Rows.</summary>
    public int Count => starts.Length - 1;

    /// <summary>All rows are empty.</summary>
    public bool IsEmpty => columns.Length == 0;

    public ReadOnlySpan<int> ColumnsOf(int row) => columns.AsSpan(starts[row], starts[row + 1] - starts[row]);

    public ReadOnlySpan<float> ValuesOf(int row) => values.AsSpan(starts[row], starts[row + 1] - starts[row]);

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
        return new(starts, [.. columns], [.. values]);
    }

    public void Save(TensorWriter writer, string name)
    {
        writer.Add<int>($"{name}.starts", starts);
        writer.Add<int>($"{name}.columns", columns);
        writer.Add<float>($"{name}.values", values);
    }

    public static FeatureRows Load(TensorFile file, string name) =>
        new(file.Array<int>($"{name}.starts").ToArray(), file.Array<int>($"{name}.columns").ToArray(), file.Array<float>($"{name}.values")
            .ToArray());
}
