using Kindred.Numerics;
using Kindred.Numerics.Search;

namespace Kindred.Retrieval.Indexes.Hnsw;

/// <summary>
/// Chooses links that lead into different directions: a candidate is left out when it is nearer to one that was chosen than to the place
/// itself, as it can be reached through that one (Malkov and Yashunin 2018, Algorithm 4). Owns its memory: one thread at a time.
/// </summary>
internal sealed class NeighbourSelection(HnswGraph graph, int links)
{
    private readonly Int8Rows.Query _codes = new(graph.Dimensions);
    private readonly List<ulong> _candidates = [];
    private readonly List<int> _leftOut = [];
    private readonly int[] _chosen = new int[links];
    private readonly float[] _scores = new float[links];

    private bool _withOffsets;

    /// <summary>Forgets the candidates.</summary>
    /// <param name="withOffsets">Whether the offsets count in what is like what.</param>
    public void Begin(bool withOffsets)
    {
        _withOffsets = withOffsets;
        _candidates.Clear();
    }

    public void Add(int slot, float score) => _candidates.Add(SortKeys.Of(score, slot));

    /// <summary>Adds slots with their likeness to a place.</summary>
    /// <param name="scores">[slots], scratch.</param>
    public void AddAll(int place, ReadOnlySpan<int> slots, Span<float> scores)
    {
        _codes.Set(graph.Codes, place);
        graph.Codes.MultiplyAt(_codes, slots, scores);
        float offset = OffsetOf(place);
        for (int n = 0; n < slots.Length; n++) Add(slots[n], scores[n] + (offset * graph.Offsets[slots[n]]));
    }

    /// <summary>Chooses among the candidates, the best first.</summary>
    /// <param name="to">Overwritten with at most as many as it is long, then −1.</param>
    /// <param name="fill">Whether room that is left is for the best of those left out.</param>
    public void Choose(Span<int> to, bool fill)
    {
        _candidates.Sort();
        _leftOut.Clear();
        int count = 0;
        for (int n = _candidates.Count - 1; n >= 0 && count < to.Length; n--)
        {
            int slot = SortKeys.NumberOf(_candidates[n]);
            if (LeadsElsewhere(slot, SortKeys.ScoreOf(_candidates[n]), count)) _chosen[count++] = slot;
            else if (fill) _leftOut.Add(slot);
        }
        for (int n = 0; n < _leftOut.Count && count < to.Length; n++) _chosen[count++] = _leftOut[n];
        _chosen.AsSpan(0, count).CopyTo(to);
        to[count..].Fill(-1);
    }

    private bool LeadsElsewhere(int slot, float score, int chosen)
    {
        if (chosen == 0) return true;
        _codes.Set(graph.Codes, slot);
        float offset = OffsetOf(slot);
        graph.Codes.MultiplyAt(_codes, _chosen.AsSpan(0, chosen), _scores);
        for (int n = 0; n < chosen; n++)
            if (_scores[n] + (offset * graph.Offsets[_chosen[n]]) > score) return false;
        return true;
    }

    private float OffsetOf(int slot) => _withOffsets ? graph.Offsets[slot] : 0;
}
