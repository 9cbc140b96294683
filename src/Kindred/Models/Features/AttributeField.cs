using Kindred.Data;

namespace Kindred.Models.Features;

/// <summary>A feature of items in any catalog, also another one than it was trained on: labels are found by what they are called.</summary>
internal sealed class AttributeField
{
    private readonly FeatureField _field;
    private readonly LabelColumn? _labels;
    private readonly int[] _known; // [labels of the catalog], the number of each in training; −1: it has none
    private readonly TextGrams? _grams;
    private readonly NumberColumn? _numbers;
    private readonly List<int> _row = [];

    public AttributeField(FeatureField field, Catalog catalog)
    {
        (_field, _known) = (field, []);
        if (field.IsText) _grams = catalog.Texts.TryGetValue(field.Column, out var texts) ? TextGrams.Of(texts.Values) : null;
        else if (field.Number is not null) _numbers = catalog.Numbers.GetValueOrDefault(field.Column);
        else if (catalog.Labels.TryGetValue(field.Column, out _labels))
            _known = [.. Enumerable.Range(0, _labels.Labels.Count)
                .Select(label => field.Labels!.TryGetIndex(_labels.Labels.Id(label), out int known) ? known : -1)];
    }

    /// <summary>Adds the columns of a row and their values.</summary>
    public void Add(int row, List<int> columns, List<float> values)
    {
        if (_grams is not null) _field.Add(_grams[row], _grams.CountsOf(row), columns, values);
        else if (_numbers is not null) _field.Add(_numbers.Values.Span[row], columns, values);
        else if (_labels is not null)
        {
            _row.Clear();
            foreach (int label in _labels[row]) if (_known[label] >= 0) _row.Add(_known[label]);
            _field.Add(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_row), [], columns, values);
        }
    }
}
