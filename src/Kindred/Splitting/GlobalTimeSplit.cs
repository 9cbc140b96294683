namespace Kindred.Splitting;

/// <summary>
/// Two moments split the data: events before the first are for training, those from the second on for test. The only split here that
/// measures what a recommender does in production. Y. Ji, A. Sun, J. Zhang, C. Li, "A Critical Study on Data Leakage in Recommender System
/// Offline Evaluation", TOIS 2023.
/// </summary>
/// <remarks>
/// Events of the same second stay together: a split by fraction moves back to the first event of its second, so a part can be larger than
/// asked. With a gap g, training, validation and test are
///   tuning   (−∞, validation − g), [validation, test − g)
///   final    (−∞, test − g),       [test, ∞)
/// so that both holdouts' models are equally old when they are measured. Cost: one sort of the times.
/// </remarks>
public sealed record GlobalTimeSplit : ISplitter
{
    /// <summary>Share of all events, the last ones before the test part and its gap. 0: no validation part.</summary>
    public double ValidationFraction { get; init; } = .1;

    /// <summary>Share of all events, the last ones.</summary>
    public double TestFraction { get; init; } = .1;

    /// <summary>The last days before the test part and its gap; instead of <see cref="ValidationFraction"/>.</summary>
    public double? ValidationDays { get; init; }

    /// <summary>The last days up to the last event; instead of <see cref="TestFraction"/>.</summary>
    public double? TestDays { get; init; }

    /// <summary>First moment of the validation part, to the second; instead of <see cref="ValidationFraction"/>.</summary>
    public DateTimeOffset? ValidationFrom { get; init; }

    /// <summary>First moment of the test part, to the second; instead of <see cref="TestFraction"/>.</summary>
    public DateTimeOffset? TestFrom { get; init; }

    /// <summary>
    /// Time between the end of training and the measured part, whose events are not used: how old a model is when it is measured. To the
    /// second.
    /// </summary>
    public TimeSpan Gap { get; init; }

    public Split Split(Interactions interactions)
    {
        Check();
        var sorted = TimeAxis.Sorted(interactions.Histories);
        var cuts = CutsIn(sorted);
        var parts = new Part[sorted.Length];
        var times = interactions.Histories.Times.Span;
        for (int e = 0; e < parts.Length; e++) parts[e] = cuts.PartOf(times[e]);
        return Splitting.Split.Of(interactions, parts, ProtocolOf(parts, cuts));
    }

    /// <summary>
    /// UTC Unix seconds, ascending; the first two are equal without a gap, as are the last two, the middle two without validation.
    /// </summary>
    private readonly record struct Cuts(long TrainEnd, long Validation, long ValidationEnd, long Test)
    {
        public Part PartOf(long time) =>
            time >= Test ? Part.Test :
            time >= ValidationEnd ? Part.TestGap :
            time >= Validation ? Part.Validation :
            time >= TrainEnd ? Part.ValidationGap : Part.Train;
    }

    private void Check()
    {
        Fractions.Check(ValidationFraction, TestFraction);
        TimeAxis.CheckDays(nameof(ValidationDays), ValidationDays);
        TimeAxis.CheckDays(nameof(TestDays), TestDays);
        if (ValidationDays is not null && ValidationFrom is not null)
            throw new InputException("ValidationDays and ValidationFrom exclude each other; give one of them.");
        if (TestDays is not null && TestFrom is not null)
            throw new InputException("TestDays and TestFrom exclude each other; give one of them.");
        TimeAxis.CheckGap(Gap);
    }

    /// <param name="sorted">[events], UTC Unix seconds, ascending.</param>
    private Cuts CutsIn(long[] sorted)
    {
        long gap = TimeAxis.CheckGap(Gap);
        long test =
            TestFrom is { } testDate ? testDate.ToUnixTimeSeconds() :
            TestDays is { } testDays ? TimeAxis.FirstOfLastDays(sorted[^1], testDays) :
            sorted[sorted.Length - TimeAxis.SizeOf(TestFraction, sorted.Length)];
        if (test > sorted[^1])
            throw NoTest(test, sorted);
        long end = test - gap;
        int before = TimeAxis.CountBefore(sorted, end);
        if (before == 0)
        {
            string remedy = Remedy(nameof(TestDays), TestDays, nameof(TestFrom), TestFrom, nameof(TestFraction), TestFraction);
            throw NothingLeft(remedy, test, sorted);
        }

        long validation =
            ValidationFrom is { } date ? date.ToUnixTimeSeconds() :
            ValidationDays is { } days ? end - TimeAxis.Seconds(days) :
            ValidationFraction > 0 ? sorted[Math.Max(0, before - TimeAxis.SizeOf(ValidationFraction, sorted.Length))] : end;
        if (validation > end)
            throw new InputException(
                $"ValidationFrom = {TimeAxis.Text(validation)} must not be after the " +
                (gap == 0 ? $"first moment of the test part, {TimeAxis.Text(test)}."
                    : $"last training moment before the test part, {TimeAxis.Text(end)}."));
        long trainEnd = validation == end ? end : validation - gap;
        if (TimeAxis.CountBefore(sorted, trainEnd) == 0)
        {
            string remedy = Remedy(
                nameof(ValidationDays), ValidationDays, nameof(ValidationFrom), ValidationFrom,
                nameof(ValidationFraction), ValidationFraction);
            throw NothingLeft(remedy, validation, sorted);
        }
        return new(trainEnd, validation, end, test);
    }

    private InputException NoTest(long test, long[] sorted) => new(
        (TestDays is { } days ? $"TestDays = {days}" : $"TestFrom = {TimeAxis.Text(test)}") +
        $" leaves no test part; the last event is of {TimeAxis.Text(sorted[^1])}.");

    // of the option that made the cut, and of no other
    private static string Remedy(
        string daysName, double? days, string fromName, DateTimeOffset? from, string fractionName, double fraction) =>
        days is not null ? $"make {daysName} fewer"
        : from is not null ? $"set {fromName} later"
        : $"use a smaller {fractionName} than {fraction}";

    private InputException NothingLeft(string remedy, long time, long[] sorted) => new(
        $"The cut at {TimeAxis.Text(time)}{(Gap > TimeSpan.Zero ? $" with a gap of {TimeAxis.Text(Gap)}" : "")} leaves no training part, " +
        $"as events are from {TimeAxis.Text(sorted[0])} to {TimeAxis.Text(sorted[^1])} and those of one second stay together; " +
        $"{remedy}{(Gap > TimeSpan.Zero ? " or the gap shorter" : "")}, or use another split.");

    private string ProtocolOf(Part[] parts, in Cuts cuts)
    {
        int Share(Part part) => (int)Math.Round(100.0 * parts.Count(p => p == part) / parts.Length);
        string shares = $"{Share(Part.Train)} / {Share(Part.Validation)} / {Share(Part.Test)} % of the events";
        string gap = Gap == TimeSpan.Zero ? "" : $", each {TimeAxis.Text(Gap)} after the end of training";
        return $"Global time split: validation from {TimeAxis.Text(cuts.Validation)}, test " +
            $"from {TimeAxis.Text(cuts.Test)} ({shares}){gap}. " +
            (Gap == TimeSpan.Zero ? Splitting.Split.NoRepeats : Splitting.Split.NoTrainingRepeats);
    }
}
