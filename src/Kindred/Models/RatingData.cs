using Kindred.Data;

namespace Kindred.Models;

/// <summary>What models of ratings need of the data.</summary>
internal static class RatingData
{
    /// <param name="trainer">Its name.</param>
    /// <exception cref="InputException">All events have the same value, as where there are no ratings: every prediction would be that
    /// value.</exception>
    public static void Require(Interactions interactions, string trainer)
    {
        var values = interactions.Histories.Weights.Span;
        if (values.IsEmpty || values.ContainsAnyExcept(values[0])) return;
        string what = interactions.Origin.Values == ValueKind.Ratings ? $"all {values.Length} ratings are {values[0]}"
            : $"these data have none: all {values.Length} events weigh {values[0]}";
        throw new InputException(
            $"{trainer} predicts ratings, and {what}. Every score would be alike; use implicit-als, which learns from events without ratings" +
            $"{(interactions.Origin.Values == ValueKind.Ratings ? "." : ", or name the column of ratings with --value when importing.")}");
    }
}
