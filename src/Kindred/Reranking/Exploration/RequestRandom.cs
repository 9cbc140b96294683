using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Reranking.Exploration;

/// <summary>Randomness of one request: it depends on the seed and on what is asked, not on when it arrives.</summary>
internal static class RequestRandom
{
    /// <returns>
    /// A generator of the seed, the stage, the user, <see cref="Query.RandomKey"/>, the history and the time of the query, if that was
    /// given: equal requests are answered alike whenever they come.
    /// </returns>
    /// <param name="stage">Its name: two stages draw independently.</param>
    public static Rng Of(int seed, string stage, in Query query)
    {
        long history = (long)Fnv1a.Hash64(query.History.Span);
        long time = query.Context is { IsTimeOfClock: false, Time: { } given } ? given : -1;
        return new Rng((ulong)seed).Fork(stage, query.User, query.RandomKey).Fork("request", history, time);
    }
}
