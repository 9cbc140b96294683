using System.IO.Hashing;
using System.Text;
using Kindred.Data;
using Kindred.Storage;

namespace Kindred.Models.Features;

/// <summary>All features of a factorization machine and the columns they have. Immutable.</summary>
/// <remarks>
/// Each label that occurs in a training event has a column; the others have none and say nothing. With hashing all labels share 2^bits
/// columns: XXH3 of the feature's name and the label, so that new data gives an old label its old column.
/// K. Weinberger, A. Dasgupta, J. Langford, A. Smola, J. Attenberg, "Feature Hashing for Large Scale Multitask Learning", ICML 2009;
/// without its sign.
/// </remarks>
internal sealed class FeatureSpace
{
    private FeatureSpace(IReadOnlyList<FeatureField> fields, int columns) => (Fields, Columns) = (fields, columns);

    public IReadOnlyList<FeatureField> Fields { get; }

    public int Columns { get; }

    /// <returns>The feature of that source alone, or null.</returns>
    public FeatureField? this[FeatureSource source] => Fields.FirstOrDefault(f => f.Source == source);

    /// <param name="features">As in <see cref="FeatureNames.Resolve"/>.</param>
    /// <param name="hashBits">0: a column for each label.</param>
    /// <param name="start">Of a model to continue from: numbers keep their scale, grams their weights.</param>
    /// <param name="frequencies">[columns], the training events that hold each.</param>
    /// <param name="rareLabels">Labels of attributes weigh by <see cref="FeatureValues.InverseFrequencies"/>, as grams of texts always
    /// do.</param>
    public static FeatureSpace Of(
        string features, int hashBits, Interactions data, FeatureSpace? start, out long[] frequencies, bool rareLabels = false)
    {
        var fields = new List<FeatureField>();
        var counted = new List<long>(hashBits > 0 ? new long[1 << hashBits] : []);
        foreach (var (name, source, column, together) in FeatureNames.Resolve(features, data))
        {
            var values = new FeatureValues(source, column, data);
            var (counts, number) = Count(values, source, data);
            var columns = new int[values.Labels];
            for (int label = 0; label < columns.Length; label++)
            {
                columns[label] = counts[label] == 0 ? -1 : hashBits > 0 ? Hash(name, values.KeyOf(label), hashBits) : counted.Count;
                if (counts[label] == 0) continue;
                if (hashBits > 0) counted[columns[label]] += counts[label];
                else counted.Add(counts[label]);
            }
            number = number is null ? null : start?.Fields.FirstOrDefault(f => f.Name == name)?.Number
                ?? number with { Deviation = number.Deviation * MathF.Sqrt(together) };
            var weights = start?.Fields.FirstOrDefault(f => f.Name == name)?.Weights
                ?? (rareLabels || values.IsText ? values.InverseFrequencies() : null);
            fields.Add(new(name, source, column, values.Vocabulary, columns, number, weights));
        }
        frequencies = [.. counted];
        return new(fields, counted.Count);
    }

    /// <returns>[users], their attributes without the user.</returns>
    public FeatureRows UserRows(Interactions data) =>
        RowsOf(data, data.Users.Count, f => f.Source == FeatureSource.UserAttribute, row => (row, -1, -1));

    /// <returns>[items], attributes and the item itself; empty where nothing is known that training has seen.</returns>
    public FeatureRows ItemRows(Interactions data) => RowsOf(data, data.Items.Count, f => f.IsOfItem, row => (-1, -1, row));

    /// <returns>
    /// [rows], attributes of any items: by name and label, so that the columns may be others than those that were trained on. What training
    /// does not know says nothing.
    /// </returns>
    public FeatureRows ItemRows(Catalog attributes)
    {
        var fields = Fields.Where(f => f.Source == FeatureSource.ItemAttribute).Select(f => new AttributeField(f, attributes)).ToArray();
        return FeatureRows.Of(attributes.Count, (row, columns, values) =>
        {
            foreach (var field in fields) field.Add(row, columns, values);
        });
    }

