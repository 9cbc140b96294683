namespace Kindred.Onboarding;

/// <summary>What a server and the command have in common when they ask a new user: the preview, and when it is enough.</summary>
internal static class OnboardingInterview
{
    /// <summary>After so many picks an interview ends, unless someone says otherwise.</summary>
    public const int UsualPicks = 3;

    /// <summary>Of what the first card of all tells: with less, further cards are not worth anyone's time.</summary>
    private const double LeastGain = .02;

    /// <param name="gain">How much the next card tells, as a share of what the first one of all tells.</param>
    /// <returns>Why it is enough; null: there are more cards.</returns>
    public static string? EndOf(int picked, int mostPicks, int cards, double gain) =>
        picked >= mostPicks ? $"{picked} picked"
        : cards == 0 ? "no card is left"
        : gain < LeastGain ? "more cards would tell little" : null;

    /// <summary>The preview: a model's list, mixed with what is popular by <see cref="PopularityBlend"/>.</summary>
    /// <param name="weight">Of the model.</param>
    /// <param name="idOf">Of an item.</param>
    /// <param name="isOfModel">Whether a model's list has the item for its own sake: what only fills it up is popular already.</param>
    public static IReadOnlyList<T> Mix<T>(
        IReadOnlyList<T> model, IReadOnlyList<T> popular, double weight, Func<T, string> idOf, Func<T, bool> isOfModel)
    {
        var byId = model.Concat(popular).DistinctBy(idOf).ToDictionary(idOf);
        string[] own = [.. model.Where(isOfModel).Select(idOf)], others = [.. popular.Select(idOf)];
        return [.. PopularityBlend.Lists(own, others, weight).Select(id => byId[id])];
    }
}
