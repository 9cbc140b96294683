using System.Globalization;

namespace Kindred.Models;

/// <summary>How much data there is, and how popular its items are: what options follow from that are not given.</summary>
/// <param name="Users">Those with events.</param>
/// <param name="Items">Those with events.</param>
/// <param name="Pairs">Different (user, item).</param>
/// <param name="Popularity">
/// How many of the users have the item of a pair, on average over the pairs: Σ users(i)² / (pairs · users). Where a few items have most of
/// the events it is large.
/// </param>
internal readonly record struct DataShape(long Users, int Items, long Events, long Pairs, double Popularity)
{
    public double PairsPerItem => (double)Pairs / Math.Max(1, Items);

    public double PairsPerUser => (double)Pairs / Math.Max(1, Users);

    public static DataShape Of(Interactions data)
    {
        long users = 0;
        var starts = data.ByUser.Starts.Span;
        for (int user = 0; user < data.Users.Count; user++) if (starts[user + 1] > starts[user]) users++;
        return Of(users, data.Liked.Histories.Count, data.CountUsersOfItems()); // what was disliked says nothing
    }

    /// <param name="usersOfItems">[items]</param>
    public static DataShape Of(long users, long events, ReadOnlySpan<int> usersOfItems)
    {
        int items = 0;
        long pairs = 0;
        double squares = 0;
        foreach (int count in usersOfItems)
        {
            if (count > 0) items++;
            pairs += count;
            squares += (double)count * count;
        }
        return new(users, items, events, pairs, squares / Math.Max(1, (double)pairs * users));
    }

    /// <returns>The value, between the bounds, to two digits: what is read in a table is what was used.</returns>
    public static float Rounded(double value, double least, double most) =>
        float.Parse(Math.Clamp(value, least, most).ToString("G2", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
