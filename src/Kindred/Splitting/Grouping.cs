namespace Kindred.Splitting;

/// <summary>Divides users, items, or the pairs of a measured part into groups, to look at each separately.</summary>
/// <param name="Name">What divides them: "user activity".</param>
/// <param name="Groups">Names, in order; none is empty.</param>
/// <param name="Of">[users], [items] or [pairs]: index into <paramref name="Groups"/>, −1: in none.</param>
internal sealed record Grouping(string Name, IReadOnlyList<string> Groups, ReadOnlyMemory<int> Of)
{
    /// <summary>Names only groups with members.</summary>
    /// <param name="groups">In order.</param>
    /// <param name="of">[elements], overwritten.</param>
    internal static Grouping Used(string name, IReadOnlyList<string> groups, int[] of)
    {
        int[] used = [.. of.Where(group => group >= 0).Distinct().Order()];
        for (int n = 0; n < of.Length; n++) if (of[n] >= 0) of[n] = Array.BinarySearch(used, of[n]);
        return new(name, [.. used.Select(group => groups[group])], of);
    }
}
