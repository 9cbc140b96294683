using Kindred.Data;

namespace Kindred.Splitting;

/// <summary>What a model may see, and what it is measured on. Both share their vocabularies, and no (user, item) pair is in both.</summary>
public sealed record Holdout
{
    private const int FewUsers = 100;

    private const double ManyCold = .05;

    private Holdout(Interactions train, Interactions known, Interactions test) => (Train, Known, Test) = (train, known, test);

    /// <summary>What a model learns from.</summary>
    public Interactions Train { get; }

    /// <summary>
    /// What a recommender is told about each user when it is asked: <see cref="Train"/>, and for held-out users, of whom the model has
    /// learned nothing, the known part of their history.
    /// </summary>
    public Interactions Known { get; }

    /// <summary>What happened afterwards.</summary>
    public Interactions Test { get; }

    /// <summary>One sentence: how the cut was made, for reports.</summary>
    public required string Protocol { get; init; }

    /// <summary>What a sceptic should know: leaks, empty parts, events that no model can find.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>
    /// Test events whose (user, item) is also in <see cref="Train"/> or <see cref="Known"/>: what a user already had is not recommended, so
    /// it is not asked for.
    /// </summary>
    public long RepeatsLeftOut { get; private init; }

    /// <summary>Users with a test event.</summary>
    public int TestUsers { get; private init; }

    /// <summary>Those of them without a known event.</summary>
    public int ColdTestUsers { get; private init; }

    /// <summary>Test events on items that have no training event.</summary>
    public long ColdItemTestEvents { get; private init; }

    /// <returns>True for a user with known events, but none that a model learns from.</returns>
    public bool IsHeldOut(int user) => Train.Histories.ItemsOf(user).IsEmpty && !Known.Histories.ItemsOf(user).IsEmpty;

    /// <param name="test">As it was cut or given; repeats are left out here. May be empty.</param>
    /// <param name="part">What the warnings call the second part: "test", "validation".</param>
    /// <param name="warnings">About the cut itself; those about the parts are added.</param>
    /// <param name="known">What the recommender is told about each user; the training part where left out.</param>
    public static Holdout Of(
        Interactions train, Interactions test, string protocol, string part = "test", IReadOnlyList<string>? warnings = null,
        Interactions? known = null)
    {
        known ??= train;
        RequireSameVocabularies(train, test, nameof(test));
        RequireSameVocabularies(train, known, nameof(known));
        var asked = Without(test, train);
        if (!ReferenceEquals(known, train)) asked = Without(asked, known);
        var trained = new bool[train.Items.Count];
        foreach (int item in train.Histories.Items.Span) trained[item] = true;
        int users = 0, coldUsers = 0;
        long coldEvents = 0;
        for (int user = 0; user < asked.Users.Count; user++)
        {
            var items = asked.Histories.ItemsOf(user).Span;
            if (items.IsEmpty) continue;
            users++;
            if (known.Histories.ItemsOf(user).IsEmpty) coldUsers++;
            foreach (int item in items) if (!trained[item]) coldEvents++;
        }
        var holdout = new Holdout(train, known, asked)
        {
            Protocol = protocol,
            Warnings = [],
            RepeatsLeftOut = test.Histories.Count - asked.Histories.Count,
            TestUsers = users,
            ColdTestUsers = coldUsers,
            ColdItemTestEvents = coldEvents,
        };
        return holdout with { Warnings = [.. warnings ?? [], .. holdout.WarningsOf(part)] };
    }

    private static void RequireSameVocabularies(Interactions train, Interactions part, string name)
    {
        if (!ReferenceEquals(train.Users, part.Users) || !ReferenceEquals(train.Items, part.Items))
            throw new ArgumentException("The parts of a holdout must share their vocabularies.", name);
    }

    /// <returns>The events whose (user, item) pair is not in <paramref name="other"/>. Cost: one pass over both.</returns>
    internal static Interactions Without(Interactions interactions, Interactions other)
    {
        var keep = new bool[interactions.Histories.Count];
        var hadBy = new int[interactions.Items.Count]; // the last user + 1 who has the item in `other`
        int e = 0;
        for (int user = 0; user < interactions.Users.Count; user++)
        {
            foreach (int item in other.Histories.ItemsOf(user).Span) hadBy[item] = user + 1;
            foreach (int item in interactions.Histories.ItemsOf(user).Span) keep[e++] = hadBy[item] != user + 1;
        }
        return keep.Contains(false) ? interactions.Where(keep) : interactions;
    }

    private IEnumerable<string> WarningsOf(string part)
    {
        long events = Test.Histories.Count;
        if (events == 0)
        {
            yield return $"The {part} part is empty: nothing can be measured on it.";
            yield break;
        }
        if (TestUsers < FewUsers)
            yield return $"There are only {TestUsers} {part} users: small differences between models are noise.";
        if (ColdItemTestEvents >= ManyCold * events)
            yield return
                $"{Percent(ColdItemTestEvents, events)} of {part} events are on items with no training event; no model here can find them.";
        if (ColdTestUsers >= ManyCold * TestUsers)
            yield return
                $"{Percent(ColdTestUsers, TestUsers)} of {part} users have no training event; they are measured apart, as cold users.";
    }

    private static string Percent(long count, long of) => $"{100.0 * count / of:0} %";
}
