using System.Collections.Concurrent;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Retrieval;

/// <summary>Asks an index what a model would be asked: the query embedded, filters inside the search. Safe to share between threads.</summary>
internal sealed class IndexSearch
{
    /// <summary>A longer history is taken out of what is allowed: an index looks at each excluded item by itself.</summary>
    private const int MostExcluded = 256;

    private readonly IEmbeddingModel _model;
    private readonly IIndex _index;
    private readonly int _effort;
    private readonly ConcurrentBag<Scratch> _idle = []; // as many as there are threads

    /// <param name="effort">Of every query; 0: the index's own.</param>
    public IndexSearch(IEmbeddingModel model, IIndex index, int effort)
    {
        var description = index.Description;
        if (description.Metric != IndexMetric.InnerProduct)
            throw new ArgumentException($"A model's score is an inner product, this index is of {description.Metric}.", nameof(index));
        if (description.Dimensions != model.ItemEmbeddings.Columns)
            throw new ArgumentException($"The model has {model.ItemEmbeddings.Columns} dimensions, the index {description.Dimensions}.", nameof(index));
        ArgumentOutOfRangeException.ThrowIfNegative(effort);
        (_model, _index, _effort) = (model, index, effort);
    }

    /// <summary>Hands the nearest items of <see cref="Query.Allowed"/> to <paramref name="found"/>, best first; none when nothing is known.</summary>
    /// <param name="excludesHistory">What the user had is not looked for.</param>
    public void Find(in Query query, int count, bool excludesHistory, Action<int, float> found)
    {
        count = Math.Min(count, _index.Description.Count);
        if (!_idle.TryTake(out var scratch)) scratch = new(new float[_model.ItemEmbeddings.Columns]);
        if (count > 0 && _model.TryEmbed(query, scratch.Embedding))
        {
            scratch.MakeRoom(count);
            var items = scratch.Items.AsSpan(0, count);
            var scores = scratch.Scores.AsSpan(0, count);
            var excluded = excludesHistory ? query.History.Span : [];
            int length = _index.Search(QueryOf(scratch.Embedding, excluded, query.Allowed, _model.Items.Count, _effort), items, scores);
            for (int n = 0; n < length; n++) found(items[n], scores[n]);
        }
        _idle.Add(scratch);
    }

    /// <param name="history">Items left out, any number.</param>
    /// <param name="items">How many items there are.</param>
    public static IndexQuery QueryOf(ReadOnlySpan<float> vector, ReadOnlySpan<int> history, ItemSet? allowed, int items, int effort)
    {
        if (history.Length > MostExcluded)
        {
            allowed = (allowed ?? ItemSet.All(items)).Except(ItemSet.Of(items, history));
            history = [];
        }
        return new(vector) { Allowed = allowed, Excluded = history, Effort = effort };
    }

    private sealed class Scratch(float[] embedding)
    {
        public float[] Embedding => embedding;

        public int[] Items { get; private set; } = [];

        public float[] Scores { get; private set; } = [];

        public void MakeRoom(int count)
        {
            if (Items.Length < count) (Items, Scores) = (new int[count], new float[count]);
        }
    }
}
