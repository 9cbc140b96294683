namespace Kindred.Splitting;

/// <summary>
/// What a model is trained on, and what it is measured on. Both share their vocabularies, and no (user, item) pair is in both, unless
/// repeats are measured.
/// </summary>
public sealed record Holdout
{
    private const int FewUsers = 100;

    private const double ManyCold = .05;

    /// <summary>What warnings call the measured part.</summary>
    internal const string Validation = "validation", TestPart = "test";

    private readonly Interactions _given; // the measured part with its repeats

    private Holdout(Interactions train, Interactions known, Interactions test, Interactions given) =>
        (Train, Known, Test, _given) = (train, known, test, given);

    /// <summary>What a model is trained on.</summary>
    public Interactions Train { get; private init; }

    /// <summary>
    /// What a recommender may see of each user: <see cref="Train"/>, and for held-out users, on whom the model was not trained, the known
    /// part of their history.
    /// </summary>
    public Interactions Known { get; private init; }

    /// <summary>What happened afterwards.</summary>
    public Interactions Test { get; private init; }

    /// <summary>
    /// True: items that the user had are recommended and measured like all others, as where things are bought again. False: neither.
    /// </summary>
    public bool AllowsRepeats { get; private init; }

    /// <summary>How the split was made, in a few sentences, for reports.</summary>
    public required string Protocol { get; init; }

    /// <summary>What a careful reader wants to know: leaks, empty parts, events that no model can predict.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>
    /// Test events whose (user, item) is also in <see cref="Train"/> or <see cref="Known"/>: items of a user's history are not recommended,
    /// so they are not measured.
    /// </summary>
    public long RepeatsLeftOut { get; private init; }

    /// <summary>Users with a test event.</summary>
    public int TestUsers { get; private init; }

    /// <summary>Those of them without a known event.</summary>
    public int ColdTestUsers { get; private init; }

    /// <summary>Test events on items that have no training event.</summary>
    public long ColdItemTestEvents { get; private init; }

    /// <summary>Known events of held-out users.</summary>
    public long KnownOnly { get; private init; }

    /// <summary>Training events that <see cref="WithCore"/> left out.</summary>
    public long CoreLeftOut { get; private init; }

    /// <summary>What the warnings call the measured part.</summary>
    internal string Part { get; private init; } = TestPart;

    /// <summary>About the split itself.</summary>
    internal IReadOnlyList<string> CutWarnings { get; init; } = [];

    /// <summary>That provided parts share pairs; null: they do not, or that is wanted.</summary>
    private string? OverlapWarning { get; init; }

    /// <returns>True for a user with known events, but none that a model is trained on.</returns>
    public bool IsHeldOut(int user) => Train.Histories.ItemsOf(user).IsEmpty && !Known.Histories.ItemsOf(user).IsEmpty;

    /// <param name="test">As it was split or provided; repeats are excluded here. May be empty.</param>
    /// <param name="part">What the warnings call the second part: "test", "validation".</param>
    /// <param name="warnings">About the split itself; those about the parts are added.</param>
    /// <param name="known">What the recommender may see of each user; null: the training part.</param>
    public static Holdout Of(
        Interactions train, Interactions test, string protocol, string part = TestPart, IReadOnlyList<string>? warnings = null,
        Interactions? known = null)
    {
        known ??= train;
        RequireSameVocabularies(train, test, nameof(test));
        RequireSameVocabularies(train, known, nameof(known));
        var asked = Without(test, train);
        if (!ReferenceEquals(known, train)) asked = Without(asked, known);
        return new Holdout(train, known, asked, test)
        {
            Protocol = protocol,
            Warnings = [],
            RepeatsLeftOut = test.Histories.Count - asked.Histories.Count,
            Part = part,
            CutWarnings = warnings ?? [],
        }.Counted();
    }