    /// <returns>The same with so many columns at most, those of the most training events.</returns>
    /// <param name="frequencies">[columns], the training events that hold each.</param>
    public FeatureSpace Limited(int most, long[] frequencies)
    {
        if (Columns <= most) return this;
        int[] places = new int[Columns];
        Array.Fill(places, -1);
        int next = 0;
        foreach (int column in Enumerable.Range(0, Columns).OrderByDescending(column => frequencies[column]).Take(most).Order())
            places[column] = next++;
        return new([.. Fields.Select(f => f with { Columns = [.. f.Columns.Select(column => column < 0 ? -1 : places[column])] })], most);
    }

    /// <returns>[events], their moment: context, times, last item.</returns>
    public FeatureRows EventRows(Interactions data, int[] userOf) =>
        RowsOf(data, data.Histories.Count, IsOfMoment, e => (userOf[e], e, -1));

    /// <returns>[items], what a feature of the history says of each.</returns>
    public FeatureRows HistoryRows(Interactions data, FeatureField field) =>
        RowsOf(data, data.Items.Count, f => f == field, row => (-1, -1, row));

    public void Save(TensorWriter writer)
    {
        writer.AddText("fields", Fields.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
        for (int n = 0; n < Fields.Count; n++) Fields[n].Save(writer, $"field.{n}");
    }

    public static FeatureSpace Load(TensorFile file, int columns) => new(
        [.. Enumerable.Range(0, int.Parse(file.Text("fields"), System.Globalization.CultureInfo.InvariantCulture))
            .Select(n => FeatureField.Load(file, $"field.{n}"))],
        columns);

    private static bool IsOfMoment(FeatureField field) =>
        field is { IsOfItem: false, IsOfUser: false, Source: not (FeatureSource.History or FeatureSource.HistoryAttribute) };

    private FeatureRows RowsOf(Interactions data, int rows, Func<FeatureField, bool> belongs, Func<int, (int User, int Event, int Item)> of)
    {
        var chosen = Fields.Where(belongs).Select(f => (Field: f, Values: new FeatureValues(f.Source, f.Column, data))).ToArray();
        return FeatureRows.Of(rows, (row, columns, values) =>
        {
            var (user, e, item) = of(row);
            foreach (var (field, known) in chosen)
            {
                if (known.IsNumber) field.Add(known.NumberOf(user, e, item), columns, values);
                else field.Add(known.Of(user, e, item), known.CountsOf(user, e, item), columns, values);
            }
        });
    }

    // Events by label, and the mean and deviation of a number over them.
    private static (long[] Counts, Standard? Number) Count(FeatureValues values, FeatureSource source, Interactions data)
    {
        var counts = new long[values.Labels];
        double sum = 0, squares = 0;
        var items = data.Histories.Items.Span;
        var starts = data.Histories.Starts.Span;
        for (int user = 0; user < data.Users.Count; user++)
        {
            // an item is in the history of all events but its own
            if (source == FeatureSource.History)
                foreach (int item in data.ByUser.Row(user).Columns) counts[item] += Math.Max(1, starts[user + 1] - starts[user] - 1);
            for (int e = starts[user]; e < starts[user + 1]; e++)
            {
                foreach (int label in values.Of(user, e, items[e])) counts[label]++;
                if (!values.IsNumber || values.NumberOf(user, e, items[e]) is not (var number and not float.NaN)) continue;
                counts[0]++;
                sum += number;
                squares += (double)number * number;
            }
        }
        if (!values.IsNumber) return (counts, null);
        double mean = counts[0] == 0 ? 0 : sum / counts[0], variance = counts[0] == 0 ? 0 : (squares / counts[0]) - (mean * mean);
        return (counts, new((float)mean, variance > 1e-12 * squares / Math.Max(1, counts[0]) ? (float)Math.Sqrt(variance) : 1));
    }

    private static int Hash(string name, string label, int bits) =>
        (int)(XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{name}\0{label}")) & ((1u << bits) - 1));
}
