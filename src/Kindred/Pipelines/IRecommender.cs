using Kindred.Models;

namespace Kindred.Pipelines;

/// <summary>Proposes candidates: query → items.</summary>
public interface IRetriever
{
    /// <summary>Adds up to <paramref name="count"/> candidates, its best ones of <see cref="Query.Allowed"/>; items of the query's history are not left out.</summary>
    void Retrieve(in Query query, int count, Candidates candidates);
}

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
