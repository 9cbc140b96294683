using Kindred.Models.Features;
using Kindred.Numerics;

namespace Kindred.Models.Linear;

/// <summary>
/// How alike items are by their attributes: a cosine for each group of them, which are a column of labels or a text, the columns of one
/// vector, and all other numbers together; where that is one number, which has no direction, e^−distance instead. Immutable.
/// </summary>
/// <remarks>
/// Labels count by inverse frequency, numbers in standard deviations. Cost of a row: the items that share a label, for each label; for
/// numbers items·d.
/// </remarks>
internal sealed class ContentSimilarity
{
    private const int BlockItems = 16;

    private readonly IReadOnlyList<IGroup> _groups;

    /// <param name="features">Names as in <see cref="FeatureNames.Resolve"/>, of items alone, without the id.</param>
    /// <exception cref="InputException">No such features, or features of something else.</exception>
    public ContentSimilarity(string features, Interactions data)
    {
        (Items, _groups) = (data.Items.Count, []);
        if (data.ItemAttributes.IsEmpty) return;
        var space = FeatureSpace.Of(features, 0, data, null, out _, rareLabels: true);
        if (space.Fields.FirstOrDefault(field => field.Source != FeatureSource.ItemAttribute) is { } other)
            throw new InputException(
                $"Items are compared by attributes of items, such as item.*; leave the feature {other.Name} out.");
        var rows = space.ItemRows(data.ItemAttributes);
        _groups = [.. space.Fields.GroupBy(GroupOf).Select(group => Group(group.Key, rows, [.. group], space.Columns))];
    }

    /// <exception cref="InputException">Nothing is known of the items.</exception>
    public static void CheckFor(string trainer, Interactions data)
    {
        if (data.ItemAttributes.IsEmpty)
            throw new InputException($"{trainer} finds items by their attributes, and these data have none; import some with " +
                "--item-attributes.");
    }

    public int Items { get; }

    public int Groups => _groups.Count;

    /// <returns>[items]: the most similar items of each by one group, none of them itself; cosines above 0 to the power.</returns>
    public WeightRow[] Nearest(int group, int count, float exponent, TrainingContext context)
    {
        var nearest = new WeightRow[Items];
        int done = 0;
        Blocks.ForEach(Items, BlockItems, context.Workers, () => new float[Items], (_, first, end, cosines) =>
        {
            for (int item = first; item < end; item++)
            {
                cosines.AsSpan().Clear();
                _groups[group].AddCosines(item, cosines);
                cosines[item] = 0;
                foreach (ref float cosine in cosines.AsSpan())
                    cosine = cosine <= 0 ? 0 : exponent == 1 ? cosine : MathF.Pow(cosine, exponent);
                nearest[item] = WeightRow.Largest([], cosines, count);
            }
            context.ReportBlock(ref done, end - first, Items, "item");
        }, context.Cancellation);
        return nearest;
    }

    // a name for what is compared together: "" for numbers that are no vector
    private static string GroupOf(FeatureField field) =>
        field.Number is null ? field.Name : FeatureNames.VectorOf(field.Name) ?? "";

    private static IGroup Group(string name, FeatureRows rows, FeatureField[] fields, int columns)
    {
        int[] places = new int[columns];
        Array.Fill(places, -1);
        int next = 0;
        foreach (int column in fields.SelectMany(field => field.Columns)) if (column >= 0) places[column] = next++;
        return fields[0].Number is null ? new Labels(rows, places, next)
            : next == 1 ? new OneNumber(rows, places) : new Numbers(rows, places, next);
    }

    private interface IGroup
    {
        void AddCosines(int item, Span<float> cosines);
    }

    private sealed class Labels : IGroup
    {
        private readonly SparseMatrix _rows, _byLabel;

        public Labels(FeatureRows rows, int[] places, int labels)
        {
            var entries = new List<(int, int, float)>();
            for (int item = 0; item < rows.Count; item++)
            {
                var columns = rows.ColumnsOf(item);
                var values = rows.ValuesOf(item);
                double squares = 0;
                for (int n = 0; n < columns.Length; n++) if (places[columns[n]] >= 0) squares += values[n] * values[n];
                float scale = (float)(1 / Math.Sqrt(squares));
                for (int n = 0; n < columns.Length; n++)
                    if (places[columns[n]] >= 0) entries.Add((item, places[columns[n]], scale * values[n]));
            }
            _rows = SparseMatrix.FromTriplets(rows.Count, labels, entries);
            _byLabel = _rows.Transpose();
        }

        public void AddCosines(int item, Span<float> cosines)
        {
            var own = _rows.Row(item);
            for (int n = 0; n < own.Length; n++)
            {
                var others = _byLabel.Row(own.Columns[n]);
                Kernels.AddScaledAt(own.Values[n], others.Columns, others.Values, cosines);
            }
        }
    }

    private sealed class Numbers : IGroup
    {
        private readonly Matrix _rows;

        public Numbers(FeatureRows rows, int[] places, int numbers)
        {
            _rows = new(rows.Count, numbers);
            for (int item = 0; item < rows.Count; item++)
            {
                var columns = rows.ColumnsOf(item);
                var values = rows.ValuesOf(item);
                var row = _rows.Row(item);
                for (int n = 0; n < columns.Length; n++) if (places[columns[n]] >= 0) row[places[columns[n]]] = values[n];
                float length = MathF.Sqrt(Kernels.Dot(row, row));
                if (length > 0) foreach (ref float value in row) value /= length;
            }
        }

        public void AddCosines(int item, Span<float> cosines) => Kernels.Multiply(_rows, _rows.Row(item), cosines);
    }

    private sealed class OneNumber : IGroup
    {
        private readonly float[] _values; // [items], in standard deviations; NaN: not known

        public OneNumber(FeatureRows rows, int[] places)
        {
            _values = new float[rows.Count];
            Array.Fill(_values, float.NaN);
            for (int item = 0; item < rows.Count; item++)
            {
                var columns = rows.ColumnsOf(item);
                for (int n = 0; n < columns.Length; n++) if (places[columns[n]] >= 0) _values[item] = rows.ValuesOf(item)[n];
            }
        }

        public void AddCosines(int item, Span<float> cosines)
        {
            if (float.IsNaN(_values[item])) return;
            for (int other = 0; other < cosines.Length; other++)
                if (!float.IsNaN(_values[other])) cosines[other] += MathF.Exp(-MathF.Abs(_values[item] - _values[other]));
        }
    }
}
