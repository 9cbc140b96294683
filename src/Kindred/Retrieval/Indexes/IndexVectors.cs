using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Storage;

namespace Kindred.Retrieval.Indexes;

/// <summary>
/// The vectors of an index with their items, in the index's own order: the longest first where the inner product counts, as they are
/// nearest to most queries and should lie together; by item for the cosine, where all are made one long. Immutable.
/// </summary>
/// <param name="Rows">[count, d]</param>
/// <param name="Items">[count]</param>
internal sealed record IndexVectors(IndexMetric Metric, Matrix Rows, ReadOnlyMemory<int> Items)
{
    private readonly Lazy<int[]> _rowOf = new(() => RowsOf(Items.Span));

    public int Count => Rows.Rows;

    public int Dimensions => Rows.Columns;

    public long Bytes => ((long)Rows.Values.Length * sizeof(float)) + ((long)Items.Length * sizeof(int));

    /// <param name="vectors">[items, d]; rows of zeros are left out. Copied.</param>
    /// <exception cref="InputException">A value is not a number.</exception>
    public static IndexVectors From(Matrix vectors, IndexMetric metric)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vectors.Columns, 1, nameof(vectors));
        var (items, lengths) = (new List<int>(), new List<float>());
        for (int item = 0; item < vectors.Rows; item++)
        {
            float length = MathF.Sqrt(Kernels.Dot(vectors.Row(item), vectors.Row(item)));
            if (!float.IsFinite(length))
                throw new InputException($"The vector of item {item} is not of finite numbers; train the model again.");
            if (length == 0) continue;
            items.Add(item);
            lengths.Add(length);
        }
        int[] order = [.. Enumerable.Range(0, items.Count)];
        if (metric == IndexMetric.InnerProduct) order = [.. order.OrderByDescending(n => lengths[n])]; // stable: equal ones by item
        var rows = new Matrix(order.Length, vectors.Columns);
        for (int row = 0; row < order.Length; row++)
        {
            Put(vectors.Row(items[order[row]]), metric, rows.Row(row));
        }
        return new(metric, rows, Array.ConvertAll(order, n => items[n]));
    }

    /// <summary>Copies a vector as the metric wants it: as it is, or one long.</summary>
    /// <param name="vector">[d], not zero.</param>
    /// <param name="row">[d], overwritten.</param>
    public static void Put(ReadOnlySpan<float> vector, IndexMetric metric, Span<float> row)
    {
        float scale = metric == IndexMetric.Cosine ? 1 / MathF.Sqrt(Kernels.Dot(vector, vector)) : 1;
        for (int k = 0; k < row.Length; k++) row[k] = vector[k] * scale;
    }

    /// <summary>
    /// What inner products with a query are multiplied by to be scores: 1, or for the cosine one over the query's length.
    /// </summary>
    /// <returns>False when the query has no direction, and the metric needs one.</returns>
    /// <exception cref="ArgumentException">The query has another length, or values that are not numbers.</exception>
    public static bool TryScale(ReadOnlySpan<float> query, int dimensions, IndexMetric metric, out float scale)
    {
        if (query.Length != dimensions)
            throw new ArgumentException($"A query has {dimensions} dimensions here, got {query.Length}.", nameof(query));
        float length = MathF.Sqrt(Kernels.Dot(query, query));
        if (!float.IsFinite(length)) throw new ArgumentException("A query must be of finite numbers.", nameof(query));
        scale = metric == IndexMetric.Cosine ? 1 / length : 1;
        return metric == IndexMetric.InnerProduct || length > 0;
    }

    public float LengthOf(int row) => MathF.Sqrt(Kernels.Dot(Rows.Row(row), Rows.Row(row)));

    /// <returns>Where the item is; −1: it cannot be found. The first call makes the table of all.</returns>
    public int RowOf(int item) => (uint)item < (uint)_rowOf.Value.Length ? _rowOf.Value[item] : -1;

    /// <returns>The rows that a query may find, in any order, where it names those that are allowed.</returns>
    public int[] AllowedRows(in IndexQuery query)
    {
        var allowed = query.Allowed!;
        var excluded = new HashSet<int>(query.Excluded.Length);
        foreach (int item in query.Excluded) excluded.Add(item);
        var rows = new List<int>(allowed.Count);
        foreach (int item in allowed) if (RowOf(item) is >= 0 and int row && !excluded.Contains(item)) rows.Add(row);
        return [.. rows];
    }

    /// <summary>Scores some rows with the full vectors and keeps the best.</summary>
    /// <param name="scale">Of <see cref="TryScale"/>.</param>
    /// <returns>How many were written.</returns>
    public int BestOf(ReadOnlySpan<int> rows, ReadOnlySpan<float> query, float scale, Span<int> items, Span<float> scores)
    {
        const int Together = 256;
        Span<float> products = stackalloc float[Together];
        var best = new TopK(items, scores);
        for (int first = 0; first < rows.Length; first += Together)
        {
            var some = rows.Slice(first, Math.Min(Together, rows.Length - first));
            GatheredRows.Multiply(Rows, some, 0, query, products[..some.Length]);
            for (int n = 0; n < some.Length; n++) best.Offer(Items.Span[some[n]], products[n] * scale);
        }
        best.Sort();
        return best.Count;
    }

    public void Save(TensorWriter writer)
    {
        writer.AddText("metric", Metric.ToString());
        writer.Add("vectors", Rows);
        writer.Add("items", Items);
    }

    public static IndexVectors Load(TensorFile file) =>
        new(Enum.Parse<IndexMetric>(file.Text("metric")), file.Matrix("vectors"), file.Array<int>("items"));

    private static int[] RowsOf(ReadOnlySpan<int> items)
    {
        int count = 0;
        foreach (int item in items) count = Math.Max(count, item + 1);
        var rows = new int[count];
        Array.Fill(rows, -1);
        for (int row = 0; row < items.Length; row++) rows[items[row]] = row;
        return rows;
    }
}
