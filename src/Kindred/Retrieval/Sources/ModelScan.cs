using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Retrieval.Sources;

/// <summary>Scores every item with any model and keeps the best. Owns its memory, [items] and the list: one thread at a time.</summary>
internal sealed class ModelScan(IModel model)
{
    private readonly float[] _all = new float[model.Items.Count];
    private int[] _items = [];
    private float[] _scores = [];
    private ulong[] _keys = []; // [items], made where whole lists are asked for
    private int _count;

    /// <summary>Of the last query, best first.</summary>
    public ReadOnlySpan<int> Items => _items.AsSpan(0, _count);

    /// <summary>Parallel to <see cref="Items"/>.</summary>
    public ReadOnlySpan<float> Scores => _scores.AsSpan(0, _count);

    /// <summary>The best of <see cref="Query.Allowed"/>, without the history where the query says so.</summary>
    public void Find(in Query query, int count)
    {
        count = Math.Min(count, _all.Length);
        if (_items.Length < count) (_items, _scores) = (new int[count], new float[count]);
        model.Score(query, _all);
        if (query.ExcludesHistory) foreach (int item in query.History.Span) _all[item] = float.NaN;
        if (query.Allowed is { } allowed)
            for (int item = 0; item < _all.Length; item++) if (!allowed.Contains(item)) _all[item] = float.NaN;
        if (count == _all.Length)
        {
            SortAll();
            return;
        }
        var top = new TopK(_items.AsSpan(0, count), _scores.AsSpan(0, count));
        top.OfferAll(_all);
        top.Sort();
        _count = top.Count;
    }

    // a heap of everything would take several times as long
    private void SortAll()
    {
        if (_keys.Length < _all.Length) _keys = new ulong[_all.Length];
        _count = 0;
        for (int item = 0; item < _all.Length; item++)
            if (!float.IsNaN(_all[item])) _keys[_count++] = ~SortKeys.Of(_all[item], item);
        _keys.AsSpan(0, _count).Sort();
        for (int n = 0; n < _count; n++) (_items[n], _scores[n]) = (SortKeys.NumberOf(~_keys[n]), SortKeys.ScoreOf(~_keys[n]));
    }
}