    /// <summary>Parts that were provided: repeats among them are a leak, and a warning.</summary>
    public static Holdout Given(
        Interactions train, Interactions test, string protocol, string part = TestPart, IReadOnlyList<string>? warnings = null)
    {
        var holdout = Of(train, test, protocol, part, warnings);
        long repeats = holdout.RepeatsLeftOut;
        if (repeats == 0) return holdout;
        string leak =
            $"The provided parts overlap: {repeats} {part} {(repeats == 1 ? "event is" : "events are")} on an item that the user " +
            $"already has in training. " +
            "They are excluded here; other results on these parts may count them.";
        return (holdout with { OverlapWarning = leak }).Counted();
    }

    /// <summary>Measures what users have again as well; a recommender must then recommend it.</summary>
    public Holdout WithRepeats() => (this with
    {
        Test = _given,
        AllowsRepeats = true,
        RepeatsLeftOut = 0,
        OverlapWarning = null,
        Protocol = Split.ProtocolWithRepeats(Protocol),
    }).Counted();

    /// <summary>
    /// Trains on a core, found in the training part alone. What is measured stays as it is; users that the core leaves out become cold.
    /// Held-out users keep what is known of them.
    /// </summary>
    internal Holdout WithCore(KCore core)
    {
        var (users, items) = core.Survivors(Train.Histories, Train.Items.Count);
        bool IsIn(int user, int item) => users[user] && items[item];
        var train = Train.Where(KCore.Marks(Train.Histories, IsIn));
        var known = ReferenceEquals(Known, Train)
            ? train
            : Known.Where(KCore.Marks(Known.Histories, (user, item) => IsHeldOut(user) || IsIn(user, item)));
        long left = CoreLeftOut + Train.Histories.Count - train.Histories.Count;
        return (this with { Train = train, Known = known, CoreLeftOut = left, Protocol = $"{Protocol} {core.Sentence}" }).Counted();
    }

    /// <returns>With the counts and warnings of its parts.</returns>
    private Holdout Counted()
    {
        var trained = new bool[Train.Items.Count];
        foreach (int item in Train.Histories.Items.Span) trained[item] = true;
        int users = 0, coldUsers = 0;
        long coldEvents = 0, knownOnly = 0;
        for (int user = 0; user < Test.Users.Count; user++)
        {
            int known = Known.Histories.ItemsOf(user).Length;
            if (Train.Histories.ItemsOf(user).IsEmpty) knownOnly += known;
            var items = Test.Histories.ItemsOf(user).Span;
            if (items.IsEmpty) continue;
            users++;
            if (known == 0) coldUsers++;
            foreach (int item in items) if (!trained[item]) coldEvents++;
        }
        var counted = this with { TestUsers = users, ColdTestUsers = coldUsers, ColdItemTestEvents = coldEvents, KnownOnly = knownOnly };
        string[] overlap = OverlapWarning is null ? [] : [OverlapWarning];
        var found = WarningsOf(Part, Test.Histories.Count, users, coldUsers, coldEvents, () => TimeLeaks.In(this, Part));
        return counted with { Warnings = [.. CutWarnings, .. overlap, .. found] };
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

    /// <param name="events">Of the measured part, as the other numbers.</param>
    /// <param name="leaks">Looked for where there is something to measure.</param>
    internal static IEnumerable<string> WarningsOf(
        string part, long events, long users, long coldUsers, long coldItemEvents, Func<IEnumerable<string>> leaks)
    {
        if (events == 0)
        {
            yield return $"The {part} part is empty: nothing can be measured on it.";
            yield break;
        }
        foreach (string leak in leaks()) yield return leak;
        if (users < FewUsers)
            yield return $"There are only {users} {part} users: small differences between models cannot be detected.";
        if (coldItemEvents >= ManyCold * events)
            yield return
                $"{Percent(coldItemEvents, events)} of {part} events are on items without a training event, which no model here can " +
                $"recommend.";
        if (coldUsers >= ManyCold * users)
            yield return
                $"{Percent(coldUsers, users)} of {part} users have no training event; they are also measured separately, as " +
                $"cold users.";
    }

    private static string Percent(long count, long of) => $"{100.0 * count / of:0} %";
}
