namespace Kindred.Splitting;

/// <summary>
/// A back-test: consecutive test windows up to the last event, each measured with a model that was trained on the events before it. Shows
/// how much a number depends on the moment. R. Hyndman, G. Athanasopoulos, "Forecasting: Principles and Practice", 3rd ed. 2021, §5.10.
/// </summary>
/// <remarks>Events of the same second stay together. Cost: one sort of the times, and a copy of the events per cut.</remarks>
public sealed record RollingTimeSplit
{
    private const int MostCuts = 1000;

    /// <summary>Number of test windows.</summary>
    public int Cuts { get; init; } = 5;

    /// <summary>Length of each window: share of all events.</summary>
    public double TestFraction { get; init; } = .05;

    /// <summary>Length of each window in days; instead of <see cref="TestFraction"/>.</summary>
    public double? TestDays { get; init; }

    /// <summary>
    /// A model is trained on this many days before its window and gap: a sliding window. Null: from everything, an expanding one.
    /// </summary>
    public double? TrainDays { get; init; }

    /// <summary>Time between the end of training and the test window, whose events are not used. To the second.</summary>
    public TimeSpan Gap { get; init; }

    /// <returns>[Cuts], oldest first.</returns>
    /// <exception cref="InputException">An option is out of range, or a cut leaves nothing to train on or to measure.</exception>
    public IReadOnlyList<Holdout> Holdouts(Interactions interactions)
    {
        Check();
        var sorted = TimeAxis.Sorted(interactions.Histories);
        var starts = StartsIn(sorted);
        return [.. Enumerable.Range(0, Cuts).Select(n => HoldoutOf(interactions, n, starts[n], starts[n + 1], sorted))];
    }

    private void Check()
    {
        if (Cuts is < 1 or > MostCuts) throw new InputException($"Cuts must be from 1 to {MostCuts}, was {Cuts}.");
        if (!(TestFraction is > 0 and < 1))
            throw new InputException($"The share of the test part must be above 0 and below 1, was {TestFraction}.");
        if (TestDays is null && Cuts * TestFraction >= 1)
            throw new InputException($"Cuts · TestFraction must be < 1, was {Cuts * TestFraction}; use fewer cuts or a smaller share.");
        TimeAxis.CheckDays(nameof(TestDays), TestDays);
        TimeAxis.CheckDays(nameof(TrainDays), TrainDays);
        TimeAxis.CheckGap(Gap);
    }

    /// <returns>[Cuts + 1]: the first second of each window, and the one after the last event.</returns>
    private long[] StartsIn(long[] sorted)
    {
        var starts = new long[Cuts + 1];
        starts[Cuts] = sorted[^1] + 1;
        for (int n = 1; n <= Cuts; n++)
            starts[Cuts - n] = TestDays is { } days
                ? sorted[^1] - (n * TimeAxis.Seconds(days)) + 1
                : sorted[Math.Max(0, sorted.Length - (int)TimeAxis.SizeOf(n * TestFraction, sorted.Length))];
        return starts;
    }

    private Holdout HoldoutOf(Interactions interactions, int number, long from, long end, long[] sorted)
    {
        long trainEnd = from - TimeAxis.CheckGap(Gap);
        long trainFrom = TrainDays is { } days ? Math.Max(trainEnd - TimeAxis.Seconds(days), sorted[0]) : sorted[0];
        string name = $"Cut {number + 1} of {Cuts}, {TimeAxis.Text(from)} to {TimeAxis.Text(end - 1)},";
        string whole = $"as events are from {TimeAxis.Text(sorted[0])} to {TimeAxis.Text(sorted[^1])}";
        bool IsEmpty(long first, long next) => TimeAxis.CountBefore(sorted, next) <= TimeAxis.CountBefore(sorted, first);
        if (IsEmpty(trainFrom, trainEnd))
        {
            string given = (TrainDays is null ? "" : ", or a longer TrainDays") + (Gap == TimeSpan.Zero ? "" : ", or a shorter Gap");
            throw new InputException($"{name} leaves no training part, {whole}; use fewer or shorter cuts{given}.");
        }
        if (IsEmpty(from, end)) throw new InputException($"{name} has no test event, {whole}; use longer cuts.");

        Interactions Within(long first, long next)
        {
            var keep = new bool[interactions.Histories.Count];
            var times = interactions.Histories.Times.Span;
            for (int e = 0; e < keep.Length; e++) keep[e] = times[e] >= first && times[e] < next;
            return interactions.Where(keep);
        }
        string gap = Gap == TimeSpan.Zero ? "" : $" (a gap of {TimeAxis.Text(Gap)})";
        return Holdout.Of(Within(trainFrom, trainEnd), Within(from, end),
            $"Rolling time split {number + 1} of {Cuts}: trained on events from {TimeAxis.Text(trainFrom)} to " +
            $"before {TimeAxis.Text(trainEnd)}, " +
            $"tested on those from {TimeAxis.Text(from)} to {TimeAxis.Text(end - 1)}{gap}. " +
            (Gap == TimeSpan.Zero && TrainDays is null ? Split.NoRepeats : Split.NoTrainingRepeats));
    }
}
