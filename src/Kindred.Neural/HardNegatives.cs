using Kindred.Models.Towers;
using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Numerics.Sgd;

namespace Kindred.Neural;

/// <summary>
/// Items that the model confuses with those a user had: of a pool drawn uniformly, the nearest to each user by the towers as they were when
/// the epoch began. J.-T. Huang et al., "Embedding-based Retrieval in Facebook Search", KDD 2020, §6.1; L. Xiong et al., "Approximate
/// Nearest Neighbor Negative Contrastive Learning for Dense Text Retrieval", ICLR 2021. Immutable.
/// </summary>
/// <remarks>Cost for a shard: users·(features·d + 4·d·h + pool·d) flops, off the training thread.</remarks>
/// <param name="count">For each user.</param>
/// <param name="table">[columns, d]</param>
/// <param name="attention">Null: the features of users are all there is.</param>
/// <param name="items">[items, d]</param>
/// <param name="choices">Items that may be drawn.</param>
internal sealed class HardNegatives(int count, Matrix table, HistoryAttention? attention, Tower tower, Matrix items, int[] choices)
{
    /// <summary>Items that are drawn for a shard to choose from.</summary>
    public const int Pool = 1024;

    /// <param name="users">[rows], their features.</param>
    /// <param name="histories">[rows], what is pooled by attention; no rows where nothing is.</param>
    /// <param name="askers">[rows], their numbers: what they had is not proposed to them.</param>
    /// <returns>Distinct items, those of the first user first.</returns>
    public IReadOnlyList<int> Of(
        FactorizationBlock users, FactorizationBlock histories, IReadOnlyList<int> askers, SparseMatrix had, Rng rng)
    {
        int[] pool = [.. Enumerable.Range(0, Pool).Select(_ => choices[rng.NextInt(choices.Length)]).Distinct()];
        var user = new FactorizationBlock();
        var hidden = new float[tower.In.Rows];
        float[] embedding = new float[table.Columns], scores = new float[pool.Length], best = new float[count];
        var places = new int[count];
        var mined = new List<int>();
        var seen = new HashSet<int>();
        for (int row = 0; row < users.Count; row++)
        {
            var range = users.Starts[row]..users.Starts[row + 1];
            user.Clear();
            user.Add(users.Columns[range], users.Values[range]);
            attention?.Add(table, histories.Columns[histories.Starts[row]..histories.Starts[row + 1]], user);
            user.End(0, 1);
            tower.Embed(table, user.Columns, user.Values, hidden, embedding);
            GatheredRows.Multiply(items, pool, 0, embedding, scores);
            var own = had.Row(askers[row]).Columns;
            var nearest = new TopK(places, best);
            for (int n = 0; n < pool.Length; n++)
                if (scores[n] >= nearest.Threshold && own.BinarySearch(pool[n]) < 0) nearest.Offer(n, scores[n]);
            nearest.Sort();
            for (int n = 0; n < nearest.Count; n++) if (seen.Add(places[n])) mined.Add(pool[places[n]]);
        }
        return mined;
    }
}
