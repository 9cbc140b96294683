namespace Kindred.Models;

/// <summary>What models of ratings need of the data.</summary>
internal static class RatingData
{
    /// <param name="trainer">Its name.</param>
    /// <exception cref="InputException">The events came without values: every prediction would be 1.</exception>
    public static void Require(Interactions interactions, string trainer)
    {
        if (interactions.Origin == DataOrigin.Unknown || interactions.Origin.Values != ValueKind.None) return;
        if (interactions.Histories.Weights.Span.ContainsAnyExcept(1)) return;
        throw new InputException(
            $"{trainer} predicts ratings, and {interactions.Origin.Name} has none: every score would be 1. Use implicit-als, which learns "
            + "from events without ratings, or name the column of ratings with --value when importing.");
    }
}
