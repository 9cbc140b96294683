using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Storage;

namespace Kindred.Server.Live;

/// <summary>Where items stand that came after a model was trained. They follow the model's own items. Immutable.</summary>
/// <param name="Model">Knows the items before them.</param>
/// <param name="Items">The model's, and the new ones.</param>
/// <param name="Vectors">
/// [new items, d], comparable with the model's embeddings; a row of zeros: nothing is known. Null: the model has no embeddings.
/// </param>
/// <param name="StandIns">[new items] Known items in whose place a new one is scored, and their shares, which add up to 1.</param>
internal sealed record NewItems(
    IModel Model, Vocabulary Items, Matrix? Vectors, IReadOnlyList<IReadOnlyList<StandIn>> StandIns)
{
    public int Known => Model.Items.Count;

    public int Count => Items.Count - Known;

    /// <param name="item">By index; one of the new ones.</param>
    public ItemStandIn? StandInFor(int item)
    {
        var standIns = StandIns[item - Known];
        return new(
            Vectors?.Row(item - Known).ToArray(), standIns.Select(known => known.Item).ToArray(),
            standIns.Select(known => known.Share).ToArray());
    }
}

/// <param name="Share">In 0 to 1.</param>
internal readonly record struct StandIn(int Item, float Share);

/// <summary>A model that scores new items too, as those that stand for them.</summary>
internal sealed class GrownModel(NewItems news) : IModel
{
    public Vocabulary Items => news.Items;

    public void Score(in Query query, Span<float> scores)
    {
        var known = scores[..news.Known];
        news.Model.Score(query.Within(news.Known), known);
        for (int n = 0; n < news.Count; n++) scores[news.Known + n] = ScoreOf(news.StandIns[n], known);
    }

    public void Save(TensorWriter writer) => throw new NotSupportedException("What came after training is not kept.");

    private static float ScoreOf(IReadOnlyList<StandIn> standIns, ReadOnlySpan<float> scores)
    {
        float sum = 0, share = 0;
        foreach (var (item, part) in standIns)
        {
            if (float.IsNaN(scores[item])) continue;
            sum += part * scores[item];
            share += part;
        }
        return share > 0 ? sum : float.NaN; // what has no score speaks for nothing
    }
}

/// <summary>A retriever of a model of embeddings that finds new items too, each at its place among the others.</summary>
internal sealed class GrownRetriever(IRetriever retriever, IEmbeddingModel model, NewItems news) : IRetriever
{
    public IModel? Model => retriever.Model;

    public IRetriever? Exhaustive => retriever.Exhaustive is { } exhaustive ? new GrownRetriever(exhaustive, model, news) : null;

    public bool CanExcludeHistory => retriever.CanExcludeHistory;

    public int ItemCount => retriever.ItemCount + news.Count;

    public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
    {
        var known = query.Within(news.Known);
        int length = retriever.Retrieve(known, items, scores, cancellationToken);
        if (items.Length == 0) return length;
        Span<float> embedding = new float[news.Vectors!.Columns];
        if (!model.TryEmbed(known, embedding)) return length;
        var best = new TopK(new int[items.Length], new float[items.Length]);
        for (int n = 0; n < length; n++) best.Offer(items[n], scores[n]);
        for (int n = 0; n < news.Count; n++)
        {
            int item = news.Known + n;
            if (query.Allowed?.Contains(item) == false || !news.Vectors.Row(n).ContainsAnyExcept(0)) continue;
            if (query.ExcludesHistory && query.History.Span.Contains(item)) continue;
            best.Offer(item, Kernels.Dot(news.Vectors.Row(n), embedding));
        }
        best.Sort();
        best.CopyTo(items, scores);
        return best.Count;
    }
}
