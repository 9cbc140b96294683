using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Kindred.Numerics.Sparse;

/// <summary>The Gram matrix AᵀA of a sparse matrix A [rows, columns], one row of it at a time: what columns have in common.</summary>
/// <remarks>
/// Columns are renamed by rank: 0 is the column with most entries. A row of AᵀA is a sum of rows of A, scattered into an array; where a
/// pair is wanted once, only the part before the column's own place is added. The ranks in front are those that occur in nearly all rows:
/// there are few of them, so that most additions meet an accumulator in the first level of the cache, and the columns with the most rows
/// have the shortest parts. Where each row has one value, the first of them are added by <see cref="HotColumns"/>.
/// Cost: half of Σ over rows |row|² multiply-adds for all pairs. Each sum is added up in the
/// order of the rows, whichever column is asked: (AᵀA)(i, j) and (AᵀA)(j, i) have the same bits.
/// What remains is to read the rows, in random order: ranks take 2 bytes up to 65,536 columns.
/// Memory, beside the matrix: 6 or 8 bytes an entry and 32 a row, or 4 more an entry where the values in a row differ.
/// </remarks>
internal sealed unsafe class SparseGram
{
    // visits ahead for which a row is asked of the memory; floats in a cache line
    private const int Ahead = 4, LineFloats = 16;

    private readonly SparseMatrix _byColumn;
    private readonly int[] _starts;  // [rows + 1]
    private readonly ushort[] _narrow; // [entries]: the columns of each row, by rank; or empty
    private readonly int[] _wide;      // the same where there are too many columns; or empty
    private readonly float[] _values; // [entries], or empty where every row has one value: then _rowValues
    private readonly float[] _rowValues; // [rows]
    private readonly HotColumns? _hot; // where every row has one value
    private readonly int[] _before;  // [entries], as in _byColumn: how many entries of the row stand before this one

    /// <param name="byColumn">Aᵀ [columns, rows]</param>
    public SparseGram(SparseMatrix byColumn)
    {
        _byColumn = byColumn;
        ColumnOf = new int[byColumn.Rows];
        RankOf = new int[byColumn.Rows];
        for (int column = 0; column < ColumnOf.Length; column++) ColumnOf[column] = column;
        ColumnOf.AsSpan().Sort((a, b) => byColumn.Row(b).Length.CompareTo(byColumn.Row(a).Length) is not 0 and var order ? order
            : a.CompareTo(b));
        for (int rank = 0; rank < ColumnOf.Length; rank++) RankOf[ColumnOf[rank]] = rank;

        _starts = new int[byColumn.Columns + 1];
        _rowValues = new float[byColumn.Columns];
        bool isNarrow = byColumn.Rows <= ushort.MaxValue + 1, hasOneValue = CountRows();
        _narrow = new ushort[isNarrow ? byColumn.Count : 0];
        _wide = new int[isNarrow ? 0 : byColumn.Count];
        _before = new int[byColumn.Count];
        _values = new float[hasOneValue ? 0 : byColumn.Count];
        if (_values.Length == 0) _hot = new(byColumn.Columns);
        Fill();
    }

    /// <summary>[columns]: the column at a rank.</summary>
    public int[] ColumnOf { get; }

    /// <summary>[columns]: the rank of a column.</summary>
    public int[] RankOf { get; }

    public int Columns => ColumnOf.Length;

    /// <summary>Multiply-adds of all pairs of columns, each once, and of those with themselves.</summary>
    public long PairCount
    {
        get
        {
            long sum = 0;
            for (int row = 0; row < _rowValues.Length; row++)
                sum += (long)(_starts[row + 1] - _starts[row]) * (_starts[row + 1] - _starts[row] + 1) / 2;
            return sum;
        }
    }

    /// <summary>Adds (AᵀA)(rank, other) for the ranks before this one.</summary>
    /// <param name="sums">[columns] by rank</param>
    public void AddBefore(int rank, Span<float> sums) => Add(rank, sums, onlyBefore: true, ones: false);

