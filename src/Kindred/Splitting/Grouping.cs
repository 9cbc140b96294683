namespace Kindred.Splitting;

/// <summary>A way to look at parts of the whole: users, or pairs of user and item.</summary>
/// <param name="Name">What the groups differ by: "activity", "item popularity".</param>
/// <param name="Of">[elements]: the group of each; −1: none.</param>
public sealed record Grouping(string Name, IReadOnlyList<string> Groups, ReadOnlyMemory<int> Of);
