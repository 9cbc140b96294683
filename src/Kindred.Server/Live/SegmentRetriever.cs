using Kindred.Models;
using Kindred.Onboarding;
using Kindred.Pipelines;

namespace Kindred.Server.Live;

/// <summary>
/// Mixes what another retriever proposes with what is popular in the user's segment, as long as little is known of the user; popularity
/// that only fills lists up is that of the segment. A user without a segment, or of one with too few events, gets what the other proposes.
/// </summary>
internal sealed class SegmentRetriever : IRetriever
{
    /// <summary>With so many items in the history the model alone answers: its share of a mix would be above 95 %.</summary>
    public const int EnoughItems = 20;

    // of both lists: the beginning of a mix does not depend on how many are asked for
    private const int Depth = 100;

    private readonly IRetriever _other;
    private readonly SegmentLists _segments;
    private readonly bool _isPopularity, _isFallback;

    private SegmentRetriever(IRetriever other, SegmentLists segments, bool isFallback) =>
        (_other, _segments, _isPopularity, _isFallback) = (other, segments, other.Model is LivePopularityModel, isFallback);

    public IModel? Model => _other.Model;

    public IRetriever? Exhaustive => _other.Exhaustive is { } all ? new SegmentRetriever(all, _segments, _isFallback) : null;

    public bool CanExcludeHistory => _other.CanExcludeHistory;

    /// <param name="isAlone">The pipeline is that of a model alone; otherwise only what fills lists up is of the segment.</param>
    public static Pipeline Into(Pipeline pipeline, SegmentLists segments, bool isAlone, Func<IDisposable> hold) => new(
        [
            .. pipeline.Steps.Select(source => (source.IsFallback ? source.Retriever.Model is LivePopularityModel : isAlone)
                ? source with { Retriever = new SegmentRetriever(source.Retriever, segments, source.IsFallback) } : source),
        ],
        pipeline.Stages, pipeline.Budget, hold);

    /// <param name="items">Different ones in the history.</param>
    public static double ModelWeight(int items) => items >= EnoughItems ? 1 : PopularityBlend.ModelWeight(items);

    public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
    {
        double weight = _isFallback ? 0 : ModelWeight(ItemsIn(query.History.Span));
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
