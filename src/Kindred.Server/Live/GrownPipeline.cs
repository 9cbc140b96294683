using Kindred.Configuration;
using Kindred.Data;
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
    public static Pipeline From(Pipeline pipeline, TrainedPipeline? trained, Interactions data, Growth growth, Func<IDisposable> hold)
    {
        int known = growth.Items.Known;
        Stage[] stages =
        [
            .. pipeline.Stages.Select(stage => stage with
            {
                Action = !stage.Action.HoldsForFallback ? new WithinStage(stage.Action, known)
                    : trained is not null && stage.Action is not ExcludeSeen { IsForGood: true } ? trained.BindLimit(stage.Name, data)
                    : stage.Action,
            }),
        ];
        return new(
            [.. pipeline.Steps.Select(source => source with { Retriever = RetrieverFor(source, trained, data, growth) })],
            stages, pipeline.Budget, hold);
    }

    /// <returns>The same pipeline, but popularity counts until now.</returns>
    public static Pipeline WithPopularity(Pipeline pipeline, Growth growth, Func<IDisposable> hold) => new(
        [
            .. pipeline.Steps.Select(source => source with
            {
                Retriever = source.Retriever.Model is { } model && growth.PopularityBy(model) is { } popularity
                    ? popularity.AsRetriever() : source.Retriever,
            }),
        ],
        pipeline.Stages, pipeline.Budget, hold);

    private static IRetriever RetrieverFor(Source source, TrainedPipeline? trained, Interactions data, Growth growth)
    {
        var (retriever, known) = (source.Retriever, growth.Items.Known);
        switch (retriever)
        {
            case NewestItemsRetriever:
                return new ListThenRetriever(growth.Newest, new WithinRetriever(retriever, known));
            case IRemoteRetriever remote:
                return new WithinRemoteRetriever(remote, known);
            case SameLabelRetriever when ConfigOf<SameLabelSource>() is { } config:
                return new SameLabelRetriever(growth.Events, Columns.Labels(data.ItemAttributes, config.Labels, "items"), config.Recent);
            case RecentPopularityRetriever recent when ConfigOf<PopularSource>() is { } config:
                bool isOfItems = config.Of?.StartsWith("item.", StringComparison.Ordinal) == true;
                var labels = config.Of is null ? null
                    : Columns.Labels(isOfItems ? data.ItemAttributes : data.UserAttributes, config.Of[5..], isOfItems ? "items" : "users");
                return recent.With(growth.CountsBy(config.HalfLifeDays, labels, isOfItems), isOfItems ? labels : null);
        }
        if (retriever.Model is not { } model) return new WithinRetriever(retriever, known);
        if (growth.PopularityBy(model) is { } popularity) return popularity.AsRetriever();
        var news = growth.Place(model);
        return news.Vectors is not null ? new GrownRetriever(retriever, (IEmbeddingModel)model, news)
            : new GrownModel(news).AsRetriever();

        T? ConfigOf<T>() where T : SourceConfig =>
            trained?.Config.Sources.OfType<T>().FirstOrDefault(config => config.StepName == source.Name);
    }
}

/// <summary>What came after a snapshot, as pipelines take it in; each model is asked once. One thread at a time.</summary>
/// <param name="itemsOf">What an owner touched.</param>
internal sealed class Growth(NewItemPlaces places, LiveItems items, Func<string, IReadOnlyList<int>> itemsOf)
{
    private readonly Dictionary<IModel, NewItems> _placed = new(ReferenceEqualityComparer.Instance);
    private readonly Lazy<int[]> _events = new(() => places.EventsOf(items));

    public LiveItems Items => items;

    /// <summary>The new items, the newest first.</summary>
    public IReadOnlyList<int> Newest { get; } = NewItemPlaces.NewestFirst(items);

    /// <summary>[items] How many each has.</summary>
    public int[] Events => _events.Value;

    /// <summary>Where the new items stand by a model.</summary>
    public NewItems Place(IModel model) => _placed.TryGetValue(model, out var news) ? news
        : _placed[model] = places.Place(model, items, itemsOf);

    /// <inheritdoc cref="NewItemPlaces.PopularityBy"/>
    public IModel? PopularityBy(IModel model) => places.PopularityBy(model, items);

    /// <inheritdoc cref="NewItemPlaces.CountsBy"/>
    public IReadOnlyList<(int Item, IReadOnlyDictionary<int, float> CountOf)> CountsBy(
        double? halfLifeDays, LabelColumn? labels, bool isOfItems) => places.CountsBy(halfLifeDays, labels, isOfItems, items);
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
