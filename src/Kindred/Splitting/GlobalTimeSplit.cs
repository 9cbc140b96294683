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
        var times = new SortedTimes(TimeAxis.Sorted(interactions.Histories));
        var cuts = CutsIn(times);
        return SplitAt(interactions, cuts, ProtocolOf(times, cuts));
    }

    /// <summary>Splits a part of the data at the moments that cut all of it.</summary>
    internal static Split SplitAt(Interactions interactions, in Cuts cuts, string protocol)
    {
        var times = interactions.Histories.Times.Span;
        var parts = new Part[interactions.Histories.Count];
        for (int e = 0; e < parts.Length; e++) parts[e] = cuts.PartOf(times[e]);
        return Splitting.Split.Of(interactions, parts, protocol);
    }

    /// <summary>
    /// UTC Unix seconds, ascending; the first two are equal without a gap, as are the last two, the middle two without validation.
    /// </summary>
    internal readonly record struct Cuts(long TrainEnd, long Validation, long ValidationEnd, long Test)
    {
        public Part PartOf(long time) =>
            time >= Test ? Part.Test :
            time >= ValidationEnd ? Part.TestGap :
            time >= Validation ? Part.Validation :
            time >= TrainEnd ? Part.ValidationGap : Part.Train;
    }

    /// <exception cref="InputException">An option is out of range.</exception>
    internal void Check()
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

    /// <param name="times">Of all events; not all the same.</param>
    /// <exception cref="InputException">A part would be empty.</exception>
    internal Cuts CutsIn(IOrderedTimes times)
    {
        long gap = TimeAxis.CheckGap(Gap);
        long test =
            TestFrom is { } testDate ? testDate.ToUnixTimeSeconds() :
            TestDays is { } testDays ? TimeAxis.FirstOfLastDays(times.Last, testDays) :
            times.At(times.Count - TimeAxis.SizeOf(TestFraction, times.Count));
        if (test > times.Last)
            throw NoTest(test, times);
        long end = test - gap;
        long before = times.CountBefore(end);
        if (before == 0)
        {
            string remedy = Remedy(nameof(TestDays), TestDays, nameof(TestFrom), TestFrom, nameof(TestFraction), TestFraction);
            throw NothingLeft(remedy, test, times);
        }

        long validation =
            ValidationFrom is { } date ? date.ToUnixTimeSeconds() :
            ValidationDays is { } days ? end - TimeAxis.Seconds(days) :
            ValidationFraction > 0 ? times.At(Math.Max(0, before - TimeAxis.SizeOf(ValidationFraction, times.Count))) : end;
        if (validation > end)
            throw new InputException(
                $"ValidationFrom = {TimeAxis.Text(validation)} must not be after the " +
                (gap == 0 ? $"first moment of the test part, {TimeAxis.Text(test)}."
                    : $"last training moment before the test part, {TimeAxis.Text(end)}."));
        long trainEnd = validation == end ? end : validation - gap;
        if (times.CountBefore(trainEnd) == 0)
        {
            string remedy = Remedy(
                nameof(ValidationDays), ValidationDays, nameof(ValidationFrom), ValidationFrom,
                nameof(ValidationFraction), ValidationFraction);
            throw NothingLeft(remedy, validation, times);
        }
        return new(trainEnd, validation, end, test);
    }

    private InputException NoTest(long test, IOrderedTimes times) => new(
        (TestDays is { } days ? $"TestDays = {days}" : $"TestFrom = {TimeAxis.Text(test)}") +
        $" leaves no test part; the last event is of {TimeAxis.Text(times.Last)}.");

    // of the option that made the cut, and of no other
    private static string Remedy(
        string daysName, double? days, string fromName, DateTimeOffset? from, string fractionName, double fraction) =>
        days is not null ? $"make {daysName} fewer"
        : from is not null ? $"set {fromName} later"
        : $"use a smaller {fractionName} than {fraction}";

    private InputException NothingLeft(string remedy, long time, IOrderedTimes times) => new(
        $"The cut at {TimeAxis.Text(time)}{(Gap > TimeSpan.Zero ? $" with a gap of {TimeAxis.Text(Gap)}" : "")} leaves no training part, " +
        $"as events are from {TimeAxis.Text(times.First)} to {TimeAxis.Text(times.Last)} and those of one second stay together; " +
        $"{remedy}{(Gap > TimeSpan.Zero ? " or the gap shorter" : "")}, or use another split.");

    /// <param name="times">Of all events.</param>
    internal string ProtocolOf(IOrderedTimes times, Cuts cuts)
    {
        int Share(long events) => (int)Math.Round(100.0 * events / times.Count);
        long train = times.CountBefore(cuts.TrainEnd);
        long validation = times.CountBefore(cuts.ValidationEnd) - times.CountBefore(cuts.Validation);
        long test = times.Count - times.CountBefore(cuts.Test);
        string shares = $"{Share(train)} / {Share(validation)} / {Share(test)} % of the events";
        string gap = Gap == TimeSpan.Zero ? "" : $", each {TimeAxis.Text(Gap)} after the end of training";
        return $"Global time split: validation from {TimeAxis.Text(cuts.Validation)}, test " +
            $"from {TimeAxis.Text(cuts.Test)} ({shares}){gap}. " +
            (Gap == TimeSpan.Zero ? Splitting.Split.NoRepeats : Splitting.Split.NoTrainingRepeats);
    }
}
