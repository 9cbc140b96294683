using Kindred.Models;

namespace Kindred.Pipelines;

/// <summary>Proposes candidates: query → items. The only thing that does. Safe to share between threads.</summary>
internal interface IRetriever
{
    /// <summary>
    /// True: it leaves out the items of the history itself where <see cref="Query.ExcludesHistory"/> asks for that. False: they may be
    /// among its items.
    /// </summary>
    bool CanExcludeHistory => false;

    /// <summary>No list of its own is longer than that, however many are asked for; the largest number where that is not known.</summary>
    int ItemCount => int.MaxValue;

    /// <summary>The model whose scores it proposes by; null: it proposes by something else.</summary>
    IModel? Model => null;

    /// <summary>Ranks every item that it can score, for the same query; null: nothing does.</summary>
    IRetriever? Exhaustive => null;

    /// <summary>Proposes its best items of <see cref="Query.Allowed"/>, best first, without repeats.</summary>
    /// <param name="items">[count], the first ones overwritten.</param>
    /// <param name="scores">[count], parallel to <paramref name="items"/>, descending.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for the answer any more.</param>
    /// <returns>How many there are.</returns>
    int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default);

    /// <summary>
    /// Proposes for many queries together what <see cref="Retrieve"/> proposes for each; one after the other, unless it can do better.
    /// </summary>
    /// <param name="queries">Any number; some hundred are enough to be fast.</param>
    /// <param name="count">The most items in a list.</param>
    /// <param name="lists">Overwritten: list n answers <paramref name="queries"/>[n].</param>
    void RetrieveAll(ReadOnlySpan<Query> queries, int count, RankedLists lists)
    {
        lists.Reset(queries.Length, count);
        var (items, scores) = (new int[count], new float[count]);
        for (int n = 0; n < queries.Length; n++)
        {
            int length = Retrieve(queries[n], items, scores);
            lists.Add(n, items.AsSpan(0, length), scores.AsSpan(0, length));
        }
    }
}

/// <summary>A retriever that waits for another program. No thread waits with it.</summary>
internal interface IRemoteRetriever : IRetriever
{
    /// <summary>As <see cref="IRetriever.Retrieve"/>.</summary>
    /// <param name="count">Maximum number of items.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for the answer any more.</param>
    Task<Proposal> RetrieveAsync(Query query, int count, CancellationToken cancellationToken);

    /// <remarks>Blocks its thread until the answer is there.</remarks>
    int IRetriever.Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken)
    {
        var proposal = RetrieveAsync(query, items.Length, cancellationToken).GetAwaiter().GetResult();
        proposal.Items.Span.CopyTo(items);
        proposal.Scores.Span.CopyTo(scores);
        return proposal.Items.Length;
    }
}

/// <summary>What a retriever proposes, in memory of its own.</summary>
/// <param name="Items">Best first, without repeats.</param>
/// <param name="Scores">[Items]</param>
internal sealed record Proposal(ReadOnlyMemory<int> Items, ReadOnlyMemory<float> Scores);

/// <summary>A retriever in a pipeline.</summary>
/// <param name="Name">What its candidates carry.</param>
/// <param name="Count">How many it is asked for at least, besides those that the user's history may take away.</param>
internal sealed record Source(string Name, IRetriever Retriever, int Count = 500)
{
    /// <summary>
    /// How long it may take from the beginning of the request; it then runs in parallel with the other sources, and what comes later, or
    /// fails, is left out of the answer. Null: it is waited for.
    /// </summary>
    public TimeSpan? Limit { get; init; }

    /// <summary>How much its ranks count where several sources are fused by rank.</summary>
    public float Weight { get; init; } = 1;

    /// <summary>
    /// True: it is asked only where the others cannot fill the list, and its candidates stand behind theirs. Filters, rules and limits hold
    /// for them, see <see cref="IStage.HoldsForFallback"/>; whatever else orders the list leaves them as they are.
    /// </summary>
    public bool IsFallback { get; init; }

    /// <summary>Whether it runs in parallel with the others.</summary>
    internal bool IsParallel => Limit is not null || Retriever is IRemoteRetriever;
}
