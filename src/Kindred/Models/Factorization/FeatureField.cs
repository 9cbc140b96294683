using Kindred.Data;
using Kindred.Storage;

namespace Kindred.Models.Factorization;

/// <summary>A feature by name, and the columns of the factorization machine that its labels have; −1: never seen in training.</summary>
/// <param name="Name">As it is written: user, item.genres, hour, …</param>
/// <param name="Column">Name in its catalog; "" for what is in none.</param>
/// <param name="Labels">Of a column of labels; null for ids, hours and numbers, whose index is the label.</param>
/// <param name="Columns">[labels]; [1] for a number.</param>
/// <param name="Number">How a number is standardized; null for labels.</param>
internal sealed record FeatureField(
    string Name, FeatureSource Source, string Column, Vocabulary? Labels, int[] Columns, Standard? Number = null)
{
    public bool IsOfItem => Source >= FeatureSource.Item;

    /// <summary>Known from who asks alone.</summary>
    public bool IsOfUser => Source <= FeatureSource.UserAttribute;

    public int ColumnOf(int label) => (uint)label < (uint)Columns.Length ? Columns[label] : -1;

    /// <summary>Adds the columns of a row's labels: x = 1/√labels, so that many labels say as much as one.</summary>
    public void Add(ReadOnlySpan<int> labels, List<int> columns, List<float> values)
    {
        float value = 1 / MathF.Sqrt(labels.Length);
        foreach (int label in labels) Add(ColumnOf(label), value, columns, values);
    }

    public void Add(float number, List<int> columns, List<float> values)
    {
        if (!float.IsNaN(number)) Add(ColumnOf(0), Number!.Of(number), columns, values);
    }

    private static void Add(int column, float value, List<int> columns, List<float> values)
    {
        if (column < 0) return;
        columns.Add(column);
        values.Add(value);
    }

    public void Save(TensorWriter writer, string name)
    {
        writer.AddText($"{name}.name", Name);
        writer.AddText($"{name}.source", Source.ToString());
        writer.AddText($"{name}.column", Column);
        writer.Add<int>($"{name}.columns", Columns);
        Labels?.Save(writer, $"{name}.labels");
        writer.Add<float>($"{name}.number", Number is null ? default : new[] { Number.Mean, Number.Deviation });
    }

    public static FeatureField Load(TensorFile file, string name)
    {
        var source = Enum.Parse<FeatureSource>(file.Text($"{name}.source"));
        var number = file.Array<float>($"{name}.number").Span;
        bool labelled = number.IsEmpty && source is FeatureSource.UserAttribute or FeatureSource.ItemAttribute or FeatureSource.Context;
        return new(
            file.Text($"{name}.name"), source, file.Text($"{name}.column"),
            labelled && number.IsEmpty ? Vocabulary.Load(file, $"{name}.labels") : null,
            file.Array<int>($"{name}.columns").ToArray(), number.IsEmpty ? null : new(number[0], number[1]));
    }
}

/// <summary>How a number becomes a feature: in standard deviations from the mean over the events it was trained on.</summary>
internal sealed record Standard(float Mean, float Deviation)
{
    public float Of(float number) => (number - Mean) / Deviation;
}
