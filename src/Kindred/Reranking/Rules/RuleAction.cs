using System.Globalization;

namespace Kindred.Reranking.Rules;

internal enum RuleActionKind
{
    /// <summary>Removes the items.</summary>
    Filter,

    /// <summary>Raises their scores.</summary>
    Boost,

    /// <summary>Lowers their scores.</summary>
    Bury,

    /// <summary>Puts the best one at a rank.</summary>
    Pin,

    /// <summary>Lets only so many of them into the list.</summary>
    Cap,
}

/// <summary>What a rule does with the items it holds for.</summary>
/// <param name="Amount">The factor of boost (above 1) and bury (between 0 and 1), the rank of pin (from 1), the number of cap (from
/// 0).</param>
internal sealed record RuleAction(RuleActionKind Kind, float Amount = 0)
{
    /// <param name="rule">Its name, for the sentence.</param>
    /// <param name="text"><c>filter</c>, <c>boost x1.5</c>, <c>bury x0.5</c>, <c>pin at 3</c> or <c>cap 2</c>; x and at may be left
    /// out.</param>
    /// <exception cref="InputException">None of these, or a number that makes no sense.</exception>
    public static RuleAction Parse(string rule, string text)
    {
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words switch
        {
            ["filter"] => new(RuleActionKind.Filter),
            ["boost", var factor] => Checked(RuleActionKind.Boost, Factor(factor), amount => amount > 1, "a factor above 1"),
            ["bury", var factor] =>
                Checked(RuleActionKind.Bury, Factor(factor), amount => amount is > 0 and < 1, "a factor between 0 and 1"),
            ["pin", var rank] => Checked(RuleActionKind.Pin, Whole(rank), amount => amount >= 1, "a rank from 1"),
            ["pin", "at", var rank] => Checked(RuleActionKind.Pin, Whole(rank), amount => amount >= 1, "a rank from 1"),
            ["cap", var most] => Checked(RuleActionKind.Cap, Whole(most), amount => amount >= 0, "a number of items from 0"),
            _ => throw new InputException($"Rule '{rule}': '{text}' is no action; write filter, boost x1.5, bury x0.5, pin at 3 or cap 2."),
        };

        RuleAction Checked(RuleActionKind kind, float amount, Predicate<float> isSensible, string needed) => isSensible(amount)
            ? new(kind, amount)
            : throw new InputException($"Rule '{rule}': {words[0]} needs {needed}, was '{words[^1]}'.");
    }

    /// <returns>As <see cref="Parse"/> reads it.</returns>
    public override string ToString() => Kind switch
    {
        RuleActionKind.Filter => "filter",
        RuleActionKind.Boost => $"boost x{Amount:R}",
        RuleActionKind.Bury => $"bury x{Amount:R}",
        RuleActionKind.Pin => $"pin at {Amount:0}",
        _ => $"cap {Amount:0}",
    };

    /// <returns>The score after boost or bury, finite or NaN. One below 0 is divided, so that a boost raises it as well.</returns>
    internal float Weigh(float score) => Math.Clamp(score < 0 ? score / Amount : score * Amount, float.MinValue, float.MaxValue);

    private static float Factor(string text) =>
        float.TryParse(
            text.AsSpan(text.StartsWith('x') ? 1 : 0), NumberStyles.Float, CultureInfo.InvariantCulture, out float factor)
            && float.IsFinite(factor)
            ? factor
            : float.NaN;

    // a million items are no list
    private static float Whole(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= 1_000_000 ? number : float.NaN;
}
