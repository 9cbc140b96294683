using System.Runtime.InteropServices;
using Kindred.Numerics;

namespace Kindred.Pipelines;

/// <summary>An item in a pipeline's answer.</summary>
/// <param name="Source">Name of the source that ranked it best.</param>
public readonly record struct Candidate(int Item, float Score, string Source)
{
    /// <summary>The chance with which it came to its place, given those above it; null when nothing was drawn. To be logged with what was shown.</summary>
    public float? Propensity { get; init; }
}

/// <summary>
/// The list that one request carries through its stages: each item once, with its score so far, and what every source that proposed it said.
/// Mutable, never shared between requests; its memory is used again.
/// </summary>
/// <param name="sources">Their names, in the order in which they are numbered.</param>
public sealed class Candidates(IReadOnlyList<string> sources)
{
    /// <summary>The constant of reciprocal rank fusion (G. Cormack et al., "Reciprocal Rank Fusion Outperforms Condorcet…", SIGIR 2009).</summary>
    private const float FusionRank = 60;

    private readonly Dictionary<int, int> _places = []; // by item; made when asked for once the order has changed
    private Columns _now = Columns.Of(0, 0), _next = Columns.Of(0, 0); // the list, and room for the same in another order
    private ulong[] _keys = [];
    private int[] _order = [];
    private bool _placesAreRight = true;
    private float[]? _propensities; // [at least count]; null: nothing was drawn

    public IReadOnlyList<string> Sources => sources;

    public int Count { get; private set; }

    /// <summary>[count], the best first once sorted.</summary>
    public ReadOnlySpan<int> Items => _now.Items.AsSpan(0, Count);

    /// <summary>[count], higher is better; stages overwrite them.</summary>
    public Span<float> Scores => _now.Scores.AsSpan(0, Count);

    /// <summary>[count], see <see cref="Candidate.Propensity"/>; empty when nothing was drawn.</summary>
    public Span<float> Propensities => _propensities.AsSpan(0, _propensities is null ? 0 : Count);

    /// <returns>What a source scored the item at a place; NaN when it did not propose it. Not comparable between sources.</returns>
    public float SourceScore(int place, int source) => RankIn(place, source) > 0 ? _now.SourceScores[(place * sources.Count) + source] : float.NaN;

