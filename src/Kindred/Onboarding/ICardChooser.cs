namespace Kindred.Onboarding;

/// <summary>What was answered so far; cards by number.</summary>
/// <param name="Picked">Cards that the user picked, oldest first.</param>
/// <param name="Dismissed">Cards that were shown and not picked.</param>
internal sealed record CardAnswers(IReadOnlyList<int> Picked, IReadOnlyList<int> Dismissed)
{
    public static CardAnswers None { get; } = new([], []);

    public bool Has(int card) => Picked.Contains(card) || Dismissed.Contains(card);

    /// <returns>With one answer more.</returns>
    public CardAnswers With(int card, bool picked) =>
        picked ? this with { Picked = [.. Picked, card] } : this with { Dismissed = [.. Dismissed, card] };
}

/// <summary>Chooses the cards that tell most about a user. Immutable and safe to share between threads.</summary>
internal interface ICardChooser
{
    /// <returns>Cards one after the other, for a user who gave these answers.</returns>
    ICardOrder Start(CardAnswers answers);
}

/// <summary>Cards one after the other; each is chosen given those before it. For one thread.</summary>
internal interface ICardOrder
{
    /// <param name="allowed">[cards] Which may be next; none that was chosen before.</param>
    /// <returns>The best of the allowed cards and what it is expected to tell, in a unit of the chooser's own; card −1: none is
    /// left.</returns>
    (int Card, double Gain) Next(ReadOnlySpan<bool> allowed);
}
