using Kindred.Data;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Ranking;

/// <summary>
/// What a network reads of a row of features: numbers of about the same size, and categories as rows of a table. Numbers are squeezed
/// before they are standardized, which counts need: Z. Qin et al., "Are Neural Rankers still Outperformed by Gradient Boosted Decision
/// Trees?", ICLR 2021, §4.1.
/// </summary>
/// <remarks>
/// Of a number x: z = (sign(x)·ln(1 + |x|) − mean) / deviation of the rows learned from, cut at ±5, so that what nobody learned from is not
/// believed; 0 where x is not known (not finite), and, where that was so in a row learned from, another number that is 1 there and 0
/// elsewhere. Of a category: its row of one table for all columns. A column's first row is for what is not known, or was seen in fewer than
/// 20 rows.
/// </remarks>
/// <param name="features">Names, in the order of a row.</param>
/// <param name="numbers">[numbers], the columns of features that hold numbers.</param>
/// <param name="scales">[2, numbers]: mean and 1 / deviation; 0 for one that is always the same.</param>
/// <param name="indicated">[indicators], the columns of features that were not always known.</param>
/// <param name="columns">[columns], the features that hold categories.</param>
/// <param name="starts">[columns + 1], where the categories of each begin.</param>
/// <param name="categories">Of each column, ascending.</param>
internal sealed class RowEncoding(
    StringTable features, ReadOnlyMemory<int> numbers, Matrix scales, ReadOnlyMemory<int> indicated,
    ReadOnlyMemory<int> columns, ReadOnlyMemory<int> starts, ReadOnlyMemory<int> categories)
{
    private const int FewestRows = 20;

    private const float Limit = 5;

    public IReadOnlyList<string> Features { get; } = [.. Enumerable.Range(0, features.Count).Select(n => features[n])];

    /// <summary>How many numbers a row becomes.</summary>
    public int Numbers => numbers.Length + indicated.Length;

    /// <summary>How many columns of categories there are.</summary>
    public int Columns => columns.Length;

    /// <summary>Rows of the table of categories.</summary>
    public int TableRows => categories.Length + columns.Length;

    /// <exception cref="InputException">There are no rows.</exception>
    public static RowEncoding Of(RankingExamples examples)
    {
        var rows = examples.Rows;
        if (rows.Rows == 0) throw new InputException("There are no rows to learn from.");
        int[] numbers = [.. Enumerable.Range(0, rows.Columns).Except(examples.Categorical)];
        var scales = new Matrix(2, numbers.Length);
        var indicated = new List<int>();
        for (int n = 0; n < numbers.Length; n++)
        {
            (scales.Row(0)[n], scales.Row(1)[n], bool isAlwaysKnown) = Measured(rows, numbers[n]);
            if (!isAlwaysKnown) indicated.Add(numbers[n]);
        }
        int[][] categories = [.. examples.Categorical.Select(column => Frequent(rows, column))];
        int[] starts = new int[categories.Length + 1];
        for (int n = 0; n < categories.Length; n++) starts[n + 1] = starts[n] + categories[n].Length;
        return new(
            StringTable.From([.. examples.Features]), numbers, scales, indicated.ToArray(), examples.Categorical.ToArray(), starts,
            categories.SelectMany(c => c).ToArray());
    }

    /// <param name="row">[features]</param>
    /// <param name="values">[Numbers], overwritten.</param>
    /// <param name="places">[Columns], rows of the table, overwritten.</param>
    public void Encode(ReadOnlySpan<float> row, Span<float> values, Span<int> places)
    {
        ReadOnlySpan<int> from = numbers.Span, unknown = indicated.Span;
        ReadOnlySpan<float> means = scales.Row(0), factors = scales.Row(1);
        for (int n = 0; n < from.Length; n++)
        {
            float x = row[from[n]];
            values[n] = float.IsFinite(x) ? Math.Clamp((Squeezed(x) - means[n]) * factors[n], -Limit, Limit) : 0;
        }
        for (int n = 0; n < unknown.Length; n++) values[from.Length + n] = float.IsFinite(row[unknown[n]]) ? 0 : 1;
        for (int n = 0; n < places.Length; n++)
        {
            int start = starts.Span[n];
            var known = categories.Span[start..starts.Span[n + 1]];
            places[n] = start + n + (TryCategory(row[columns.Span[n]], out int category) ? Math.Max(0, known.BinarySearch(category) + 1)
                : 0);
        }
    }

    public void Save(TensorWriter writer)
    {
        features.Save(writer, "features");
        writer.Add("numbers", numbers);
        writer.Add("scales", scales);
        writer.Add("indicated", indicated);
        writer.Add("categorical", columns);
        writer.Add("categories.starts", starts);
        writer.Add("categories", categories);
    }

    /// <exception cref="InputException">The arrays do not fit each other.</exception>
    public static RowEncoding Load(TensorFile file)
    {
        var (features, scales) = (StringTable.Load(file, "features"), file.Matrix("scales"));
        Memory<int> numbers = file.Array<int>("numbers"), indicated = file.Array<int>("indicated"),
            columns = file.Array<int>("categorical"),
            starts = file.Array<int>("categories.starts"), categories = file.Array<int>("categories");
        bool good = scales.Rows == 2 && scales.Columns == numbers.Length && starts.Length == columns.Length + 1
            && starts.Span[0] == 0 && starts.Span[^1] == categories.Length;
        foreach (var memory in (Memory<int>[])[numbers, indicated, columns])
            foreach (int feature in memory.Span) good &= (uint)feature < (uint)features.Count;
        for (int n = 1; good && n < starts.Length; n++) good = starts.Span[n - 1] <= starts.Span[n];
        return good ? new(features, numbers, scales, indicated, columns, starts, categories)
            : throw new InputException($"The network in {file.Path} is damaged: its inputs do not fit each other; write it again.");
    }

    private static float Squeezed(float x) => MathF.CopySign(MathF.Log(1 + MathF.Abs(x)), x);

    private static bool TryCategory(float x, out int category)
    {
        bool isKnown = x is >= 0 and < int.MaxValue;
        category = isKnown ? (int)x : -1;
        return isKnown;
    }

    private static (float Mean, float Factor, bool IsAlwaysKnown) Measured(Matrix rows, int column)
    {
        double sum = 0, squares = 0;
        int known = 0;
        for (int r = 0; r < rows.Rows; r++)
        {
            float x = rows.Row(r)[column];
            if (!float.IsFinite(x)) continue;
            double z = Squeezed(x);
            (sum, squares, known) = (sum + z, squares + (z * z), known + 1);
        }
        double mean = sum / Math.Max(1, known), variance = (squares / Math.Max(1, known)) - (mean * mean);
        // a sum's last bits are no deviation
        return ((float)mean, variance > 1e-10 * Math.Max(1, mean * mean) ? (float)(1 / Math.Sqrt(variance)) : 0, known == rows.Rows);
    }

    private static int[] Frequent(Matrix rows, int column)
    {
        var counts = new SortedDictionary<int, int>();
        for (int r = 0; r < rows.Rows; r++)
            if (TryCategory(rows.Row(r)[column], out int category)) counts[category] = counts.GetValueOrDefault(category) + 1;
        return [.. counts.Where(pair => pair.Value >= FewestRows).Select(pair => pair.Key)];
    }
}
