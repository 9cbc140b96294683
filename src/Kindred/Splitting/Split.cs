namespace Kindred.Splitting;

/// <summary>Data in three parts: to train on, to choose options on, and to report from, once.</summary>
/// <param name="Tuning">Train on the training part, measure on the validation part: as often as you like.</param>
/// <param name="Final">Train on everything before the test part, measure on the test part: once.</param>
/// <param name="Protocol">How the split was made, in a few sentences, for reports.</param>
public sealed record Split(Holdout Tuning, Holdout Final, string Protocol)
{
    /// <summary>The end of every splitter's protocol.</summary>
    internal const string NoRepeats = "Repeated items are excluded.";

    /// <summary>The same where a user can have had what the training part does not know: in a gap, or before a sliding window.</summary>
    internal const string NoTrainingRepeats = "Items that the user has in training are excluded.";

    /// <summary>What both become where repeats are recommended and measured.</summary>
    private const string Repeats = "Repeated items are recommended, and measured.";

    public Interactions Train => Tuning.Train;

    public Interactions Validation => Tuning.Test;

    public Interactions Test => Final.Test;

    /// <summary>What a careful reader wants to know about both holdouts.</summary>
    public IReadOnlyList<string> Warnings => [.. Tuning.Warnings.Union(Final.Warnings)];

    /// <summary>
    /// Events of validation and test on items the user already had. Train + validation + test + these + <see cref="GapLeftOut"/> +
    /// <see cref="KnownOnly"/> + <see cref="CoreLeftOut"/> = all events.
    /// </summary>
    public long RepeatsLeftOut => Tuning.RepeatsLeftOut + Final.RepeatsLeftOut;

    /// <summary>Events in the gaps before the validation and the test part.</summary>
    public long GapLeftOut { get; private init; }

    /// <summary>Events of held-out users that a recommender may see; no model is trained on them while their users are held out.</summary>
    public long KnownOnly => Tuning.KnownOnly + Final.KnownOnly;

    /// <summary>Events before the validation part that a core leaves out of training.</summary>
    public long CoreLeftOut => Tuning.CoreLeftOut;

    /// <summary>Splits data by a mark for each event.</summary>
    /// <param name="parts">[events], in the order of <see cref="Interactions.Histories"/>.</param>
    /// <param name="warnings">About the split itself; those about its parts are added.</param>
    internal static Split Of(Interactions interactions, ReadOnlySpan<Part> parts, string protocol, IReadOnlyList<string>? warnings = null)
    {
        if (parts.Length != interactions.Histories.Count)
            throw new ArgumentException(
                $"Expected a mark for each event, {interactions.Histories.Count}, got {parts.Length}.", nameof(parts));
        Interactions In(ReadOnlySpan<Part> marks, params ReadOnlySpan<Part> wanted)
        {
            var keep = new bool[marks.Length];
            for (int e = 0; e < keep.Length; e++) keep[e] = wanted.Contains(marks[e]);
            return interactions.Where(keep);
        }

        // A repeat in the validation part is not measured, but it has happened: the final model is trained on it.
        var before = In(parts, Part.Train, Part.ValidationGap, Part.Validation);
        return new(
            Holdout.Of(In(parts, Part.Train), In(parts, Part.Validation), OnValidation(protocol), Holdout.Validation, warnings),
            Holdout.Of(before, In(parts, Part.Test), OnTest(protocol), warnings: warnings),
            protocol)
        {
            GapLeftOut = parts.Count(Part.ValidationGap) + parts.Count(Part.TestGap),
        };
    }

    /// <summary>
    /// Trains on a core only. Each holdout's core is found in its training part, without looking at what is measured; the measured parts
    /// stay as they are.
    /// </summary>
    internal Split WithCore(KCore core) =>
        this with { Tuning = Tuning.WithCore(core), Final = Final.WithCore(core), Protocol = $"{Protocol} {core.Sentence}" };

    /// <summary>With something more that a careful reader wants to know.</summary>
    internal Split WithWarning(string warning) => this with
    {
        Tuning = Tuning with { Warnings = [warning, .. Tuning.Warnings] },
        Final = Final with { Warnings = [warning, .. Final.Warnings] },
    };

    /// <summary>Parts that were provided, such as those of published benchmarks.</summary>
    /// <param name="validation">Pairs of <paramref name="train"/> to choose options on; they are taken out of it for tuning.</param>
    public static Split Given(Interactions train, Interactions validation, Interactions test, string protocol)
    {
        int outside = Holdout.Without(validation, train).Histories.Count;
        if (outside > 0)
            throw new InputException(
                $"The validation part must be in the training part, but {outside} of its events are not; add them to it.");
        return new(
            Holdout.Given(Holdout.Without(train, validation), validation, OnValidation(protocol), Holdout.Validation),
            Holdout.Given(train, test, OnTest(protocol)),
            protocol);
    }

    /// <summary>Both holdouts with their repeats: see <see cref="Holdout.WithRepeats"/>.</summary>
    public Split WithRepeats() => this with
    {
        Tuning = Tuning.WithRepeats(),
        Final = Final.WithRepeats(),
        Protocol = ProtocolWithRepeats(Protocol),
    };

    internal static string ProtocolWithRepeats(string protocol) =>
        protocol.Contains(NoRepeats, StringComparison.Ordinal) || protocol.Contains(NoTrainingRepeats, StringComparison.Ordinal)
            ? protocol.Replace(NoRepeats, Repeats, StringComparison.Ordinal).Replace(NoTrainingRepeats, Repeats, StringComparison.Ordinal)
            : $"{protocol} {Repeats}";

    internal static string OnValidation(string protocol) => $"{protocol} Measured on the validation part.";

    internal static string OnTest(string protocol) => $"{protocol} Measured on the test part.";
}

/// <summary>Where an event goes.</summary>
internal enum Part : byte
{
    Train,
    Validation,
    Test,

    /// <summary>Just before validation: not trained on for tuning, but for the final model.</summary>
    ValidationGap,

    /// <summary>Just before test: no model is trained on it.</summary>
    TestGap,
}

/// <summary>Splits data into train, validation and test. A splitter <i>is</i> its options: an immutable record.</summary>
public interface ISplitter
{
    /// <exception cref="InputException">An option is out of range, or the data cannot be split this way.</exception>
    Split Split(Interactions interactions);
}
