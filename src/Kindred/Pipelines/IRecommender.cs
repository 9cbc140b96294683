using Kindred.Models;

namespace Kindred.Pipelines;

/// <summary>Proposes candidates: query → items. Safe to share between threads.</summary>
public interface IRetriever
{
    /// <summary>Proposes its best items of <see cref="Query.Allowed"/>, best first, without repeats; those of the query's history are not left out.</summary>
    /// <param name="items">[count], the first ones overwritten.</param>
    /// <param name="scores">[count], parallel to <paramref name="items"/>, descending.</param>
    /// <returns>How many there are.</returns>
    int Retrieve(in Query query, Span<int> items, Span<float> scores);
}

/// <summary>A retriever in a pipeline.</summary>
/// <param name="Name">What its candidates carry.</param>
/// <param name="Count">How many it is asked for, besides those that the user's history may take away.</param>
public sealed record Source(string Name, IRetriever Retriever, int Count = 500)
{
    /// <summary>
    /// How long it may take from the beginning of the request; it then works beside the other sources, and what comes later, or fails, is left out of the
    /// answer. Null: it is waited for.
    /// </summary>
    public TimeSpan? Limit { get; init; }
}

/// <summary>Transforms candidates. A filter removes, a ranker re-scores each one, a re-ranker re-orders the list.</summary>
public interface IStage
{
    void Apply(in Query query, Candidates candidates);
}

/// <summary>A stage that can say why it treats an item as it does.</summary>
public interface IExplainingStage : IStage
{
    /// <param name="before">The candidates as the stage gets them.</param>
    /// <param name="place">Of the item among them.</param>
    /// <returns>The most important first; none where nothing concerns the item.</returns>
    IReadOnlyList<Reason> ReasonsFor(in Query query, Candidates before, int place);
}

/// <summary>A stage in a pipeline.</summary>
public sealed record Stage(string Name, IStage Action);

/// <summary>A pipeline, or one model alone: the thing that is evaluated is the thing that is served. Safe to share between threads.</summary>
public interface IRecommender
{
    /// <returns>At most <paramref name="count"/> items of <see cref="Query.Allowed"/>, best first, no repeats; fewer or none when no more can be said.</returns>
    IReadOnlyList<Candidate> Recommend(in Query query, int count);
}
