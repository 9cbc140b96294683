using Kindred.Data;

namespace Kindred.Reranking;

/// <summary>How popular items are.</summary>
internal static class ItemUsers
{
    /// <returns>[items]: how many users have the item.</returns>
    public static int[] Of(Interactions interactions)
    {
        var users = new int[interactions.Items.Count];
        foreach (int item in interactions.ByUser.Indices.Span) users[item]++;
        return users;
    }
}