    /// <returns>The place that a source gave the item, from 1; 0 when it did not propose it.</returns>
    public int RankIn(int place, int source)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)place, (uint)Count, nameof(place));
        return _now.Ranks[(place * sources.Count) + source];
    }

    /// <returns>How many sources proposed the item.</returns>
    public int SourcesOf(int place)
    {
        int count = 0;
        for (int source = 0; source < sources.Count; source++) if (RankIn(place, source) > 0) count++;
        return count;
    }

    /// <returns>Where the item is; −1: it is not among them.</returns>
    public int PlaceOf(int item)
    {
        FindPlaces();
        return _places.TryGetValue(item, out int place) ? place : -1;
    }

    /// <returns>The source that ranked the item best; of several the first.</returns>
    public int BestSourceOf(int place)
    {
        int best = 0;
        for (int source = 1; source < sources.Count; source++)
            if (RankIn(place, source) is > 0 and int rank && (RankIn(place, best) == 0 || rank < RankIn(place, best))) best = source;
        return best;
    }

    /// <returns>A list of its own, the same as this one is now.</returns>
    public Candidates Copy()
    {
        var copy = new Candidates(sources);
        copy.MakeRoom(Count);
        (copy.Count, copy._propensities) = (Count, _propensities?.AsSpan(0, Count).ToArray());
        copy._placesAreRight = false;
        for (int place = 0; place < Count; place++) copy._now.Take(place, _now, place, sources.Count);
        return copy;
    }

    /// <summary>Starts again with an empty list.</summary>
    public void Clear()
    {
        _places.Clear();
        (Count, _propensities, _placesAreRight) = (0, null, true);
    }

    /// <summary>For a stage that draws: from here on each place has a propensity, 1 until it is overwritten.</summary>
    public void BeginPropensities() => (_propensities = new float[Count]).AsSpan().Fill(1);

    /// <summary>Adds what a source proposed; to be called once for each.</summary>
    /// <param name="items">[any], best first, without repeats.</param>
    /// <param name="scores">[items]</param>
    public void Add(int source, ReadOnlySpan<int> items, ReadOnlySpan<float> scores)
    {
        MakeRoom(Count + items.Length);
        FindPlaces();
        _propensities = null;
        for (int n = 0; n < items.Length; n++)
        {
            int place = PlaceFor(items[n]);
            _now.Ranks[(place * sources.Count) + source] = n + 1;
            _now.SourceScores[(place * sources.Count) + source] = scores[n];
        }
    }

    /// <summary>Adds items of which no source said anything; those that are there stay as they are.</summary>
    /// <param name="items">[any]</param>
    public void Include(ReadOnlySpan<int> items)
    {
        MakeRoom(Count + items.Length);
        _propensities = null;
        FindPlaces();
        foreach (int item in items) PlaceFor(item);
    }

    /// <summary>
    /// Gives every item a first score: of a single source its own; of several, whose scores are not comparable, the sum of 1 / (60 + rank).
    /// </summary>
    public void Fuse()
    {
        for (int place = 0; place < Count; place++)
        {
            float fused = 0;
            for (int source = 0; source < sources.Count; source++) if (RankIn(place, source) is > 0 and int rank) fused += 1 / (FusionRank + rank);
            _now.Scores[place] = sources.Count == 1 ? SourceScore(place, 0) : fused;
        }
    }

    /// <summary>Removes items; the others keep their order.</summary>
    /// <param name="keep">Told a place; true: it stays.</param>
    public void KeepWhere(Predicate<int> keep)
    {
        int kept = 0;
        for (int place = 0; place < Count; place++) if (keep(place)) _order[kept++] = place;
        if (kept < Count) Reorder(_order.AsSpan(0, kept));
    }

    /// <summary>Best first, NaN last; equal scores by ascending item, so that equal inputs give equal lists.</summary>
    public void Sort()
    {
        for (int place = 0; place < Count; place++)
        {
            float score = _now.Scores[place];
            _keys[place] = ~(float.IsNaN(score) ? SortKeys.WithoutScore(_now.Items[place]) : SortKeys.Of(score, _now.Items[place]));
            _order[place] = place;
        }
        MemoryExtensions.Sort(_keys.AsSpan(0, Count), _order.AsSpan(0, Count));
        Reorder(_order.AsSpan(0, Count));
    }

    /// <summary>Keeps some items, in another order.</summary>
    /// <param name="places">Where they are, without repeats.</param>
    public void Reorder(ReadOnlySpan<int> places)
    {
        if (_next.Items.Length < _now.Items.Length) _next = Columns.Of(_now.Items.Length, sources.Count);
        for (int n = 0; n < places.Length; n++) _next.Take(n, _now, places[n], sources.Count);
        if (_propensities is { } propensities) _propensities = Array.ConvertAll(places.ToArray(), place => propensities[place]);
        (_now, _next, Count, _placesAreRight) = (_next, _now, places.Length, false);
    }

    public void Truncate(int count)
    {
        if (count >= Count) return;
        (Count, _placesAreRight) = (count, false);
    }

    /// <returns>The list as an answer.</returns>
    public IReadOnlyList<Candidate> ToList()
    {
        var list = new Candidate[Count];
        for (int place = 0; place < Count; place++)
            list[place] = new(_now.Items[place], _now.Scores[place], sources[BestSourceOf(place)]) { Propensity = _propensities?[place] };
        return list;
    }

    private void MakeRoom(int count)
    {
        if (_now.Items.Length >= count) return;
        var more = Columns.Of(Math.Max(count, 2 * _now.Items.Length), sources.Count);
        for (int place = 0; place < Count; place++) more.Take(place, _now, place, sources.Count);
        (_now, _order, _keys) = (more, new int[more.Items.Length], new ulong[more.Items.Length]);
    }

    // where the item is, or is from now on
    private int PlaceFor(int item)
    {
        ref int found = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, item, out bool isThere);
        if (isThere) return found;
        (_now.Items[Count], _now.Scores[Count], found) = (item, 0, Count);
        _now.Ranks.AsSpan(Count * sources.Count, sources.Count).Clear();
        return Count++;
    }

    private void FindPlaces()
    {
        if (_placesAreRight) return;
        _places.Clear();
        for (int place = 0; place < Count; place++) _places.Add(_now.Items[place], place);
        _placesAreRight = true;
    }

    /// <param name="Items">[places]</param>
    /// <param name="Scores">[places]</param>
    /// <param name="Ranks">[places, sources], from 1; 0: not proposed by it.</param>
    /// <param name="SourceScores">[places, sources]</param>
    private sealed record Columns(int[] Items, float[] Scores, int[] Ranks, float[] SourceScores)
    {
        public static Columns Of(int places, int sources) => new(new int[places], new float[places], new int[places * sources], new float[places * sources]);

        public void Take(int place, Columns from, int old, int sources)
        {
            (Items[place], Scores[place]) = (from.Items[old], from.Scores[old]);
            from.Ranks.AsSpan(old * sources, sources).CopyTo(Ranks.AsSpan(place * sources));
            from.SourceScores.AsSpan(old * sources, sources).CopyTo(SourceScores.AsSpan(place * sources));
        }
    }
}
