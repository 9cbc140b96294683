namespace Kindred.OffPolicy;

/// <summary>One item that a logging policy chose at random, and what became of it: a row of a <see cref="BanditLog"/>.</summary>
/// <param name="Item">The item that was shown.</param>
/// <param name="Reward">What came of it: 1 for a click and 0 for none, or an amount.</param>
/// <param name="Propensity">In (0, 1]: the probability with which the logging policy showed this item at this moment.</param>
public readonly record struct LoggedDecision(string Item, double Reward, double Propensity)
{
    /// <summary>What the policies may look at, such as the position or the device; decisions of the same context share a policy's
    /// probabilities.</summary>
    public string? Context { get; init; }

    /// <summary>Whose decision it was. Decisions of one user depend on each other, so that users are the units of all intervals.</summary>
    public string? User { get; init; }

    /// <summary>The list that the item was part of; then the value of a policy is that of a list.</summary>
    public string? List { get; init; }

    /// <summary>Of the item in its list, in ascending order.</summary>
    public int Position { get; init; }

    /// <summary>A group of similar items, such as the genre; see <see cref="OffPolicyEvaluation"/>, MIPS.</summary>
    public string? Cluster { get; init; }

    public DateTimeOffset? Time { get; init; }
}
