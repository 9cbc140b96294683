using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred;

/// <summary>
/// The same request for many users, answered in blocks: the lists that each of them would get alone, at the speed of a scan.
/// </summary>
internal sealed class RecommendedLists
{
    /// <summary>Users that are answered together.</summary>
    public const int BlockUsers = 256;

    private readonly Served _served;
    private readonly AskedRequest _asked;

    /// <param name="request">What all users have in common; names no user and no history.</param>
    /// <exception cref="InputException">Something in the request cannot be used.</exception>
    public RecommendedLists(Served served, RecommendRequest request, DateTimeOffset now, CancellationToken cancellationToken) =>
        (_served, _asked) = (served, AskedRequest.Of(served, request, now, cancellationToken));

    /// <summary>Lists of users [First, First + <see cref="RankedLists.Count"/>).</summary>
    /// <param name="block">Its number, from 0.</param>
    /// <param name="lists">Valid until the call returns.</param>
    public delegate void Read<TScratch>(int block, int first, RankedLists lists, TScratch scratch);

    public static int BlocksFor(int users) => Blocks.Count(users, BlockUsers);

    /// <param name="users">[any], indices; −1 for an unknown user.</param>
    /// <param name="workers">Threads; blocks come in any order, their lists are the same.</param>
    /// <param name="createScratch">For each thread.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void ForEachBlock<TScratch>(
        int[] users, int workers, Func<TScratch> createScratch, Read<TScratch> read, CancellationToken cancellationToken) =>
        Blocks.ForEach(users.Length, BlockUsers, workers, () => (new Query[BlockUsers], new RankedLists(), createScratch()),
            (block, first, end, scratch) =>
            {
                var (queries, lists, own) = scratch;
                for (int n = first; n < end; n++)
                {
                    var query = users[n] < 0 ? new(-1, default) : Query.Of(_served.Interactions, users[n]);
                    queries[n - first] = query with
                    {
                        User = _served.AreGuests ? -1 : query.User,
                        Allowed = _asked.Query.Allowed,
                        Context = _asked.Query.Context,
                        RandomKey = _asked.Query.RandomKey,
                    };
                }
                _served.Pipeline.RecommendAll(queries.AsSpan(0, end - first), _asked.Count, lists);
                read(block, first, lists, own);
            }, cancellationToken);
}
