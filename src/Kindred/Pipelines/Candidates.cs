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

    private readonly Dictionary<int, int> _places = [];
    private int[] _items = [], _ranks = []; // [places]; [places, sources], from 1; 0: not proposed by it
    private float[] _scores = [], _sourceScores = []; // [places]; [places, sources]
    private int[] _order = [];
    private float[]? _propensities; // [at least count]; null: nothing was drawn

    public IReadOnlyList<string> Sources => sources;

    public int Count { get; private set; }

    /// <summary>[count], the best first once sorted.</summary>
    public ReadOnlySpan<int> Items => _items.AsSpan(0, Count);

    /// <summary>[count], higher is better; stages overwrite them.</summary>
    public Span<float> Scores => _scores.AsSpan(0, Count);

    /// <summary>[count], see <see cref="Candidate.Propensity"/>; empty when nothing was drawn.</summary>
    public Span<float> Propensities => _propensities.AsSpan(0, _propensities is null ? 0 : Count);

    /// <returns>What a source scored the item at a place; NaN when it did not propose it. Not comparable between sources.</returns>
    public float SourceScore(int place, int source) => RankIn(place, source) > 0 ? _sourceScores[(place * sources.Count) + source] : float.NaN;

    /// <returns>The place that a source gave the item, from 1; 0 when it did not propose it.</returns>
    public int RankIn(int place, int source)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)place, (uint)Count, nameof(place));
        return _ranks[(place * sources.Count) + source];
    }

    /// <returns>Where the item is; −1: it is not among them.</returns>
    public int PlaceOf(int item) => _places.TryGetValue(item, out int place) ? place : -1;

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
        Items.CopyTo(copy._items);
        Scores.CopyTo(copy._scores);
        _ranks.AsSpan(0, Count * sources.Count).CopyTo(copy._ranks);
        _sourceScores.AsSpan(0, Count * sources.Count).CopyTo(copy._sourceScores);
        for (int place = 0; place < Count; place++) copy._places.Add(_items[place], place);
        return copy;
    }

    /// <summary>Starts again with an empty list.</summary>
    public void Clear()
    {
        _places.Clear();
        (Count, _propensities) = (0, null);
    }

    /// <summary>For a stage that draws: from here on each place has a propensity, 1 until it is overwritten.</summary>
    public void BeginPropensities() => (_propensities = new float[Count]).AsSpan().Fill(1);

    /// <summary>Adds what a source proposed; to be called once for each.</summary>
    /// <param name="items">[any], best first, without repeats.</param>
    /// <param name="scores">[items]</param>
    public void Add(int source, ReadOnlySpan<int> items, ReadOnlySpan<float> scores)
    {
        MakeRoom(Count + items.Length);
        _propensities = null;
        for (int n = 0; n < items.Length; n++)
        {
            if (!_places.TryGetValue(items[n], out int place))
            {
                _places.Add(items[n], place = Count++);
                (_items[place], _scores[place]) = (items[n], 0);
                _ranks.AsSpan(place * sources.Count, sources.Count).Clear();
            }
            _ranks[(place * sources.Count) + source] = n + 1;
            _sourceScores[(place * sources.Count) + source] = scores[n];
        }
    }

    /// <summary>Adds items of which no source said anything; those that are there stay as they are.</summary>
    /// <param name="items">[any]</param>
    public void Include(ReadOnlySpan<int> items)
    {
        MakeRoom(Count + items.Length);
        _propensities = null;
        foreach (int item in items)
        {
            if (!_places.TryAdd(item, Count)) continue;
            (_items[Count], _scores[Count]) = (item, 0);
            _ranks.AsSpan(Count++ * sources.Count, sources.Count).Clear();
        }
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
            _scores[place] = sources.Count == 1 ? SourceScore(place, 0) : fused;
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
        for (int place = 0; place < Count; place++) _order[place] = place;
        MemoryExtensions.Sort(_order.AsSpan(0, Count), (a, b) =>
            _scores[b].CompareTo(_scores[a]) is not 0 and var way ? way : _items[a].CompareTo(_items[b]));
        Reorder(_order.AsSpan(0, Count));
    }

    /// <summary>Keeps some items, in another order.</summary>
    /// <param name="places">Where they are, without repeats.</param>
    public void Reorder(ReadOnlySpan<int> places)
    {
        int width = sources.Count;
        int[] items = new int[places.Length], ranks = new int[places.Length * width];
        float[] scores = new float[places.Length], sourceScores = new float[places.Length * width];
        for (int n = 0; n < places.Length; n++)
        {
            (items[n], scores[n]) = (_items[places[n]], _scores[places[n]]);
            _ranks.AsSpan(places[n] * width, width).CopyTo(ranks.AsSpan(n * width));
            _sourceScores.AsSpan(places[n] * width, width).CopyTo(sourceScores.AsSpan(n * width));
        }
        if (_propensities is { } propensities) _propensities = Array.ConvertAll(places.ToArray(), place => propensities[place]);
        (_items, _ranks, _scores, _sourceScores, Count) = (items, ranks, scores, sourceScores, items.Length);
        _places.Clear();
        for (int place = 0; place < Count; place++) _places.Add(_items[place], place);
    }

    public void Truncate(int count)
    {
        for (int place = Count - 1; place >= count; place--) _places.Remove(_items[place]);
        Count = Math.Min(Count, count);
    }

    /// <returns>The list as an answer.</returns>
    public IReadOnlyList<Candidate> ToList()
    {
        var list = new Candidate[Count];
        for (int place = 0; place < Count; place++)
            list[place] = new(_items[place], _scores[place], sources[BestSourceOf(place)]) { Propensity = _propensities?[place] };
        return list;
    }

    private void MakeRoom(int count)
    {
        if (_items.Length >= count) return;
        int capacity = Math.Max(count, 2 * _items.Length);
        Array.Resize(ref _items, capacity);
        Array.Resize(ref _scores, capacity);
        Array.Resize(ref _order, capacity);
        Array.Resize(ref _ranks, capacity * sources.Count);
        Array.Resize(ref _sourceScores, capacity * sources.Count);
    }
}
