using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Benchmarks;

/// <summary>
/// Implicit data of any size with the two long tails of real data: log-normal activity of users (σ = 1) and Zipf popularity of items
/// (exponent 1, in random order of index). No user has an item twice. The same numbers on every machine.
/// </summary>
internal static class GeneratedInteractions
{
    private const int BlockUsers = 512;

    public static Interactions Create(int users, int items, int events, ulong seed = 1)
    {
        var rng = new Rng(seed);
        int[] activity = Activity(users, items, events, rng.Fork("activity"));
        double[] cumulative = Popularity(items);
        int[] itemOfRank = [.. Enumerable.Range(0, items)];
        rng.Fork("order").Shuffle<int>(itemOfRank);

        var starts = new int[users + 1];
        for (int user = 0; user < users; user++) starts[user + 1] = checked(starts[user] + activity[user]);
        var indices = new int[starts[^1]];
        var values = new float[starts[^1]];
        values.AsSpan().Fill(1);
        Blocks.ForEach(users, BlockUsers, Environment.ProcessorCount, () => new HashSet<int>(), (_, first, end, drawn) =>
        {
            for (int user = first; user < end; user++)
            {
                var random = rng.Fork("items", user);
                drawn.Clear();
                while (drawn.Count < activity[user])
                {
                    int rank = Array.BinarySearch(cumulative, random.NextDouble() * cumulative[^1]);
                    drawn.Add(itemOfRank[Math.Min(items - 1, rank < 0 ? ~rank : rank)]);
                }
                drawn.CopyTo(indices, starts[user]);
                indices.AsSpan(starts[user], activity[user]).Sort();
            }
        }, default);
        return Interactions.From(Ids(users, "user-"), Ids(items, "item-"), new SparseMatrix(users, items, starts, indices, values));
    }

    /// <returns>The same with more events, of items drawn by their events and that their users do not have yet.</returns>
    /// <param name="ofEach">0: of users drawn at random; else of so many events each of new users.</param>
    public static Interactions WithMore(Interactions data, int events, int ofEach, ulong seed = 2)
    {
        var rng = new Rng(seed);
        int users = data.Users.Count, newUsers = ofEach > 0 ? (events + ofEach - 1) / ofEach : 0;
        var rows = new Dictionary<int, SortedSet<int>>();
        for (int done = 0; done < events;)
        {
            int user = ofEach > 0 ? users + (done / ofEach) : rng.NextInt(users);
            if (!rows.TryGetValue(user, out var row)) rows[user] = row = [.. user < users ? data.ByUser.Row(user).Columns : []];
            if (row.Add(data.ByUser.Indices.Span[rng.NextInt(data.ByUser.Count)])) done++;
        }
        var starts = new int[users + newUsers + 1];
        var indices = new int[data.ByUser.Count + events];
        var values = new float[indices.Length];
        values.AsSpan().Fill(1);
        for (int user = 0; user < starts.Length - 1; user++)
        {
            var place = indices.AsSpan(starts[user]);
            if (rows.TryGetValue(user, out var row)) row.CopyTo(indices, starts[user]);
            else data.ByUser.Row(user).Columns.CopyTo(place);
            starts[user + 1] = starts[user] + (row?.Count ?? data.ByUser.Row(user).Length);
        }
        return Interactions.From(
            Ids(users + newUsers, "user-"), data.Items, new SparseMatrix(users + newUsers, data.Items.Count, starts, indices, values));
    }

    private static Vocabulary Ids(int count, string prefix) => new([.. Enumerable.Range(0, count).Select(n => $"{prefix}{n}")]);

    // at least 1, at most a quarter of the items, so that drawing without repeats stays quick
    private static int[] Activity(int users, int items, int events, Rng rng)
    {
        double[] raw = [.. Enumerable.Range(0, users).Select(_ => Math.Exp(rng.NextNormal()))];
        double scale = events / raw.Sum();
        return [.. raw.Select(r => Math.Clamp((int)Math.Round(r * scale), 1, Math.Max(1, items / 4)))];
    }

    private static double[] Popularity(int items)
    {
        var cumulative = new double[items];
        double sum = 0;
        for (int rank = 0; rank < items; rank++) cumulative[rank] = sum += 1.0 / (rank + 1);
        return cumulative;
    }
}
