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
public sealed record Source(string Name, IRetriever Retriever, int Count = 500);

/// <summary>Transforms candidates. A filter removes, a ranker re-scores each one, a re-ranker re-orders the list.</summary>
public interface IStage
{
    void Apply(in Query query, Candidates candidates);
}

/// <summary>A pipeline, or one model alone: the thing that is evaluated is the thing that is served. Safe to share between threads.</summary>
public interface IRecommender
{
    /// <returns>At most <paramref name="count"/> items of <see cref="Query.Allowed"/>, best first, no repeats; fewer or none when no more can be said.</returns>
    IReadOnlyList<Candidate> Recommend(in Query query, int count);
}
