using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Onboarding;

/// <summary>What users liked of what they know: of ratings, those above the user's own median; of other events, every item.</summary>
internal static class Likes
{
    /// <returns>[users, items] 1: liked, −1: known, but not liked; nothing where the user does not know the item.</returns>
    /// <remarks>Cost: a sort of each user's ratings. Who rated all alike likes all.</remarks>
    public static SparseMatrix Of(Interactions data)
    {
        var ratings = data.Ratings;
        var values = new float[ratings.Count];
        for (int user = 0; user < ratings.Rows; user++)
        {
            var row = ratings.Row(user);
            if (row.Length == 0) continue;
            float[] sorted = row.Values.ToArray();
            Array.Sort(sorted);
            float median = sorted[(sorted.Length - 1) / 2];
            bool isFlat = sorted[^1] <= median;
            int start = ratings.Starts.Span[user];
            for (int n = 0; n < row.Length; n++) values[start + n] = isFlat || row.Values[n] > median ? 1 : -1;
        }
        return new(ratings.Rows, ratings.Columns, ratings.Starts, ratings.Indices, values);
    }

    /// <returns>[users, items] 1: the user has the item.</returns>
    /// <param name="users">Whose rows these are; the others are not looked at.</param>
    public static SparseMatrix OfAll(Histories histories, ReadOnlySpan<int> users, int items)
    {
        var likes = new List<(int, int, float)>();
        for (int n = 0; n < users.Length; n++)
            foreach (int item in histories.ItemsOf(users[n]).ToArray().Distinct()) likes.Add((n, item, 1));
        return SparseMatrix.FromTriplets(users.Length, items, likes);
    }
}
