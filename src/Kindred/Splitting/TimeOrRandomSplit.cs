namespace Kindred.Splitting;

/// <summary>By time where the events have times, else at random, which is said: what is used where nobody chose a split.</summary>
internal sealed record TimeOrRandomSplit : ISplitter
{
    internal const string NoTimes =
        "The events have no times, so they are split at random. Import the column of times; or, if the source is in order of time, split " +
        "off each user's last event: --split leave-last.";

    /// <summary>Share of all events in the validation part. 0: no validation part.</summary>
    public double ValidationFraction { get; init; } = .1;

    /// <summary>Share of all events in the test part.</summary>
    public double TestFraction { get; init; } = .1;

    /// <summary>Of the random split.</summary>
    public int Seed { get; init; }

    /// <summary>What is used where the events have times.</summary>
    public GlobalTimeSplit ByTime => new() { ValidationFraction = ValidationFraction, TestFraction = TestFraction };

    /// <summary>What is used where they have none.</summary>
    public RandomSplit AtRandom => new() { ValidationFraction = ValidationFraction, TestFraction = TestFraction, Seed = Seed };

    public Split Split(Interactions interactions) => interactions.Histories.HasTimes
        ? ByTime.Split(interactions) : AtRandom.Split(interactions).WithWarning(NoTimes);
}
