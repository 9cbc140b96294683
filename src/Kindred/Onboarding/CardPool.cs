using Kindred.Numerics;

namespace Kindred.Onboarding;

/// <summary>
/// The items that may be cards, and what users of the past would answer to each: they liked it, know it but did not like it, or do not
/// know it. Immutable; everything that chooses cards learns from it alone.
/// </summary>
internal sealed class CardPool
{
    private CardPool(int[] items, SparseMatrix answers) => (Items, Answers) = (items, answers);

    /// <summary>[cards] The item of each card; those that most users like first.</summary>
    public ReadOnlyMemory<int> Items { get; }

    /// <summary>[users, cards] 1: liked, −1: known, but not liked. Users without an answer to any card are left out.</summary>
    public SparseMatrix Answers { get; }

    public int Cards => Items.Length;

    public int Users => Answers.Rows;

    /// <param name="likes">[users, items] As <see cref="Likes"/> makes them.</param>
    /// <param name="mostCards">The items that most users like become cards.</param>
    /// <param name="mostUsers">Of more users so many are drawn at random.</param>
    /// <remarks>Cost: a pass over the pairs.</remarks>
    public static CardPool From(SparseMatrix likes, int mostCards, int mostUsers, int seed)
    {
        var counts = new int[likes.Columns];
        for (int n = 0; n < likes.Count; n++) if (likes.Values.Span[n] > 0) counts[likes.Indices.Span[n]]++;
        int[] items = [.. Enumerable.Range(0, counts.Length).Where(item => counts[item] > 0)
            .OrderByDescending(item => counts[item]).ThenBy(item => item).Take(mostCards)];
        var cardOf = new int[likes.Columns];
        Array.Fill(cardOf, -1);
        for (int card = 0; card < items.Length; card++) cardOf[items[card]] = card;

        int[] users = [.. Enumerable.Range(0, likes.Rows).Where(user => Knows(likes.Row(user), cardOf))];
        if (users.Length > mostUsers)
        {
            new Rng((ulong)seed).Fork("users of cards").Shuffle<int>(users);
            Array.Resize(ref users, mostUsers);
            Array.Sort(users);
        }
        var answers = new List<(int, int, float)>();
        for (int n = 0; n < users.Length; n++)
        {
            var row = likes.Row(users[n]);
            for (int m = 0; m < row.Length; m++) if (cardOf[row.Columns[m]] is >= 0 and var card) answers.Add((n, card, row.Values[m]));
        }
        return new(items, SparseMatrix.FromTriplets(users.Length, items.Length, answers));
    }

    /// <returns>[cards] The share of users who like each.</returns>
    public double[] LikedShares()
    {
        var shares = new double[Cards];
        for (int n = 0; n < Answers.Count; n++) if (Answers.Values.Span[n] > 0) shares[Answers.Indices.Span[n]]++;
        return Array.ConvertAll(shares, count => count / Math.Max(1, Users));
    }

    private static bool Knows(SparseRow row, int[] cardOf)
    {
        foreach (int item in row.Columns) if (cardOf[item] >= 0) return true;
        return false;
    }
}
