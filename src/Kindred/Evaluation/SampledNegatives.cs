using Kindred.Numerics;
using Kindred.Splitting;

namespace Kindred.Evaluation;

/// <summary>
/// For each user the few items that are not relevant among which their relevant ones are ranked. Only to reproduce papers.
/// </summary>
internal sealed class SampledNegatives
{
    private readonly int[][] _ofUser;

    private SampledNegatives(int[][] ofUser, string description) => (_ofUser, Description) = (ofUser, description);

    /// <summary>As part of a sentence: "99 negatives drawn with seed 0".</summary>
    public string Description { get; }

    /// <returns>Different items.</returns>
    public ReadOnlySpan<int> Of(int user) => _ofUser[user];

    /// <summary>
    /// Uniformly, without replacement, from the items without a training, known or test event of the user; fewer where there are fewer.
    /// </summary>
    /// <param name="count">For each user.</param>
    public static SampledNegatives Draw(Holdout holdout, int count, int seed)
    {
        if (count < 1) throw new InputException($"The number of negatives must be >= 1, was {count}.");
        int items = holdout.Train.Items.Count;
        var root = new Rng((ulong)seed);
        var ofUser = new int[holdout.Test.Users.Count][];
        var had = new HashSet<int>();
        for (int user = 0; user < ofUser.Length; user++)
        {
            ofUser[user] = [];
            if (holdout.Test.Histories.ItemsOf(user).IsEmpty) continue;
            had.Clear();
            foreach (var part in new[] { holdout.Train, holdout.Known, holdout.Test })
                foreach (int item in part.Histories.ItemsOf(user).Span) had.Add(item);
            var rng = root.Fork("negatives", user);
            ofUser[user] = new int[Math.Min(count, items - had.Count)];
            for (int n = 0; n < ofUser[user].Length;)
            {
                int item = rng.NextInt(items);
                if (had.Add(item)) ofUser[user][n++] = item;
            }
        }
        return new(ofUser, $"{count} negatives drawn with seed {seed}");
    }

    /// <summary>Negatives drawn elsewhere.</summary>
    /// <param name="ofUser">[users][any]</param>
    /// <param name="description">As part of a sentence.</param>
    /// <exception cref="InputException">An item is relevant, or named twice.</exception>
    public static SampledNegatives Given(
        Holdout holdout, IReadOnlyList<ReadOnlyMemory<int>> ofUser, string description = "the given negatives")
    {
        if (ofUser.Count != holdout.Test.Users.Count)
            throw new ArgumentException($"Negatives of {ofUser.Count} users, but {holdout.Test.Users.Count} users.", nameof(ofUser));
        for (int user = 0; user < ofUser.Count; user++)
        {
            var seen = new HashSet<int>();
            foreach (int item in holdout.Test.Histories.ItemsOf(user).Span) seen.Add(item);
            foreach (int item in ofUser[user].Span)
            {
                if (!seen.Add(item))
                    throw new InputException(
                        $"The negative {holdout.Train.Items.Id(item)} of user {holdout.Train.Users.Id(user)} is a test event of that " +
                        $"user, or is named twice.");
            }
        }
        return new([.. ofUser.Select(items => items.ToArray())], description);
    }
}
