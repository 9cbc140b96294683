using System.Runtime.InteropServices;
using Kindred.Numerics;

namespace Kindred.Pipelines;

/// <summary>An item in a pipeline's answer.</summary>
/// <param name="Source">Name of the source that ranked it best.</param>
internal readonly record struct Candidate(int Item, float Score, string Source)
{
    /// <summary>
    /// The chance with which it came to its place, given those above it; null when nothing was drawn. To be logged with what was shown.
    /// </summary>
    public float? Propensity { get; init; }
}

/// <summary>
/// The list that one request carries through its stages: each item once, with its score so far, and what every source that proposed it
/// said. Mutable, never shared between requests; its memory is used again.
/// </summary>
/// <param name="sources">Their names, in the order in which they are numbered; those of fallbacks last.</param>
/// <param name="fallbacks">How many of the sources are fallbacks.</param>
internal sealed class Candidates(IReadOnlyList<string> sources, int fallbacks = 0, float[]? weights = null)
{
    /// <summary>
    /// The constant of reciprocal rank fusion (G. Cormack et al., "Reciprocal Rank Fusion Outperforms Condorcet…", SIGIR 2009).
    /// </summary>
    private const float FusionRank = 60;

    private readonly int _own = sources.Count - fallbacks; // the first sources
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
    public float SourceScore(int place, int source) =>
        RankIn(place, source) > 0 ? _now.SourceScores[(place * sources.Count) + source] : float.NaN;

