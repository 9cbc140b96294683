using Kindred.Numerics;
using Kindred.Numerics.Search;

namespace Kindred.Retrieval.Indexes.Hnsw;

/// <summary>
/// The walk through a graph: from a place to its neighbours, to theirs, always on from the best one, until the best known are all looked at
/// (Malkov and Yashunin 2018, Algorithm 2). Owns its memory: one thread at a time.
/// </summary>
internal sealed class HnswSearch
{
    private readonly Int8Rows.Query _codes;
    private readonly int[] _fresh; // the neighbours of a place that were not seen before
    private readonly float[] _scores; // [fresh]
    private ulong[] _seen = []; // a bit for each slot
    private int[] _touched = []; // its words that are not 0
    private int _touchedCount;
    private HnswGraph _graph;
    private float _offset;

    public HnswSearch(HnswGraph graph)
    {
        _graph = graph;
        _codes = new(graph.Dimensions);
        (_fresh, _scores) = (new int[2 * graph.Links], new float[2 * graph.Links]);
    }

    /// <summary>The best places of the last walk.</summary>
    public CandidateQueue Pool { get; } = new();

    /// <summary>Vectors that the last query was compared with.</summary>
    public int Compared { get; private set; }

    /// <summary>Starts with another query.</summary>
    /// <param name="vector">[d]</param>
    /// <param name="offset">Its one more coordinate, while the graph is built; 0 for who only asks.</param>
    public void Begin(HnswGraph graph, ReadOnlySpan<float> vector, float offset = 0)
    {
        _codes.Set(vector);
        (_graph, _offset, Compared) = (graph, offset, 0);
        int words = (graph.Capacity + 63) / 64;
        if (_seen.Length < words) (_seen, _touched, _touchedCount) = (new ulong[words], new int[words], 0);
    }

    /// <summary>Goes down from the top to a level, on each always to the best neighbour. Ends at a place to continue from.</summary>
    public int Descend(int toLevel)
    {
        int best = _graph.Entry;
        float score = ScoreOf(best);
        for (int level = _graph.Levels[best]; level > toLevel; level--)
        {
            while (true)
            {
                int count = Gather(best, level, onlyFresh: false), better = -1;
                Score(count);
                for (int n = 0; n < count; n++) if (_scores[n] > score) (better, score) = (_fresh[n], _scores[n]);
                if (better < 0) break;
                best = better;
            }
        }
        return best;
    }

    /// <summary>Fills the pool with the best places of a level.</summary>
    /// <param name="from">Where to begin.</param>
    /// <param name="effort">ef: the most that are kept.</param>
    public void Walk(ReadOnlySpan<int> from, int level, int effort)
    {
        Start(from, effort);
        while (Pool.TryNext(out int place, out _))
        {
            int count = Gather(place, level, onlyFresh: true);
            if (level == 0 && Pool.PeekNext() is >= 0 and int after) _graph.PrefetchLinks(after);
            Score(count);
            for (int n = 0; n < count; n++) Pool.Add(_fresh[n], _scores[n]);
        }
    }

    /// <summary>
    /// A walk on level 0 that keeps apart the best of those that may be found. It ends when what is left to look at is worse than all of
    /// them, so that the fewer may be found, the farther it goes by itself.
    /// </summary>
    /// <param name="found">Takes the slots of those that may be found.</param>
    /// <param name="most">Vectors to compare with at most.</param>
    /// <returns>
    /// False when it went too far, or ended without having filled <paramref name="found"/>: the result is not to be trusted.
    /// </returns>
    public bool Walk(int from, Func<int, bool> mayBeFound, int pool, ref TopK found, int capacity, int most)
    {
        Start([from], pool);
        if (mayBeFound(from)) found.Offer(from, Pool.ScoreAt(0));
        while (Pool.TryNext(out int place, out float score))
        {
            if (score < found.Threshold) return true;
            if (Compared > most) return false;
            int count = Gather(place, 0, onlyFresh: true);
            Score(count);
            for (int n = 0; n < count; n++)
            {
                Pool.Add(_fresh[n], _scores[n]);
                if (_scores[n] >= found.Threshold && mayBeFound(_fresh[n])) found.Offer(_fresh[n], _scores[n]);
            }
        }
        return found.Count == capacity;
    }

    /// <summary>No walk: all of these are looked at.</summary>
    /// <param name="found">Takes the best of them.</param>
    public void Score(ReadOnlySpan<int> slots, ref TopK found)
    {
        for (int first = 0; first < slots.Length; first += _fresh.Length)
        {
            var some = slots[first..Math.Min(first + _fresh.Length, slots.Length)];
            foreach (int slot in some) _graph.Codes.Prefetch(slot);
            some.CopyTo(_fresh);
            Score(some.Length);
            for (int n = 0; n < some.Length; n++) found.Offer(some[n], _scores[n]);
        }
    }

    /// <summary>Fills the pool without a walk: all slots are looked at.</summary>
    public void LookAtAll(int effort)
    {
        Start([], effort);
        for (int first = 0; first < _graph.Count; first += _fresh.Length)
        {
            int count = Math.Min(_fresh.Length, _graph.Count - first);
            for (int n = 0; n < count; n++) _fresh[n] = first + n;
            Score(count);
            for (int n = 0; n < count; n++) Pool.Add(_fresh[n], _scores[n]);
        }
    }

    private void Start(ReadOnlySpan<int> from, int capacity)
    {
        for (int n = 0; n < _touchedCount; n++) _seen[_touched[n]] = 0;
        _touchedCount = 0;
        Pool.Reset(capacity);
        foreach (int slot in from)
            if (IsFresh(slot)) Pool.Add(slot, ScoreOf(slot));
    }

    private float ScoreOf(int slot)
    {
        _fresh[0] = slot;
        Score(1);
        return _scores[0];
    }

    // the neighbours of a place, asked for from the memory while the others are looked up
    private int Gather(int place, int level, bool onlyFresh)
    {
        int count = 0, known = _graph.Count;
        var codes = _graph.Codes;
        foreach (int slot in _graph.LinksOf(place, level))
        {
            // −1, or one that came while we walk
            if ((uint)slot >= (uint)known || (onlyFresh && !IsFresh(slot))) continue;
            codes.Prefetch(slot);
            _fresh[count++] = slot;
        }
        return count;
    }

    private bool IsFresh(int slot)
    {
        ref ulong word = ref _seen[slot / 64];
        ulong bit = 1UL << slot;
        if ((word & bit) != 0) return false;
        if (word == 0) _touched[_touchedCount++] = slot / 64;
        word |= bit;
        return true;
    }

    private void Score(int count)
    {
        _graph.Codes.MultiplyAt(_codes, _fresh.AsSpan(0, count), _scores);
        if (_offset != 0) for (int n = 0; n < count; n++) _scores[n] += _offset * _graph.Offsets[_fresh[n]];
        Compared += count;
    }
}
