using System.Text.Json.Nodes;

namespace Kindred.Tuning;

/// <summary>One set of options, trained and measured.</summary>
/// <param name="Number">From 1, the options as they were given; the others follow in the order in which they were drawn.</param>
/// <param name="Options">Of the searched options, by name; the others are the same in all trials.</param>
/// <param name="Value">Higher is better; null: it failed, which counts as worst.</param>
/// <param name="Failure">Why it failed; null: it did not.</param>
public sealed record Trial(int Number, JsonObject Options, double? Value, double Seconds, string? Failure = null)
{
    /// <summary>For comparisons: below every value.</summary>
    internal double Worth => Value ?? double.NegativeInfinity;

    /// <returns>[trials]: the best value down to each; null: none had succeeded.</returns>
    internal static IReadOnlyList<double?> BestSoFar(IEnumerable<Trial> trials)
    {
        var best = new List<double?>();
        foreach (var trial in trials) best.Add(best.LastOrDefault() is { } before && before >= trial.Worth ? before : trial.Value);
        return best;
    }

    /// <returns>Best first; of equal ones the earlier.</returns>
    internal static IEnumerable<Trial> Ranked(IEnumerable<Trial> trials) => trials.OrderByDescending(t => t.Worth).ThenBy(t => t.Number);
}
