using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Indexes.Flat;
using Kindred.Retrieval.Sources;

namespace Kindred.Retrieval;

/// <summary>
/// Items like an item, by what a model learned: the cosine of two item embeddings where there are any, otherwise the scores of a user
/// whose whole history is that item. Immutable; exact: every item is looked at.
/// </summary>
internal sealed class SimilarItems
{
    private readonly IModel _model;
    private readonly string _source;
    private readonly ModelRetriever _scores;
    private readonly IIndex? _cosines; // null for a model without embeddings

    /// <param name="source">Name of the model: the source of the candidates.</param>
    public SimilarItems(IModel model, string source)
    {
        _model = model;
        _source = source;
        _scores = new(model);
        _cosines = model is IEmbeddingModel embedding
            ? new FlatIndex.Builder { Metric = IndexMetric.Cosine }.Build(embedding.ItemEmbeddings, new())
            : null;
        IsSupported = model is IEmbeddingModel || !AnswersWithoutHistory(model);
    }

    /// <summary>Items that the model knows.</summary>
    public int Count => _model.Items.Count;

    /// <summary>False for a model that knows no similarity, such as popularity: it has the same answer whatever the history.</summary>
    public bool IsSupported { get; }

    /// <param name="allowed">Those that may be found; null: all.</param>
    /// <returns>At most <paramref name="count"/> items, best first, never the item itself; none when nothing is known about it.</returns>
    /// <exception cref="InputException">The model knows no similarity.</exception>
    public IReadOnlyList<Candidate> Find(int item, int count, BitSet? allowed = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)item, (uint)_model.Items.Count, nameof(item));
        if (!IsSupported) throw new InputException("This model knows no similarity between items; use one that learns from histories.");
        return _cosines is null ? Scored(new(-1, new[] { item }) { Allowed = allowed, ExcludesHistory = true }, count)
            : Near(((IEmbeddingModel)_model).ItemEmbeddings.Row(item), [item], count, allowed);
    }

    /// <summary>Items like one that the model does not know.</summary>
    /// <param name="allowed">As for <see cref="Find(int, int, BitSet?)"/>.</param>
    /// <returns>At most <paramref name="count"/> items, best first; none when nothing is known about it.</returns>
    /// <exception cref="InputException">The model knows no similarity.</exception>
    public IReadOnlyList<Candidate> Find(in ItemStandIn standIn, int count, BitSet? allowed = null)
    {
        if (!IsSupported) throw new InputException("This model knows no similarity between items; use one that learns from histories.");
        if (_cosines is null)
            return standIn.Items.IsEmpty ? [] : Scored(new(-1, standIn.Items, standIn.Shares) { Allowed = allowed }, count);
        return standIn.Embedding.Span.ContainsAnyExcept(0) ? Near(standIn.Embedding.Span, [], count, allowed) : [];
    }

    private Candidate[] Scored(in Query query, int count)
    {
        count = Math.Min(count, _model.Items.Count);
        var (items, scores) = (new int[count], new float[count]);
        int scored = _scores.Retrieve(query, items, scores);
        return FoundOf(items.AsSpan(0, scored), scores);
    }

    private Candidate[] Near(ReadOnlySpan<float> embedding, ReadOnlySpan<int> excluded, int count, BitSet? allowed)
    {
        int most = Math.Min(count, _cosines!.Description.Count);
        var (items, scores) = (new int[most], new float[most]);
        int length = _cosines.Search(new(embedding) { Excluded = excluded, Allowed = allowed }, items, scores);
        var found = FoundOf(items.AsSpan(0, length), scores);
        // the index orders inner products; divided by the query's length, two that differed may have become equal
        Array.Sort(found, static (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Item.CompareTo(b.Item));
        return found;
    }

    private Candidate[] FoundOf(ReadOnlySpan<int> items, ReadOnlySpan<float> scores)
    {
        var found = new Candidate[items.Length];
        for (int n = 0; n < found.Length; n++) found[n] = new(items[n], Math.Clamp(scores[n], float.MinValue, float.MaxValue), _source);
        return found;
    }

    private static bool AnswersWithoutHistory(IModel model)
    {
        var scores = new float[model.Items.Count];
        model.Score(new Query(-1, default), scores);
        return !Array.TrueForAll(scores, float.IsNaN);
    }
}

/// <summary>What stands for an item that a model does not know.</summary>
/// <param name="Embedding">[d], comparable with those of the model's items; empty or zeros: nothing is known.</param>
/// <param name="Items">Known items in its place; empty: nothing is known.</param>
/// <param name="Shares">[Items], which add up to 1.</param>
internal readonly record struct ItemStandIn(ReadOnlyMemory<float> Embedding, ReadOnlyMemory<int> Items, ReadOnlyMemory<float> Shares);
