using Kindred.Numerics;

namespace Kindred.Splitting;

/// <summary>Each event falls into a part by lot. For data without times, and to reproduce papers.</summary>
public sealed record RandomSplit : ISplitter
{
    public int Seed { get; init; }

    /// <summary>Chance of an event to be in the validation part. 0: no validation part.</summary>
    public double ValidationFraction { get; init; } = .1;

    /// <summary>Chance of an event to be in the test part.</summary>
    public double TestFraction { get; init; } = .1;

    public Split Split(Interactions interactions)
    {
        Fractions.Check(ValidationFraction, TestFraction);
        var rng = new Rng((ulong)Seed).Fork("split");
        var parts = new Part[interactions.Histories.Count];
        for (int e = 0; e < parts.Length; e++)
        {
            double lot = rng.NextDouble();
            parts[e] = lot < TestFraction ? Part.Test : lot < TestFraction + ValidationFraction ? Part.Validation : Part.Train;
        }
        return Splitting.Split.Of(interactions, parts,
            $"Random split: validation {100 * ValidationFraction:0.#} %, test {100 * TestFraction:0.#} % of the events, seed {Seed}; " +
            $"{Splitting.Split.NoRepeats}.");
    }
}
