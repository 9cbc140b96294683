using Kindred.Numerics;

namespace Kindred.Splitting;

/// <summary>Each event goes to a part at random. For data without times, and to reproduce papers.</summary>
public sealed record RandomSplit : ISplitter
{
    public int Seed { get; init; }

    /// <summary>Chance of an event to be in the validation part. 0: no validation part.</summary>
    public double ValidationFraction { get; init; } = .1;

    /// <summary>Chance of an event to be in the test part.</summary>
    public double TestFraction { get; init; } = .1;

    public Split Split(Interactions interactions) => Split(interactions, 0);

    /// <param name="partition">Of the users; each draws for itself.</param>
    internal Split Split(Interactions interactions, int partition)
    {
        Fractions.Check(ValidationFraction, TestFraction);
        var rng = new Rng((ulong)Seed).Fork("split", partition);
        var parts = new Part[interactions.Histories.Count];
        for (int e = 0; e < parts.Length; e++)
        {
            double draw = rng.NextDouble();
            parts[e] = draw < TestFraction ? Part.Test : draw < TestFraction + ValidationFraction ? Part.Validation : Part.Train;
        }
        return Splitting.Split.Of(interactions, parts, Protocol);
    }

    internal string Protocol =>
        $"Random split: {100 * ValidationFraction:0.#} % of the events for validation, {100 * TestFraction:0.#} % for test, seed {Seed}. "
        + Splitting.Split.NoRepeats;
}
