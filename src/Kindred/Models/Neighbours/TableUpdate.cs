using System.IO.Hashing;
using System.Runtime.InteropServices;
using Kindred.Numerics;

namespace Kindred.Models.Neighbours;

/// <summary>The table after more events: rows of changed items computed anew, the other rows told of them.</summary>
/// <remarks>
/// An item is changed when one of its users is: each of their pairs may count differently. The row of another item keeps its other
/// neighbours and gets all changed ones at their new similarity; that is its new row if as many as before are at least as good as the worst
/// one was, since what was not in the row was worse. Otherwise it is computed anew too: the row has lost a neighbour. A popular item that
/// gets users who share little with its neighbours is lost to thousands of rows, so that some rows are tried before any is changed.
/// Similarities have the same bits as in a table from the start.
/// Memory: changed·items·4 bytes.
/// </remarks>
internal sealed class TableUpdate(NeighbourSums sums, NeighbourTrainer options, SimilarityTable old, int[] changed)
{
    private const int LargestShare = 4, BlockItems = 16;

    private const long MostPairs = 50_000_000; // 200 MB

    private readonly int _items = sums.Columns;
    private readonly ulong[][] _rows = new ulong[sums.Columns][];
    private readonly float[][] _toChanged = new float[changed.Length][]; // [changed][items]: q(item, changed), by the rank of the item

    /// <returns>[users]: of each, what identifies the row.</returns>
    public static long[] Identify(SparseMatrix byUser)
    {
        var users = new long[byUser.Rows];
        for (int user = 0; user < users.Length; user++)
        {
            var row = byUser.Row(user);
            users[user] = (long)XxHash3.HashToUInt64(
                MemoryMarshal.AsBytes(row.Values), (long)XxHash3.HashToUInt64(MemoryMarshal.AsBytes(row.Columns)));
        }
        return users;
    }

    /// <returns>The items of all users whose rows are not what they were, ascending.</returns>
    /// <param name="before">Of <see cref="Identify"/>; there may be more users by now.</param>
    public static int[] ChangedItems(ReadOnlySpan<long> before, SparseMatrix byUser)
    {
        var now = Identify(byUser);
        var isChanged = new bool[byUser.Columns];
        for (int user = 0; user < now.Length; user++)
        {
            if (user < before.Length && before[user] == now[user]) continue;
            foreach (int item in byUser.Row(user).Columns) isChanged[item] = true;
        }
        return [.. Enumerable.Range(0, isChanged.Length).Where(item => isChanged[item])];
    }

    /// <returns>False when the whole table costs less time or memory.</returns>
    public static bool IsWorthwhile(int changed, int items) => (long)changed * LargestShare <= items && (long)changed * items <= MostPairs;

    /// <returns>The table; null when too many rows would have to be computed anew: then all of it costs less.</returns>
    public SimilarityTable? Run(TrainingContext context)
    {
        var isChanged = new bool[_items];
        foreach (int item in changed) isChanged[item] = true;
        if ((changed.Length + LostRows(isChanged)) * LargestShare > _items) return null;
        Blocks.ForEach(changed.Length, 1, context.Workers, () => new Scratch(_items, changed.Length), (n, _, _, scratch) =>
        {
            _toChanged[n] = new float[_items];
            Compute(changed[n], scratch, _toChanged[n]);
        }, context.Cancellation);
        Blocks.ForEach(_items, BlockItems, context.Workers, () => new Scratch(_items, changed.Length), (_, first, end, scratch) =>
        {
            for (int item = first; item < end; item++)
            {
                if (isChanged[item]) continue;
                for (int n = 0; n < changed.Length; n++) scratch.ToChanged[n] = _toChanged[n][sums.Gram.RankOf[item]];
                if (!TryMerge(item, isChanged, scratch.ToChanged)) Compute(item, scratch, scratch.Back);
            }
        }, context.Cancellation);
        return SimilarityTable.From(_items, item => _rows[item]);
    }

    private void Compute(int item, Scratch scratch, float[] back)
    {
        int rank = sums.Gram.RankOf[item], k = Math.Min(options.Neighbours, Math.Max(1, _items - 1));
        Array.Clear(scratch.There);
        sums.CompareAll(rank, scratch.There, back, scratch.Counts);
        int[] nearest = new int[k];
        var similarities = new float[k];
        var top = new TopK(nearest, similarities);
        for (int other = 0; other < _items; other++)
        {
            float similarity = scratch.There[other];
            if (similarity > 0 && similarity >= options.MinimumSimilarity && similarity >= top.Threshold)
                top.Offer(sums.Gram.ColumnOf[other], similarity);
        }
        top.Sort();
        _rows[item] = SimilarityTable.RowOf(nearest.AsSpan(0, top.Count), similarities);
    }

    // about how many rows of items that are not changed lose a neighbour; by some of them
    private long LostRows(bool[] isChanged)
    {
        const int Sampled = 128;
        int[] others = [.. Enumerable.Range(0, _items).Where(item => !isChanged[item])];
        int step = Math.Max(1, others.Length / Sampled), looked = 0, lost = 0;
        var scratch = new Scratch(_items, changed.Length);
        for (int n = 0; n < others.Length; n += step)
        {
            Array.Clear(scratch.There);
            sums.CompareAll(sums.Gram.RankOf[others[n]], scratch.There, scratch.Back, scratch.Counts);
            for (int m = 0; m < changed.Length; m++) scratch.ToChanged[m] = scratch.There[sums.Gram.RankOf[changed[m]]];
            if (!TryMerge(others[n], isChanged, scratch.ToChanged)) lost++;
            looked++;
        }
        return looked == 0 ? 0 : (long)others.Length * lost / looked;
    }

    // toChanged [changed]: q(item, changed)
    private bool TryMerge(int item, bool[] isChanged, ReadOnlySpan<float> toChanged)
    {
        ReadOnlySpan<int> near = item < old.Items ? old.NeighboursOf(item) : [];
        var similar = item < old.Items ? old.SimilaritiesOf(item) : [];
        int k = Math.Min(options.Neighbours, near.Length + changed.Length);
        int[] nearest = new int[k];
        var similarities = new float[k];
        var top = new TopK(nearest, similarities);
        for (int n = 0; n < near.Length; n++) if (!isChanged[near[n]]) top.Offer(near[n], similar[n]);
        for (int n = 0; n < changed.Length; n++)
            if (toChanged[n] > 0 && toChanged[n] >= options.MinimumSimilarity) top.Offer(changed[n], toChanged[n]);
        top.Sort();
        bool wasCut = near.Length == options.Neighbours;
        if (wasCut && !(top.Count == k && IsAtLeast(similarities[^1], nearest[^1], similar[^1], near[^1]))) return false;
        _rows[item] = SimilarityTable.RowOf(nearest.AsSpan(0, top.Count), similarities);
        return true;
    }

    // in the order of the lists: equal ones by number
    private static bool IsAtLeast(float similarity, int item, float otherSimilarity, int other) =>
        similarity > otherSimilarity || (similarity == otherSimilarity && item <= other);

    private sealed class Scratch(int items, int changed)
    {
        public float[] ToChanged { get; } = new float[changed];

        public float[] There { get; } = new float[items];

        public float[] Back { get; } = new float[items];

        public float[] Counts { get; } = new float[items];
    }
}
