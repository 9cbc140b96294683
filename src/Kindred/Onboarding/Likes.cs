using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Onboarding;

/// <summary>
/// What users liked of what they know: of ratings, those above the user's own median, but none of 0 or below; of other events, every item.
/// </summary>
internal static class Likes
{
    /// <param name="users">Whose rows these are; the others are not looked at.</param>
    /// <returns>[users, items] 1: liked, −1: known, but not liked; nothing where the user does not know the item.</returns>
    public static SparseMatrix From(Interactions data, ReadOnlySpan<int> users)
    {
        bool hasRatings = data.Origin.Values == ValueKind.Ratings;
        var likes = new List<(int, int, float)>();
        for (int n = 0; n < users.Length; n++)
        {
            if (hasRatings) AddRatings(likes, n, data.Ratings.Row(users[n]));
            else foreach (int item in data.Histories.ItemsOf(users[n]).ToArray().Distinct()) likes.Add((n, item, 1));
        }
        return SparseMatrix.FromTriplets(users.Length, data.Items.Count, likes);
    }

    /// <remarks>Who rated all alike likes all, if they are above 0.</remarks>
    private static void AddRatings(List<(int, int, float)> likes, int user, SparseRow ratings)
    {
        if (ratings.Length == 0) return;
        float[] sorted = ratings.Values.ToArray();
        Array.Sort(sorted);
        float median = sorted[(sorted.Length - 1) / 2];
        bool isFlat = sorted[^1] <= median;
        for (int n = 0; n < ratings.Length; n++)
            likes.Add((user, ratings.Columns[n], ratings.Values[n] > 0 && (isFlat || ratings.Values[n] > median) ? 1 : -1));
    }
}
