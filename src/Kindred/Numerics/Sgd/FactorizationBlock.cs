namespace Kindred.Numerics.Sgd;

/// <summary>Sparse rows to learn from, with targets and weights; filled again and again.</summary>
internal sealed class FactorizationBlock
{
    private int[] _starts = new int[1], _columns = [];
    private float[] _values = [], _targets = [], _weights = [];
    private int _entries;

    /// <summary>Rows.</summary>
    public int Count { get; private set; }

    /// <summary>[rows + 1]</summary>
    public ReadOnlySpan<int> Starts => _starts.AsSpan(0, Count + 1);

    /// <summary>[entries]</summary>
    public ReadOnlySpan<int> Columns => _columns.AsSpan(0, _starts[Count]);

    public ReadOnlySpan<float> Values => _values.AsSpan(0, _starts[Count]);

    /// <summary>[rows]</summary>
    public ReadOnlySpan<float> Targets => _targets.AsSpan(0, Count);

    public ReadOnlySpan<float> Weights => _weights.AsSpan(0, Count);

    public void Clear() => Count = _entries = 0;

    /// <summary>Adds entries to the row that the next <see cref="End"/> ends.</summary>
    public void Add(ReadOnlySpan<int> columns, ReadOnlySpan<float> values)
    {
        Grow(columns.Length);
        columns.CopyTo(_columns.AsSpan(_entries));
        values.CopyTo(_values.AsSpan(_entries));
        _entries += columns.Length;
    }

    public void Add(int column, float value)
    {
        Grow(1);
        (_columns[_entries], _values[_entries++]) = (column, value);
    }

    /// <summary>Adds the first entries of an earlier row.</summary>
    public void AddFrom(int row, int entries)
    {
        Grow(entries);
        Array.Copy(_columns, _starts[row], _columns, _entries, entries);
        Array.Copy(_values, _starts[row], _values, _entries, entries);
        _entries += entries;
    }

    /// <returns>Entries of the row that is being filled.</returns>
    public int Pending => _entries - _starts[Count];

    public void End(float target, float weight)
    {
        if (Count == _targets.Length)
        {
            int rows = Math.Max(64, 2 * Count);
            Array.Resize(ref _starts, rows + 1);
            Array.Resize(ref _targets, rows);
            Array.Resize(ref _weights, rows);
        }
        (_targets[Count], _weights[Count]) = (target, weight);
        _starts[++Count] = _entries;
    }

    private void Grow(int more)
    {
        if (_entries + more <= _columns.Length) return;
        int size = Math.Max(_entries + more, 2 * _columns.Length);
        Array.Resize(ref _columns, size);
        Array.Resize(ref _values, size);
    }
}
