namespace Kindred.Evaluation.Metrics;

/// <summary>Items by how popular they were in training: the background of what is said about popularity.</summary>
internal static class ItemOrder
{
    /// <returns>[items], the most popular first, equal ones by ascending index.</returns>
    public static int[] ByPopularity(int[] users) =>
        [.. Enumerable.Range(0, users.Length).OrderByDescending(item => users[item]).ThenBy(item => item)];
}
