using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Retrieval.Recall;

/// <summary>A retriever by way of an index, some of whose answers are compared with exact ones, in the background.</summary>
/// <param name="approximate">Answers.</param>
/// <param name="exact">Is asked the same, as long as there is a sampler.</param>
/// <param name="hold">Keeps open what <paramref name="exact"/> reads until a sample is measured; null: nothing is to be closed.</param>
internal sealed class SampledRetriever(IRetriever approximate, IRetriever exact, Func<IDisposable>? hold = null) : IRetriever
{
    private RecallSampler? _sampler;

    /// <summary>Measures; null: nothing is measured.</summary>
    public RecallSampler? Sampler
    {
        get => Volatile.Read(ref _sampler);
        set => Volatile.Write(ref _sampler, value);
    }

    public IModel? Model => approximate.Model;

    public bool CanExcludeHistory => approximate.CanExcludeHistory && exact.CanExcludeHistory;

    public int ItemCount => Math.Max(approximate.ItemCount, exact.ItemCount);

    public IRetriever? Exhaustive => exact.Exhaustive;

    public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
    {
        int length = approximate.Retrieve(query, items, scores, cancellationToken);
        if (Sampler is { } sampler && !query.History.IsEmpty && sampler.IsNext())
            sampler.Offer(new(exact, query, items.Length, items[..length].ToArray(), scores[..length].ToArray(), hold?.Invoke()));
        return length;
    }

    public void RetrieveAll(ReadOnlySpan<Query> queries, int count, RankedLists lists) => approximate.RetrieveAll(queries, count, lists);
}