    /// <summary>Adds (AᵀA)(rank, other) for all ranks, its own among them.</summary>
    /// <param name="sums">[columns] by rank</param>
    public void AddAll(int rank, Span<float> sums) => Add(rank, sums, onlyBefore: false, ones: false);

    /// <summary>As the others, with every value of A a one: in how many rows both columns are.</summary>
    /// <param name="sums">[columns] by rank</param>
    public void Count(int rank, Span<float> sums, bool onlyBefore) => Add(rank, sums, onlyBefore, ones: true);

    /// <summary>Adds Aᵀx for a column x that A does not have.</summary>
    /// <param name="x">Its entries.</param>
    /// <param name="sums">[columns] by rank</param>
    public void AddProduct(SparseRow x, Span<float> sums)
    {
        Debug.Assert(sums.Length == Columns);
        fixed (ushort* narrow = _narrow)
        fixed (int* wide = _wide)
        {
            if (_wide.Length == 0) AddProduct(new Narrow(narrow), x, sums);
            else AddProduct(new Wide(wide), x, sums);
        }
    }

    /// <summary>As <see cref="AddProduct"/>, with every value of A and of x a one.</summary>
    public void CountProduct(SparseRow x, Span<float> sums)
    {
        foreach (int row in x.Columns)
            for (int n = _starts[row]; n < _starts[row + 1]; n++) sums[_wide.Length == 0 ? _narrow[n] : _wide[n]]++;
    }

    /// <summary>Adds a value at each place: what a pair costs, if nothing else did.</summary>
    internal static void AddAt(ReadOnlySpan<ushort> places, float value, Span<float> sums)
    {
        fixed (ushort* at = places)
        fixed (float* target = sums) Scatter(new Narrow(at), places.Length, value, target);
    }

    private void Add(int rank, Span<float> sums, bool onlyBefore, bool ones)
    {
        Debug.Assert(sums.Length == Columns);
        if (_hot is not null) AddHot(_hot, rank, onlyBefore ? sums[..rank] : sums, ones);
        if (_hot is not null && onlyBefore && rank <= HotColumns.Count) return;
        fixed (ushort* narrow = _narrow)
        fixed (int* wide = _wide)
        {
            if (_wide.Length == 0) Add(new Narrow(narrow), rank, sums, onlyBefore, ones);
            else Add(new Wide(wide), rank, sums, onlyBefore, ones);
        }
    }

    private void AddHot(HotColumns hot, int rank, Span<float> sums, bool ones)
    {
        Span<float> ofHot = stackalloc float[HotColumns.Count];
        var column = _byColumn.Row(ColumnOf[rank]);
        hot.Sum(column.Columns, ones ? [] : column.Values, ofHot);
        for (int n = 0; n < Math.Min(sums.Length, ofHot.Length); n++) sums[n] += ofHot[n];
    }

    private void AddProduct<T>(T ranks, SparseRow x, Span<float> sums) where T : struct, IRanks<T>
    {
        fixed (float* values = _values, target = sums)
        {
            for (int n = 0; n < x.Length; n++)
            {
                if (x.Values[n] == 0) continue;
                int row = x.Columns[n], start = _starts[row], length = _starts[row + 1] - start;
                if (_values.Length == 0) Scatter(ranks.From(start), length, x.Values[n] * _rowValues[row], target);
                else Scatter(ranks.From(start), values + start, length, x.Values[n], target);
            }
        }
    }