    /// <returns>The place that a source gave the item, from 1; 0 when it did not propose it.</returns>
    public int RankIn(int place, int source)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)place, (uint)Count, nameof(place));
        return _now.Ranks[(place * sources.Count) + source];
    }

    /// <returns>How many sources proposed the item, fallbacks aside.</returns>
    public int SourcesOf(int place) => SourcesOf(place, 0, _own);

    /// <returns>True when fallbacks alone proposed the item.</returns>
    public bool IsFromFallback(int place) => SourcesOf(place, _own, sources.Count) > 0 && SourcesOf(place) == 0;

    /// <returns>Where the item is; −1: it is not among them.</returns>
    public int PlaceOf(int item)
    {
        FindPlaces();
        return _places.TryGetValue(item, out int place) ? place : -1;
    }

    /// <returns>The source that ranked the item best; of several the first; a fallback only where no other source proposed it.</returns>
    public int BestSourceOf(int place)
    {
        int best = 0, end = IsFromFallback(place) ? sources.Count : _own;
        for (int source = 1; source < end; source++)
            if (RankIn(place, source) is > 0 and int rank && (RankIn(place, best) == 0 || rank < RankIn(place, best))) best = source;
        return best;
    }

    /// <returns>A list of its own, the same as this one is now.</returns>
    public Candidates Copy()
    {
        var copy = new Candidates(sources, fallbacks, weights);
        CopyTo(copy);
        return copy;
    }

    /// <summary>Overwrites another list of the same sources with this one.</summary>
    public void CopyTo(Candidates other)
    {
        other.Clear();
        other.Append(this);
        other._propensities = _propensities?.AsSpan(0, Count).ToArray();
    }

    /// <summary>Takes the items that fallbacks alone proposed out of the list; both parts keep their order.</summary>
    /// <param name="aside">Overwritten with what was taken out.</param>
    public void SetFallbackAside(Candidates aside)
    {
        aside.Clear();
        aside.MakeRoom(Count);
        for (int place = 0; place < Count; place++)
            if (IsFromFallback(place)) aside._now.Take(aside.Count++, _now, place, sources.Count);
        aside._placesAreRight = false;
        KeepWhere(place => !IsFromFallback(place));
    }

    /// <summary>Adds the items of another list of the same sources, none of which is in this one, behind those that are there.</summary>
    public void Append(Candidates other)
    {
        MakeRoom(Count + other.Count);
        if (_propensities is { } drawn)
        {
            // nothing was drawn of what is added
            _propensities = new float[Count + other.Count];
            _propensities.AsSpan().Fill(1);
            drawn.AsSpan(0, Count).CopyTo(_propensities);
        }
        for (int place = 0; place < other.Count; place++) _now.Take(Count + place, other._now, place, sources.Count);
        (Count, _placesAreRight) = (Count + other.Count, false);
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
    /// <param name="scores">[items]; infinite ones become the largest there are, and what has none (NaN) the smallest.</param>
    public void Add(int source, ReadOnlySpan<int> items, ReadOnlySpan<float> scores)
    {
        MakeRoom(Count + items.Length);
        FindPlaces();
        _propensities = null;
        for (int n = 0; n < items.Length; n++)
        {
            int place = PlaceFor(items[n]);
            _now.Ranks[(place * sources.Count) + source] = n + 1;
            _now.SourceScores[(place * sources.Count) + source] = Finite(scores[n], float.MinValue);
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
    /// Gives every item a first score: of a single source its own; of several, whose scores are not comparable, the sum of
    /// weight / (60 + rank).
    /// Fallbacks count for what they alone proposed.
    /// </summary>
    public void Fuse()
    {
        for (int place = 0; place < Count; place++)
            _now.Scores[place] = IsFromFallback(place) ? Fused(place, _own, sources.Count) : Fused(place, 0, _own);
    }

    private float Fused(int place, int first, int end)
    {
        if (end - first == 1) return SourceScore(place, first);
        float fused = 0;
        for (int source = first; source < end; source++)
            if (RankIn(place, source) is > 0 and int rank) fused += (weights?[source] ?? 1) / (FusionRank + rank);
        return fused;
    }

    private int SourcesOf(int place, int first, int end)
    {
        int count = 0;
        for (int source = first; source < end; source++) if (RankIn(place, source) > 0) count++;
        return count;
    }

    /// <summary>
    /// Makes every score a finite number: what a stage could not score (NaN) gets the least of the others, or 0 where there is none; the
    /// order stays.
    /// </summary>
    public void MakeFinite()
    {
        float least = float.PositiveInfinity;
        bool areFinite = true;
        foreach (float score in Scores)
        {
            areFinite &= float.IsFinite(score);
            if (!float.IsNaN(score)) least = Math.Min(least, Finite(score, 0));
        }
        if (areFinite) return;
        if (float.IsPositiveInfinity(least)) least = 0;
        foreach (ref float score in Scores) score = Finite(score, least);
    }

    private static float Finite(float score, float unknown) =>
        float.IsNaN(score) ? unknown : Math.Clamp(score, float.MinValue, float.MaxValue);

    /// <summary>Removes items; the others keep their order.</summary>
    /// <param name="keep">Told a place; true: it stays.</param>
    public void KeepWhere(Predicate<int> keep)
    {
        int kept = 0;
        for (int place = 0; place < Count; place++) if (keep(place)) _order[kept++] = place;
        if (kept < Count) Reorder(_order.AsSpan(0, kept));
    }

    /// <summary>
    /// Best first; equal scores by ascending item, so that equal inputs give equal lists. What has no score (NaN) follows in the order in
    /// which it stood, and last what fallbacks alone proposed, ordered likewise.
    /// </summary>
    public void Sort()
    {
        int end = SortKeysOf(fromFallback: false, 0);
        MemoryExtensions.Sort(_keys.AsSpan(0, end), _order.AsSpan(0, end));
        if (end < Count)
        {
            SortKeysOf(fromFallback: true, end);
            MemoryExtensions.Sort(_keys.AsSpan(end, Count - end), _order.AsSpan(end, Count - end));
        }
        Reorder(_order.AsSpan(0, Count));
    }

    // writes keys and places of one part of the list from a position on; returns where it ends
    private int SortKeysOf(bool fromFallback, int position)
    {
        for (int place = 0; place < Count; place++)
        {
            if (fallbacks > 0 && IsFromFallback(place) != fromFallback) continue;
            float score = _now.Scores[place];
            _keys[position] = ~(float.IsNaN(score) ? SortKeys.WithoutScore(place) : SortKeys.Of(score, _now.Items[place]));
            _order[position++] = place;
        }
        return position;
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
        public static Columns Of(int places, int sources) =>
            new(new int[places], new float[places], new int[places * sources], new float[places * sources]);

        public void Take(int place, Columns from, int old, int sources)
        {
            (Items[place], Scores[place]) = (from.Items[old], from.Scores[old]);
            from.Ranks.AsSpan(old * sources, sources).CopyTo(Ranks.AsSpan(place * sources));
            from.SourceScores.AsSpan(old * sources, sources).CopyTo(SourceScores.AsSpan(place * sources));
        }
    }
}
