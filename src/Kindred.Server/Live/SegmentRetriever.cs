using Kindred.Configuration;
using Kindred.Models;
using Kindred.Onboarding;
using Kindred.Pipelines;

namespace Kindred.Server.Live;

/// <summary>
/// Mixes what another retriever proposes with what is popular in the user's segment, as long as little is known of the user; what is
/// popular among all, as a source of a pipeline or behind all sources, is that of the segment whatever is known. A user without a segment,
/// or of one with too few events, gets what the other proposes.
/// </summary>
internal sealed class SegmentRetriever : IRetriever
{
    /// <summary>With so many items in the history the model alone answers: its share of a mix would be above 95 %.</summary>
    public const int EnoughItems = 20;

    // of both lists: the beginning of a mix does not depend on how many are asked for
    private const int Depth = 100;

    private readonly IRetriever _other;
    private readonly SegmentLists _segments;
    private readonly bool _isPopularity, _isMixed;

    private SegmentRetriever(IRetriever other, SegmentLists segments, bool isPopularity, bool isMixed) =>
        (_other, _segments, _isPopularity, _isMixed) = (other, segments, isPopularity, isMixed);

    public IModel? Model => _other.Model;

    public IRetriever? Exhaustive =>
        _other.Exhaustive is { } all ? new SegmentRetriever(all, _segments, _isPopularity, _isMixed) : null;

    public bool CanExcludeHistory => _other.CanExcludeHistory;

    /// <param name="trained">What the pipeline was bound from; null: a model alone.</param>
    /// <param name="listsBy">Told days after which an event counts half, 0: all count the same; null: as the snapshot's popularity
    /// counts.</param>
    /// <remarks>A ranker that reads what the sources say learned from what is popular among all: its sources stay as they were.</remarks>
    public static Pipeline Into(Pipeline pipeline, TrainedPipeline? trained, Func<double?, SegmentLists> listsBy, Func<IDisposable> hold)
    {
        return new([.. pipeline.Steps.Select(source => source with { Retriever = RetrieverFor(source) })],
            pipeline.Stages, pipeline.Budget, hold);

        IRetriever RetrieverFor(Source source)
        {
            bool isPopularity = source.Retriever.Model is LivePopularityModel;
            if (source.IsFallback) return isPopularity ? Popular(source.Retriever, null) : source.Retriever;
            if (trained is null) return new SegmentRetriever(source.Retriever, listsBy(null), isPopularity, isMixed: true);
            return trained.Ranker is null && trained.Config.Sources.FirstOrDefault(config => config.StepName == source.Name) is { } config
                && HalfLifeOf(config, trained) is { } days ? Popular(source.Retriever, days) : source.Retriever;
        }

        SegmentRetriever Popular(IRetriever all, double? halfLifeDays) => new(all, listsBy(halfLifeDays), true, isMixed: false);
    }

    /// <returns>Null: the source does not propose what is popular among all.</returns>
    private static double? HalfLifeOf(SourceConfig config, TrainedPipeline trained) => config switch
    {
        PopularSource { Of: null } popular => popular.HalfLifeDays ?? 0,
        _ => config.TrainerIn(trained.Config.Catalog) is Popularity popularity ? popularity.HalfLifeDays : null,
    };

    /// <param name="items">Different ones in the history.</param>
    public static double ModelWeight(int items) => items >= EnoughItems ? 1 : PopularityBlend.ModelWeight(items);

    public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
    {
        double weight = !_isMixed ? 0 : ModelWeight(ItemsIn(query.History.Span));
        // without a history a model has nothing to say, and what fills lists up comes after it
        if (weight == 1 || (weight == 0 && !_isPopularity) || _segments.For(query) is not { } list)
            return _other.Retrieve(query, items, scores, cancellationToken);
        int depth = Math.Max(Depth, items.Length);
        var (others, unused) = (new int[depth], new float[depth]);
        int count = _other.Retrieve(query, others, unused, cancellationToken);
        if (count == 0 && !_isPopularity) return 0;
        var mixed = PopularityBlend.Lists(others[..count], Popular(query, list, depth), weight);
        int length = Math.Min(items.Length, mixed.Count);
        for (int n = 0; n < length; n++) (items[n], scores[n]) = (mixed[n], 1f / (1 + n));
        return length;
    }

    private static int[] Popular(in Query query, int[] list, int most)
    {
        var allowed = query.Allowed;
        HashSet<int> seen = query.ExcludesHistory ? [.. query.History.Span] : [];
        return [.. list.Where(item => allowed?.Contains(item) != false && !seen.Contains(item)).Take(most)];
    }

    private static int ItemsIn(ReadOnlySpan<int> history)
    {
        var items = new HashSet<int>();
        for (int n = history.Length - 1; n >= 0 && items.Count < EnoughItems; n--) items.Add(history[n]);
        return items.Count;
    }
}
