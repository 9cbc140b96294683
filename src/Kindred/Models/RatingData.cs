using Kindred.Data;

namespace Kindred.Models;

/// <summary>What models of ratings need of the data.</summary>
internal static class RatingData
{
    /// <param name="trainer">Its name.</param>
    /// <exception cref="InputException">The events have no ratings: no values, or counts.</exception>
    public static void Require(Interactions interactions, string trainer)
    {
        if (interactions.Origin == DataOrigin.Unknown) return;
        string name = interactions.Origin.Name;
        var values = interactions.Histories.Weights.Span;
        string? why = interactions.Origin.Values switch
        {
            ValueKind.None when !values.ContainsAnyExcept(1) => $"{name} has none: every score would be 1",
            ValueKind.Weights when interactions.Histories.Scale != ValueScale.Raw || ValueScale.For(values) != ValueScale.Raw =>
                $"the values of {name} are counts or the like: most are small and a few are many times larger",
            _ => null,
        };
        if (why is null) return;
        throw new InputException($"{trainer} predicts ratings, and {why}. Use implicit-als, which learns from events without ratings, "
            + "or name the column of ratings with --value when importing.");
    }
}
