using Kindred.Configuration;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Retrieval.Sources;

namespace Kindred.Server.Live;

/// <summary>The pipeline of a snapshot, for more items than the snapshot has.</summary>
internal static class GrownPipeline
{
    /// <param name="pipeline">Of the snapshot's items.</param>
    /// <param name="trained">What it was bound from; null: a model alone, whose only stage drops what was seen.</param>
    /// <param name="data">Of all items.</param>
    /// <param name="newest">All items that came later, the newest first.</param>
    /// <param name="place">Says where the new items stand by a model.</param>
    public static Pipeline From(
        Pipeline pipeline, TrainedPipeline? trained, Interactions data, int known, IReadOnlyList<int> newest,
        Func<IModel, bool, NewItems> place, Func<IDisposable> hold)
    {
        Source Grown(Source source) => source with { Retriever = RetrieverFor(source, known, newest, place) };
        Stage[] stages =
        [
            .. pipeline.Stages.Select(stage => stage with
            {
                Action = !stage.Action.HoldsForFallback ? new WithinStage(stage.Action, known)
                    : trained is not null && stage.Action is not ExcludeSeen { IsForGood: true } ? trained.BindLimit(stage.Name, data)
                    : stage.Action,
            }),
        ];
        return new([.. pipeline.Steps.Select(Grown)], stages, pipeline.Budget, hold);
    }

    private static IRetriever RetrieverFor(Source source, int known, IReadOnlyList<int> newest, Func<IModel, bool, NewItems> place)
    {
        var retriever = source.Retriever;
        if (retriever is NewestItemsRetriever) return new ListThenRetriever(newest, new WithinRetriever(retriever, known));
        if (retriever is IRemoteRetriever remote) return new WithinRemoteRetriever(remote, known);
        if (retriever.Model is not { } model) return new WithinRetriever(retriever, known);
        var news = place(model, source.Name == ModelExtensions.FallbackName);
        return news.Vectors is not null ? new GrownRetriever(retriever, (IEmbeddingModel)model, news)
            : new GrownModel(news).AsRetriever();
    }
}

/// <summary>Proposes the items of a list, the same for all, and behind them those of another retriever.</summary>
/// <param name="list">Best first, without repeats; none that <paramref name="behind"/> proposes.</param>
internal sealed class ListThenRetriever(IReadOnlyList<int> list, IRetriever behind) : IRetriever
{
    public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
    {
        int count = 0;
        for (int n = 0; n < list.Count && count < items.Length; n++)
            if (query.Allowed?.Contains(list[n]) != false) items[count++] = list[n];
        count += behind.Retrieve(query, items[count..], scores[count..], cancellationToken);
        for (int n = 0; n < count; n++) scores[n] = 1f / (1 + n);
        return count;
    }
}
