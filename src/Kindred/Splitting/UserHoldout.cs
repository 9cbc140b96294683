using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Splitting;

/// <summary>
/// Whole users are held out: a model is trained on the others, and measured on users that are new to it, with a part of their
/// history. "Strong generalization": B. Marlin, "Collaborative Filtering: A Machine Learning Perspective", MSc thesis, Toronto 2004;
/// D. Liang, R. Krishnan, M. Hoffman, T. Jebara, "Variational Autoencoders for Collaborative Filtering", WWW 2018, §4.
/// </summary>
/// <remarks>
/// Differs from the papers: the known part is the oldest events, not random ones, so that nothing is measured that came before what is
/// known. Other users' training events can still be later. The final model is trained on all events of validation users. Users are chosen
/// at random, without replacement, from those with at least two events; the shares are of these, rounded, at least one user.
/// </remarks>
public sealed record UserHoldout : ISplitter
{
    private const int FewestEvents = 2;

    public int Seed { get; init; }

    /// <summary>Share of the users in the validation part. 0: no validation part.</summary>
    public double ValidationFraction { get; init; } = .1;

    /// <summary>Share of the users in the test part.</summary>
    public double TestFraction { get; init; } = .1;

    /// <summary>
    /// Share of each held-out user's events, the oldest ones, that are their history; rounded, at least one event, and at least one
    /// is measured.
    /// </summary>
    public double KnownFraction { get; init; } = .8;

    public Split Split(Interactions interactions)
    {
        Check();
        var histories = interactions.Histories;
        int[] users = Eligible(histories);
        int test = (int)TimeAxis.SizeOf(TestFraction, users.Length);
        int validation = ValidationFraction > 0 ? (int)TimeAxis.SizeOf(ValidationFraction, users.Length) : 0;
        long few = FewIn(histories);
        if (test + validation > users.Length || test + validation >= users.Length + few)
            throw new InputException(
                $"There are only {users.Length} users with at least {FewestEvents} events, too few to hold out {test + validation} of " +
                $"them and " +
                "train on others; use another split.");
        return SplitOf(interactions, Draw(histories, users, test, validation, 0), ProtocolOf(few));
    }

    /// <summary>Splits a part of the users; each draws for itself, and a part of very few users may hold out none of them.</summary>
    internal Split Split(Interactions interactions, int partition, string protocol)
    {
        int[] users = Eligible(interactions.Histories);
        int Share(double fraction) => (int)Math.Round(fraction * users.Length);
        return SplitOf(interactions,
            Draw(interactions.Histories, users, Share(TestFraction), Share(ValidationFraction), partition), protocol);
    }

    /// <exception cref="InputException">An option is out of range.</exception>
    internal void Check()
    {
        Fractions.Check(ValidationFraction, TestFraction);
        if (!(KnownFraction is > 0 and < 1)) throw new InputException($"KnownFraction must be > 0 and < 1, was {KnownFraction}.");
    }

    /// <returns>How many users have too few events to be held out.</returns>
    internal static long FewIn(Histories histories) =>
        Enumerable.Range(0, histories.Users).Count(user => histories.ItemsOf(user).Length is > 0 and < FewestEvents);

    /// <param name="few">Users with too few events to be held out.</param>
    internal string ProtocolOf(long few) =>
        $"User holdout: {100 * ValidationFraction:0.#} % of the users for validation, {100 * TestFraction:0.#} % for test, " +
        $"seed {Seed}. " +
        $"Held-out users are not trained on; the first {100 * KnownFraction:0.#} % of their events are their history, the others " +
        $"are measured. " +
        $"Users with fewer than {FewestEvents} events ({few}) are used for training only. {Splitting.Split.NoRepeats}";

    private static int[] Eligible(Histories histories) =>
        [.. Enumerable.Range(0, histories.Users).Where(user => histories.ItemsOf(user).Length >= FewestEvents)];

    private Split SplitOf(Interactions interactions, Part[] parts, string protocol) =>
        new(
            HoldoutOf(interactions, Splitting.Split.OnValidation(protocol), Holdout.Validation, parts, Part.Validation),
            HoldoutOf(interactions, Splitting.Split.OnTest(protocol), Holdout.TestPart, parts, Part.Test),
            protocol);

    /// <param name="users">Who can be held out; shuffled.</param>
    /// <returns>[users of the histories]</returns>
    private Part[] Draw(Histories histories, int[] users, int test, int validation, int partition)
    {
        new Rng((ulong)Seed).Fork("user holdout", partition).Shuffle<int>(users);
        var parts = new Part[histories.Users];
        foreach (int user in users.AsSpan(0, test)) parts[user] = Part.Test;
        foreach (int user in users.AsSpan(test, validation)) parts[user] = Part.Validation;
        return parts;
    }

    /// <param name="parts">[users]</param>
    private Holdout HoldoutOf(Interactions interactions, string protocol, string name, Part[] parts, Part asked)
    {
        var histories = interactions.Histories;
        var starts = histories.Starts.Span;
        bool[] train = new bool[histories.Count], known = new bool[histories.Count], test = new bool[histories.Count];
        for (int user = 0; user < parts.Length; user++)
        {
            int first = starts[user], count = starts[user + 1] - first;
            if (parts[user] == asked)
            {
                int told = Math.Clamp((int)Math.Round(KnownFraction * count), 1, count - 1);
                known.AsSpan(first, told).Fill(true);
                test.AsSpan(first + told, count - told).Fill(true);
            }
            else if (parts[user] == Part.Train || (parts[user] == Part.Validation && asked == Part.Test))
            {
                train.AsSpan(first, count).Fill(true);
                known.AsSpan(first, count).Fill(true);
            }
        }
        return Holdout.Of(interactions.Where(train), interactions.Where(test), protocol, name, known: interactions.Where(known));
    }
}
