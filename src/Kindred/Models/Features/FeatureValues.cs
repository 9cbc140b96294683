using Kindred.Data;

namespace Kindred.Models.Features;

/// <summary>Where a feature comes from; those of the item come last.</summary>
internal enum FeatureSource
{
    User,
    UserAttribute,
    Context,
    Hour,
    Weekday,
    LastItem,
    History,
    HistoryAttribute,
    Item,
    ItemAttribute,
}

/// <summary>The values of one feature in the training data, before they have columns.</summary>
internal sealed class FeatureValues
{
    private readonly FeatureSource _source;
    private readonly Interactions _data;
    private readonly LabelColumn? _labels;
    private readonly TextGrams? _grams;
    private readonly NumberColumn? _numbers;
    private readonly int[] _one = new int[1];

    public FeatureValues(FeatureSource source, string column, Interactions data)
    {
        (_source, _data) = (source, data);
        var catalog = source switch
        {
            FeatureSource.UserAttribute => data.UserAttributes,
            FeatureSource.ItemAttribute or FeatureSource.HistoryAttribute => data.ItemAttributes,
            FeatureSource.Context => data.Context,
            _ => null,
        };
        if (catalog is null) return;
        if (catalog.Texts.TryGetValue(column, out var texts)) _grams = TextGrams.Of(texts.Values);
        else if (!catalog.Labels.TryGetValue(column, out _labels)) _numbers = catalog.Numbers[column];
    }

    public bool IsNumber => _numbers is not null;

    public bool IsText => _grams is not null;

    /// <summary>Of a column of labels, otherwise null.</summary>
    public Vocabulary? Vocabulary => _labels?.Labels;

    /// <summary>How many labels there can be; 1 for a number.</summary>
    public int Labels => _source switch
    {
        FeatureSource.User => _data.Users.Count,
        FeatureSource.Item or FeatureSource.LastItem or FeatureSource.History => _data.Items.Count,
        FeatureSource.Hour => 24,
        FeatureSource.Weekday => 7,
        _ => IsText ? TextGrams.Buckets : _labels?.Labels.Count ?? 1,
    };

    /// <returns>The same for the same label in any data.</returns>
    public string KeyOf(int label) => _source switch
    {
        FeatureSource.User => _data.Users.Id(label),
        FeatureSource.Item or FeatureSource.LastItem or FeatureSource.History => _data.Items.Id(label),
        FeatureSource.Hour or FeatureSource.Weekday => $"{label}",
        _ => IsText ? $"{label}" : _labels?.Labels.Id(label) ?? "",
    };

    /// <returns>The labels of an event; those of a history are not asked for here.</returns>
    public ReadOnlySpan<int> Of(int user, int e, int item) => _source switch
    {
        FeatureSource.User => One(user),
        FeatureSource.Item => One(item),
        FeatureSource.Hour => One(HourOf(_data.Histories.Times.Span[e])),
        FeatureSource.Weekday => One(WeekdayOf(_data.Histories.Times.Span[e])),
        FeatureSource.LastItem => e > _data.Histories.Starts.Span[user] ? One(_data.Histories.Items.Span[e - 1]) : [],
        FeatureSource.History => [],
        _ => _labels is not null ? _labels[RowOf(user, e, item)] : _grams is not null ? _grams[RowOf(user, e, item)] : [],
    };

    /// <returns>How often each of the labels is in the row; empty: once.</returns>
    public ReadOnlySpan<float> CountsOf(int user, int e, int item) => _grams is null ? [] : _grams.CountsOf(RowOf(user, e, item));

    /// <returns>
    /// [labels], ln((rows + 1) / rows with the label) of the column, so that what few rows have counts more. K. Spärck Jones, "A
    /// Statistical Interpretation of Term Specificity", Journal of Documentation 1972; by one row more, so that a label of all rows is not
    /// nothing. Null for what has no column of labels or texts.
    /// </returns>
    public float[]? InverseFrequencies()
    {
        if (_labels is null && _grams is null) return null;
        var holders = new int[Labels];
        foreach (int label in _labels is null ? _grams!.Rows : _labels.Rows.Span) holders[label]++;
        int rows = (_labels is null ? _grams!.Count : _labels.Starts.Length - 1) + 1;
        return [.. holders.Select(count => count == 0 ? 0 : MathF.Log((float)rows / count))];
    }

    /// <returns>The number of an event, NaN where unknown.</returns>
    public float NumberOf(int user, int e, int item) => _numbers!.Values.Span[RowOf(user, e, item)];

    /// <param name="time">UTC, Unix seconds.</param>
    public static int HourOf(long time) => (int)(Modulo(time, 86400) / 3600);

    /// <summary>0 is Monday; 1970 began with a Thursday.</summary>
    public static int WeekdayOf(long time) => (int)Modulo(Math.DivRem(time - Modulo(time, 86400), 86400).Quotient + 3, 7);

    private static long Modulo(long value, long by) => ((value % by) + by) % by;

    private int RowOf(int user, int e, int item) => _source switch
    {
        FeatureSource.UserAttribute => user,
        FeatureSource.ItemAttribute or FeatureSource.HistoryAttribute => item,
        _ => e,
    };

    private ReadOnlySpan<int> One(int label)
    {
        _one[0] = label;
        return _one;
    }
}
