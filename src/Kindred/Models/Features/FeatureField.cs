using Kindred.Data;
using Kindred.Numerics.Sgd;
using Kindred.Storage;

namespace Kindred.Models.Features;

/// <summary>A feature by name, and the columns of the factorization machine that its labels have; −1: never seen in training.</summary>
/// <param name="Name">As it is written: user, item.genres, hour, …</param>
/// <param name="Column">Name in its catalog; "" for what is in none.</param>
/// <param name="Labels">Of a column of labels; null for ids, hours, texts and numbers, whose index is the label.</param>
/// <param name="Columns">[labels]; [1] for a number.</param>
/// <param name="Number">How a number is standardized; null for labels.</param>
/// <param name="Weights">[labels], how much each counts beside the others of its row; null: all alike.</param>
internal sealed record FeatureField(
    string Name, FeatureSource Source, string Column, Vocabulary? Labels, int[] Columns, Standard? Number = null, float[]? Weights = null)
{
    public bool IsOfItem => Source >= FeatureSource.Item;

    /// <summary>Known from who asks alone.</summary>
    public bool IsOfUser => Source <= FeatureSource.UserAttribute;

    /// <summary>Labels are the grams of a text.</summary>
    public bool IsText => Labels is null && Weights is not null;

    /// <summary>From the first column to behind the last: those of a feature lie together where they are not hashed.</summary>
    public (int First, int End) Range
    {
        get
        {
            int[] known = [.. Columns.Where(column => column >= 0)];
            return known.Length == 0 ? (0, 0) : (known[0], known[^1] + 1);
        }
    }

    public int ColumnOf(int label) => (uint)label < (uint)Columns.Length ? Columns[label] : -1;

    /// <summary>
    /// Adds the columns of a row's labels: x = count·weight, of length 1 together, so that many labels say as much as one.
    /// </summary>
    /// <param name="counts">[labels]; empty: each once.</param>
    public void Add(ReadOnlySpan<int> labels, ReadOnlySpan<float> counts, List<int> columns, List<float> values)
    {
        float scale = 1 / Length(labels, counts);
        for (int n = 0; n < labels.Length; n++) Add(ColumnOf(labels[n]), scale * ValueOf(labels[n], counts, n), columns, values);
    }

    /// <summary>Adds the same to the row that is being filled.</summary>
    public void Add(ReadOnlySpan<int> labels, ReadOnlySpan<float> counts, FactorizationBlock block)
    {
        float scale = 1 / Length(labels, counts);
        for (int n = 0; n < labels.Length; n++)
            if (ColumnOf(labels[n]) is >= 0 and int column) block.Add(column, scale * ValueOf(labels[n], counts, n));
    }

    public void Add(float number, List<int> columns, List<float> values)
    {
        if (!float.IsNaN(number)) Add(ColumnOf(0), Number!.Of(number), columns, values);
    }

    private float Length(ReadOnlySpan<int> labels, ReadOnlySpan<float> counts)
    {
        if (Weights is null) return MathF.Sqrt(labels.Length);
        float squares = 0;
        for (int n = 0; n < labels.Length; n++) squares += ValueOf(labels[n], counts, n) * ValueOf(labels[n], counts, n);
        return squares > 0 ? MathF.Sqrt(squares) : 1;
    }

    private float ValueOf(int label, ReadOnlySpan<float> counts, int n) =>
        (Weights is null ? 1 : Weights[label]) * (counts.IsEmpty ? 1 : counts[n]);

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
        if (Weights is not null) writer.Add<float>($"{name}.weights", Weights);
    }

    public static FeatureField Load(TensorFile file, string name)
    {
        var number = file.Array<float>($"{name}.number").Span;
        return new(
            file.Text($"{name}.name"), Enum.Parse<FeatureSource>(file.Text($"{name}.source")), file.Text($"{name}.column"),
            file.Contains($"{name}.labels.slots") ? Vocabulary.Load(file, $"{name}.labels") : null,
            file.Array<int>($"{name}.columns").ToArray(), number.IsEmpty ? null : new(number[0], number[1]),
            file.Contains($"{name}.weights") ? file.Array<float>($"{name}.weights").ToArray() : null);
    }
}

/// <summary>
/// How a number becomes a feature: in standard deviations from the mean over the events it was trained on, as one of a vector over √d.
/// </summary>
internal sealed record Standard(float Mean, float Deviation)
{
    public float Of(float number) => (number - Mean) / Deviation;
}
