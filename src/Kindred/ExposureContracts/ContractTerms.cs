namespace Kindred.ExposureContracts;

/// <summary>What an item was promised: so many impressions in so many hours.</summary>
/// <param name="Impressions">At least 1.</param>
/// <param name="Hours">Above 0.</param>
public readonly record struct ContractTerms(int Impressions, double Hours, DateTimeOffset Began)
{
    /// <summary>The chance to be above the threshold below which an item is hopeless.</summary>
    public const double LeastChance = .05;

    /// <summary>No item is hopeless before it had this part of what it was promised, and so many impressions.</summary>
    private const double LeastEvidence = .2, LeastGiven = 5;

    /// <summary>The plan is fulfilled in this part of the time, so that the end has room for what was late.</summary>
    private const double Planned = .9;

    public DateTimeOffset Ends => Began.AddHours(Hours);

    /// <returns>Impressions that the item should have had by now: evenly from the beginning on.</returns>
    public double DueBy(DateTimeOffset now) => Impressions * Math.Clamp((now - Began).TotalHours / (Planned * Hours), 0, 1);

    /// <returns>Whether the item is behind its plan.</returns>
    public bool IsBehind(double given, DateTimeOffset now) => given < DueBy(now);

    /// <returns>Impressions that it lacks, as a part of all: those that lack most come first.</returns>
    public double Shortfall(double given, DateTimeOffset now) => (DueBy(now) - given) / Impressions;

    /// <param name="threshold">An appeal below it is not worth more impressions; null: nobody knows one yet, so that no item is
    /// hopeless.</param>
    internal ContractState StateAt(DateTimeOffset now, double given, Appeal appeal, double? threshold) =>
        given >= Impressions ? ContractState.Kept
        : threshold is { } least && given >= Math.Max(LeastGiven, LeastEvidence * Impressions) && appeal.ChanceAbove(least) < LeastChance
            ? ContractState.Hopeless
        : now >= Ends ? ContractState.Missed
        : ContractState.Running;
}

/// <summary>What became of a contract.</summary>
public enum ContractState
{
    Running,

    /// <summary>The item had its impressions in time.</summary>
    Kept,

    /// <summary>The time ended before.</summary>
    Missed,

    /// <summary>It ended early, as hardly anyone clicks the item.</summary>
    Hopeless,

    /// <summary>A person ended it.</summary>
    Stopped,
}

/// <summary>What placements may cost: a part of what all answers are expected to earn. One thread at a time.</summary>
/// <remarks>Several servers that each keep to their own keep to it together: each part is of its own answers.</remarks>
/// <param name="Share">Of the value, 0 to 1.</param>
/// <param name="Value">Expected clicks of all answers so far.</param>
/// <param name="Spent">Expected clicks that placements lost, at most the share of the value.</param>
internal readonly record struct ContractBudget(double Share, double Value = 0, double Spent = 0)
{
    /// <summary>The highest cost of the next placement.</summary>
    public double Left => Math.Max(0, (Share * Value) - Spent);
}