    private void Add<T>(T ranks, int rank, Span<float> sums, bool onlyBefore, bool ones) where T : struct, IRanks<T>
    {
        int column = ColumnOf[rank], first = _byColumn.Starts.Span[column], end = _byColumn.Starts.Span[column + 1];
        bool oneValue = ones || _values.Length == 0;
        fixed (ushort* added = _hot is null ? [] : _hot.Counts)
        fixed (int* starts = _starts, before = _before, rows = _byColumn.Indices.Span)
        fixed (float* values = _values, own = _byColumn.Values.Span, target = sums)
        {
            for (int n = first; n < end; n++)
            {
                if (n + Ahead < end)
                {
                    int row = rows[n + Ahead], next = starts[row] + (added == null ? 0 : added[row]);
                    int last = onlyBefore ? starts[row] + before[n + Ahead] : starts[row + 1];
                    ranks.Prefetch(next, last);
                    if (Sse.IsSupported && !oneValue) for (int at = next; at < last; at += LineFloats) Sse.Prefetch0(values + at);
                }
                int start = starts[rows[n]], length = onlyBefore ? before[n] : starts[rows[n] + 1] - start;
                if (added != null)
                {
                    start += added[rows[n]];
                    length -= added[rows[n]];
                }
                if (oneValue) Scatter(ranks.From(start), length, ones ? 1 : own[n] * own[n], target);
                else Scatter(ranks.From(start), values + start, length, own[n], target);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scatter<T>(T ranks, int count, float value, float* sums) where T : struct, IRanks<T>
    {
        int n = 0;
        for (; n + 4 <= count; n += 4)
        {
            sums[ranks[n]] += value;
            sums[ranks[n + 1]] += value;
            sums[ranks[n + 2]] += value;
            sums[ranks[n + 3]] += value;
        }
        for (; n < count; n++) sums[ranks[n]] += value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scatter<T>(T ranks, float* values, int count, float weight, float* sums) where T : struct, IRanks<T>
    {
        int n = 0;
        for (; n + 4 <= count; n += 4)
        {
            sums[ranks[n]] += weight * values[n];
            sums[ranks[n + 1]] += weight * values[n + 1];
            sums[ranks[n + 2]] += weight * values[n + 2];
            sums[ranks[n + 3]] += weight * values[n + 3];
        }
        for (; n < count; n++) sums[ranks[n]] += weight * values[n];
    }

    /// <returns>True where all entries of each row have one value, which is kept.</returns>
    private bool CountRows()
    {
        var rows = _byColumn.Indices.Span;
        var values = _byColumn.Values.Span;
        bool hasOneValue = true;
        for (int n = 0; n < rows.Length; n++)
        {
            int row = rows[n];
            if (_starts[row + 1]++ == 0) _rowValues[row] = values[n];
            else hasOneValue &= _rowValues[row] == values[n];
        }
        for (int row = 0; row < _rowValues.Length; row++) _starts[row + 1] += _starts[row];
        return hasOneValue;
    }

    // going through the columns by rank, each row receives its entries in that order
    private void Fill()
    {
        var next = _starts.AsSpan(0, _rowValues.Length).ToArray();
        var bounds = _byColumn.Starts.Span;
        var rows = _byColumn.Indices.Span;
        var values = _byColumn.Values.Span;
        for (int rank = 0; rank < ColumnOf.Length; rank++)
        {
            for (int n = bounds[ColumnOf[rank]]; n < bounds[ColumnOf[rank] + 1]; n++)
            {
                int place = next[rows[n]]++;
                _before[n] = place - _starts[rows[n]];
                if (rank < HotColumns.Count) _hot?.Set(rows[n], rank);
                if (_wide.Length == 0) _narrow[place] = (ushort)rank;
                else _wide[place] = rank;
                if (_values.Length > 0) _values[place] = values[n];
            }
        }
    }

    /// <summary>Ranks in memory, of either width.</summary>
    private interface IRanks<TSelf> where TSelf : struct, IRanks<TSelf>
    {
        int this[int n] { get; }

        TSelf From(int start);

        void Prefetch(int first, int end);
    }

    private readonly struct Narrow(ushort* ranks) : IRanks<Narrow>
    {
        public int this[int n] => ranks[n];

        public Narrow From(int start) => new(ranks + start);

        public void Prefetch(int first, int end)
        {
            if (Sse.IsSupported) for (int n = first; n < end; n += 2 * LineFloats) Sse.Prefetch0(ranks + n);
        }
    }

    private readonly struct Wide(int* ranks) : IRanks<Wide>
    {
        public int this[int n] => ranks[n];

        public Wide From(int start) => new(ranks + start);

        public void Prefetch(int first, int end)
        {
            if (Sse.IsSupported) for (int n = first; n < end; n += LineFloats) Sse.Prefetch0(ranks + n);
        }
    }
}
