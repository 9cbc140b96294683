using Kindred.Data;

namespace Kindred.Splitting;

/// <summary>
/// The events of users and items that have enough of them: those with too few are left out, until nothing changes. S. Seidman, "Network
/// Structure and Minimum Degree", Social Networks 1983.
/// </summary>
/// <remarks>
/// Counts events, so a repeat counts as well. Taken from all data before a split, the core depends on the measured part.
/// <see cref="Split.WithCore"/> finds it in the training part alone. Cost: one pass over the events a round.
/// </remarks>
internal sealed record KCore
{
    /// <summary>Events that a user must have.</summary>
    public int MinUser { get; init; } = 5;

    /// <summary>Events that an item must have.</summary>
    public int MinItem { get; init; } = 5;

    /// <summary>For protocols.</summary>
    internal string Sentence =>
        $"Trained only on users with at least {MinUser} and items with at least {MinItem} training events; the others are cold.";

    /// <returns>The core, on the same vocabularies; may be empty.</returns>
    /// <exception cref="InputException">An option is out of range.</exception>
    public Interactions Filter(Interactions interactions)
    {
        var (users, items) = Survivors(interactions.Histories, interactions.Items.Count);
        return interactions.Where(Marks(interactions.Histories, (user, item) => users[user] && items[item]));
    }

    /// <returns>[events]</returns>
    internal static bool[] Marks(Histories histories, Func<int, int, bool> keep)
    {
        var marks = new bool[histories.Count];
        int e = 0;
        for (int user = 0; user < histories.Users; user++)
            foreach (int item in histories.ItemsOf(user).Span) marks[e++] = keep(user, item);
        return marks;
    }

    /// <returns>[users], [items]: those with enough events on one another.</returns>
    internal (bool[] Users, bool[] Items) Survivors(Histories histories, int items)
    {
        if (MinUser < 0) throw new InputException($"MinUser must be >= 0, was {MinUser}.");
        if (MinItem < 0) throw new InputException($"MinItem must be >= 0, was {MinItem}.");
        var (keptUsers, keptItems) = (new bool[histories.Users], new bool[items]);
        Array.Fill(keptUsers, true);
        Array.Fill(keptItems, true);
        int before, left = keptUsers.Length + keptItems.Length;
        do
        {
            before = left;
            var ofItem = new int[items];
            for (int user = 0; user < keptUsers.Length; user++)
            {
                if (!keptUsers[user]) continue;
                var history = histories.ItemsOf(user).Span;
                int count = 0;
                foreach (int item in history) if (keptItems[item]) count++;
                keptUsers[user] = count >= MinUser;
                if (keptUsers[user]) foreach (int item in history) ofItem[item]++;
            }
            for (int item = 0; item < items; item++) keptItems[item] &= ofItem[item] >= MinItem;
            left = keptUsers.Count(kept => kept) + keptItems.Count(kept => kept);
        }
        while (left < before);
        return (keptUsers, keptItems);
    }
}
