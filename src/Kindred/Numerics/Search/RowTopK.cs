using System.Numerics;

namespace Kindred.Numerics.Search;

/// <summary>
/// The best rows of a stream of scores, of those whose id may be found: a first look, whose order does not matter. What passes the bar
/// is appended; a full buffer is cut to about the best by selection, which raises the bar. Its memory is used again: one thread at a time.
/// </summary>
/// <param name="ids">[rows], a number of each, by which rows are allowed or excluded.</param>
internal sealed class RowTopK(ReadOnlyMemory<int> ids)
{
    private const int LeastSpare = 64;

    private ulong[] _keys = [];
    private int[] _rows = [];
    private readonly bool[] _excluded = new bool[EndOf(ids.Span)]; // [ids]
    private BitSet? _allowed;
    private bool _filtered;
    private int _most, _capacity;

    /// <summary>A score below this cannot enter.</summary>
    public float Bar { get; private set; }

    /// <summary>How many are held.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets what it holds.</summary>
    /// <param name="most">How many are wanted, at least 1.</param>
    /// <param name="allowed">Ids that may be found; null: all.</param>
    /// <param name="excluded">Ids that may not.</param>
    public void Begin(int most, BitSet? allowed, ReadOnlySpan<int> excluded)
    {
        (Bar, Count, _most, _allowed, _filtered) = (float.NegativeInfinity, 0, most, allowed, allowed is not null || !excluded.IsEmpty);
        _capacity = most + Math.Max(LeastSpare, most / 2);
        if (_keys.Length < _capacity) _keys = new ulong[_capacity];
        Mark(excluded, true);
    }

    public void Offer(int row, float score)
    {
        if (!(score >= Bar)) return;
        if (_filtered && !MayBeFound(ids.Span[row])) return;
        if (Count == _capacity) Cut();
        _keys[Count++] = SortKeys.Of(score, row);
    }

    /// <summary>Offers scores[n] + offset as row <paramref name="first"/> + n; whole vectors below the bar cost one comparison.</summary>
    /// <param name="scores">[any]</param>
    public void OfferAll(ReadOnlySpan<float> scores, float offset, int first)
    {
        int width = Vector<float>.Count, n = 0;
        for (; n + width <= scores.Length; n += width)
        {
            if (!Vector.GreaterThanOrEqualAny(new Vector<float>(scores[n..]) + new Vector<float>(offset), new Vector<float>(Bar))) continue;
            for (int lane = n; lane < n + width; lane++) Offer(first + lane, scores[lane] + offset);
        }
        for (; n < scores.Length; n++) Offer(first + n, scores[n] + offset);
    }

    /// <param name="excluded">As at <see cref="Begin"/>.</param>
    /// <returns>The rows, in any order.</returns>
    public ReadOnlySpan<int> End(ReadOnlySpan<int> excluded)
    {
        Mark(excluded, false);
        if (Count > _most) (Count, _) = SortKeys.KeepGreatest(_keys.AsSpan(0, Count), _most, _most);
        if (_rows.Length < Count) _rows = new int[_keys.Length];
        for (int n = 0; n < Count; n++) _rows[n] = SortKeys.NumberOf(_keys[n]);
        return _rows.AsSpan(0, Count);
    }

    // a few more than are wanted are nearly as good, and found sooner
    private void Cut()
    {
        (Count, ulong bound) = SortKeys.KeepGreatest(_keys.AsSpan(0, Count), _most, _most + ((_capacity - _most) / 4));
        Bar = SortKeys.ScoreOf(bound);
    }

    private bool MayBeFound(int id) => !_excluded[id] && _allowed?.Contains(id) != false;

    private void Mark(ReadOnlySpan<int> excluded, bool mark)
    {
        foreach (int id in excluded) if ((uint)id < (uint)_excluded.Length) _excluded[id] = mark;
    }

    private static int EndOf(ReadOnlySpan<int> ids)
    {
        int end = 0;
        foreach (int id in ids) end = Math.Max(end, id + 1);
        return end;
    }
}
