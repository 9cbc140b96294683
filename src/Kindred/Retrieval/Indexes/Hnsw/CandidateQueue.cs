using System.Runtime.CompilerServices;
using Kindred.Numerics;

namespace Kindred.Retrieval.Indexes.Hnsw;

/// <summary>
/// The best places that a search in a graph has seen, best first, each marked when its neighbours were looked at. What has fallen out of it
/// is worse than all that is in, and would never be looked at by a search that ends when nothing better is left: one array is both of the
/// queues of the paper's Algorithm 2.
/// </summary>
internal sealed class CandidateQueue
{
    private ulong[] _keys = new ulong[64]; // score, then slot, of which the lowest bit is the mark
    private int _capacity, _next; // all before _next are marked

    public int Count { get; private set; }

    /// <summary>A score below this cannot enter.</summary>
    public float Threshold { get; private set; }

    public void Reset(int capacity)
    {
        if (_keys.Length < capacity) _keys = new ulong[Math.Max(capacity, 2 * _keys.Length)];
        (_capacity, _next, Count, Threshold) = (capacity, 0, 0, float.NegativeInfinity);
    }

    public int SlotAt(int place) => (int)((uint)_keys[place] >> 1);

    public float ScoreAt(int place) => SortKeys.ScoreOf(_keys[place]);

    /// <summary>Takes a place that was not in before; the worst one falls out when there is no room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int slot, float score)
    {
        if (score > Threshold || Count < _capacity) Insert(SortKeys.OrderOf(score) | ((ulong)(uint)slot << 1));
    }

    /// <summary>Marks the best place that is not, and names it.</summary>
    /// <returns>False when all are marked.</returns>
    public bool TryNext(out int slot, out float score)
    {
        slot = PeekNext();
        score = slot < 0 ? float.NaN : ScoreAt(_next);
        if (slot < 0) return false;
        _keys[_next++] |= 1;
        return true;
    }

    /// <returns>The best place that is not marked, as it stands; −1: there is none.</returns>
    public int PeekNext()
    {
        while (_next < Count && (_keys[_next] & 1) != 0) _next++;
        return _next < Count ? SlotAt(_next) : -1;
    }

    private void Insert(ulong key)
    {
        int at = 0;
        for (int length = Count; length > 0;)
        {
            int half = (length + 1) / 2;
            // no branch to guess
            at += _keys[at + half - 1] > key ? half : 0;
            length -= half;
        }
        int last = Math.Min(Count, _capacity - 1);
        if (at > last) return;
        Array.Copy(_keys, at, _keys, at + 1, last - at);
        _keys[at] = key;
        Count = last + 1;
        _next = Math.Min(_next, at);
        if (Count == _capacity) Threshold = SortKeys.ScoreOf(_keys[last]);
    }
}
