using Kindred.Storage;

namespace Kindred.Ranking;

/// <summary>How a column is made of a feature's value x. The numbers are those in files.</summary>
internal enum ColumnForm : byte
{
    /// <summary>x; NaN becomes 0.</summary>
    MissingIsZero = 0,

    /// <summary>x, NaN too.</summary>
    MissingIsNaN = 1,

    /// <summary>x; zeros become NaN.</summary>
    ZeroIsMissing = 2,

    /// <summary>−x, NaN too.</summary>
    NegatedMissingIsNaN = 3,

    /// <summary>−x; zeros become NaN.</summary>
    NegatedZeroIsMissing = 4,

    /// <summary>0 if the category x is in a set, else NaN.</summary>
    InSet = 5,
}

/// <summary>A column of the table that trees are walked on.</summary>
/// <param name="Set">Which set of categories; −1: none.</param>
internal readonly record struct Column(int Feature, ColumnForm Form, int Set = -1);

/// <summary>
/// A row of features rewritten once, so that all splits of all trees are one question, "is the column's value ≤ the threshold?", which NaN
/// answers with no.
/// </summary>
/// <remarks>
/// What is missing goes where no leads: where a split sends it left, the column holds −x, and no leads left. A categorical split asks a
/// column of its own whether the category is in its set; splits with equal sets share it.
/// </remarks>
/// <param name="features">[columns]</param>
/// <param name="forms">[columns], <see cref="ColumnForm"/></param>
/// <param name="sets">[columns], −1: none</param>
/// <param name="setStarts">[sets + 1]</param>
/// <param name="setWords">Categories, a bit each, 32 to a word.</param>
internal sealed class ForestColumns(
    ReadOnlyMemory<int> features, ReadOnlyMemory<byte> forms, ReadOnlyMemory<int> sets, ReadOnlyMemory<int> setStarts,
    ReadOnlyMemory<int> setWords)
{
    /// <summary>LightGBM's kZeroThreshold: what is not farther from zero is zero, in rows too.</summary>
    private const float Zero = 1e-35f;

    public int Count => features.Length;

    public int FeatureOf(int column) => features.Span[column];

    /// <param name="row">[features]</param>
    /// <param name="columns">[Count · stride], every stride-th overwritten.</param>
    public void Fill(ReadOnlySpan<float> row, Span<float> columns, int stride = 1)
    {
        ReadOnlySpan<int> from = features.Span;
        ReadOnlySpan<byte> how = forms.Span;
        for (int n = 0; n < from.Length; n++)
        {
            float x = row[from[n]];
            columns[n * stride] = (ColumnForm)how[n] switch
            {
                ColumnForm.MissingIsZero => Math.Abs(x) > Zero ? x : 0,
                ColumnForm.MissingIsNaN => Math.Abs(x) <= Zero ? 0 : x,
                ColumnForm.ZeroIsMissing => Math.Abs(x) <= Zero ? float.NaN : x,
                ColumnForm.NegatedMissingIsNaN => Math.Abs(x) <= Zero ? 0 : -x,
                ColumnForm.NegatedZeroIsMissing => Math.Abs(x) <= Zero ? float.NaN : -x,
                _ => IsInSet(x, sets.Span[n]) ? 0 : float.NaN,
            };
        }
    }

    public void Save(TensorWriter writer)
    {
        writer.Add("forest.columns.features", features);
        writer.Add("forest.columns.forms", forms);
        writer.Add("forest.columns.sets", sets);
        writer.Add("forest.sets.starts", setStarts);
        writer.Add("forest.sets.words", setWords);
    }

    /// <exception cref="InputException">The columns are not made of so many features.</exception>
    public static ForestColumns Load(TensorFile file, int featureCount)
    {
        var (from, how) = (file.Array<int>("forest.columns.features"), file.Array<byte>("forest.columns.forms"));
        var (sets, starts, words) =
            (file.Array<int>("forest.columns.sets"), file.Array<int>("forest.sets.starts"), file.Array<int>("forest.sets.words"));
        bool good = how.Length == from.Length && sets.Length == from.Length && starts.Length > 0 && starts.Span[0] == 0
            && starts.Span[^1] == words.Length;
        for (int n = 1; good && n < starts.Length; n++) good = starts.Span[n - 1] <= starts.Span[n];
        for (int n = 0; good && n < from.Length; n++)
        {
            var form = (ColumnForm)how.Span[n];
            good = (uint)from.Span[n] < (uint)featureCount && form <= ColumnForm.InSet
                && (form != ColumnForm.InSet || (uint)sets.Span[n] < (uint)(starts.Length - 1));
        }
        return good ? new(from, how, sets, starts, words) : throw ForestNodes.Damaged(file, "its columns do not fit its features");
    }

    /// <summary>Toward zero, as C does it; NaN and what is negative are in no set.</summary>
    private bool IsInSet(float x, int set)
    {
        if (!(x > -1)) return false;
        int category = (int)x;
        var bounds = setStarts.Span;
        var words = setWords.Span[bounds[set]..bounds[set + 1]];
        return category >> 5 < words.Length && ((words[category >> 5] >> (category & 31)) & 1) != 0;
    }
}
