using Kindred.Data;

namespace Kindred.Evaluation;

/// <summary>How popular each item was in training: the background of everything that is said about popularity.</summary>
internal static class Audience
{
    /// <returns>[items]: how many users have the item.</returns>
    public static int[] Of(Interactions train)
    {
        var users = new int[train.Items.Count];
        foreach (int item in train.ByUser.Indices.Span) users[item]++;
        return users;
    }

    /// <returns>[items], the most popular first, equal ones by ascending index.</returns>
    public static int[] ByPopularity(int[] audience) =>
        [.. Enumerable.Range(0, audience.Length).OrderByDescending(item => audience[item]).ThenBy(item => item)];
}
