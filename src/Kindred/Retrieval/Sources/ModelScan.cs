using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Retrieval.Sources;

/// <summary>Scores every item with any model and keeps the best. Owns its memory, [items] and the list: one thread at a time.</summary>
internal sealed class ModelScan(IModel model)
{
    private readonly float[] _all = new float[model.Items.Count];
    private int[] _items = [];
    private float[] _scores = [];
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
        var top = new TopK(_items.AsSpan(0, count), _scores.AsSpan(0, count));
        top.OfferAll(_all);
        top.Sort();
        _count = top.Count;
    }
}
