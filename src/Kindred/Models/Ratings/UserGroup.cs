using Kindred.Numerics;

namespace Kindred.Models.Ratings;

/// <summary>
/// Users who are learned at once, and their ratings by item: the steps of their items are added up in this order, whoever made them.
/// </summary>
internal sealed class UserGroup
{
    private UserGroup(int[] users, int[] starts, int[] items, int[] itemStarts, int[] slots, int[] entries) =>
        (Users, Starts, Items, ItemStarts, Slots, Entries) = (users, starts, items, itemStarts, slots, entries);

    public int[] Users { get; }

    /// <summary>[users + 1]: where the entries of each begin.</summary>
    public int[] Starts { get; }

    /// <summary>Those that a user in the group rated, each once.</summary>
    public int[] Items { get; }

    /// <summary>[items + 1], in <see cref="Slots"/> and <see cref="Entries"/>.</summary>
    public int[] ItemStarts { get; }

    /// <summary>[ratings], by item and user: which of the users.</summary>
    public int[] Slots { get; }

    /// <summary>[ratings], by item and user: which of the ratings, counted by user.</summary>
    public int[] Entries { get; }

    /// <summary>All users with ratings, in random groups.</summary>
    public static UserGroup[] All(SparseMatrix observed, int size, Rng rng)
    {
        int[] users = [.. Enumerable.Range(0, observed.Rows).Where(user => observed.Row(user).Length > 0)];
        rng.Shuffle<int>(users);
        return [.. users.Chunk(size).Select(group => Of(observed, group))];
    }

    private static UserGroup Of(SparseMatrix observed, int[] users)
    {
        var starts = new int[users.Length + 1];
        for (int slot = 0; slot < users.Length; slot++) starts[slot + 1] = starts[slot] + observed.Row(users[slot]).Length;
        var (slots, entries) = (new int[starts[^1]], new int[starts[^1]]);
        var keys = new long[starts[^1]];
        for (int slot = 0; slot < users.Length; slot++)
        {
            var items = observed.Row(users[slot]).Columns;
            for (int n = 0; n < items.Length; n++)
                (slots[starts[slot] + n], keys[starts[slot] + n]) = (slot, ((long)items[n] << 32) | (uint)(starts[slot] + n));
        }
        Array.Sort(keys, slots);
        var (distinct, itemStarts) = (new List<int>(), new List<int>());
        for (int n = 0; n < keys.Length; n++)
        {
            entries[n] = (int)(uint)keys[n];
            int item = (int)(keys[n] >> 32);
            if (distinct.Count > 0 && distinct[^1] == item) continue;
            distinct.Add(item);
            itemStarts.Add(n);
        }
        return new(users, starts, [.. distinct], [.. itemStarts, keys.Length], slots, entries);
    }
}
