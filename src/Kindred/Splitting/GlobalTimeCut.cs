using Kindred.Data;

namespace Kindred.Splitting;

/// <summary>
/// Two moments cut the data: what happened before the first is training, from the second on is test. The only cut here that asks what a
/// recommender is asked in use. Y. Ji, A. Sun, J. Zhang, C. Li, "A Critical Study on Data Leakage in Recommender System Offline
/// Evaluation", TOIS 2023.
/// </summary>
/// <remarks>
/// Events of one second are never parted: a cut by fraction moves back to the first event of its second, so a part can be larger than
/// asked. Cost: one sort of the times.
/// </remarks>
public sealed record GlobalTimeCut : ISplitter
{
    /// <summary>Share of all events, the last ones before the test part. 0: no validation part.</summary>
    public double ValidationFraction { get; init; } = .1;

    /// <summary>Share of all events, the last ones.</summary>
    public double TestFraction { get; init; } = .1;

    /// <summary>First moment of the validation part, to the second; instead of <see cref="ValidationFraction"/>.</summary>
    public DateTimeOffset? ValidationFrom { get; init; }

    /// <summary>First moment of the test part, to the second; instead of <see cref="TestFraction"/>.</summary>
    public DateTimeOffset? TestFrom { get; init; }

    public Split Split(Interactions interactions)
    {
        Fractions.Check(ValidationFraction, TestFraction);
        var histories = interactions.Histories;
        if (histories.Count == 0) throw new InputException("There are no events to cut.");
        if (!histories.HasTimes)
            throw new InputException("A time cut needs times, and this data has none; name the time column when importing, or use another split.");
        var (validationFrom, testFrom) = Cuts(histories.Times.Span);

        var parts = new Part[histories.Count];
        for (int e = 0; e < parts.Length; e++)
        {
            long time = histories.Times.Span[e];
            parts[e] = time >= testFrom ? Part.Test : time >= validationFrom ? Part.Validation : Part.Train;
        }
        return Splitting.Split.Of(interactions, parts, ProtocolOf(parts, validationFrom, testFrom));
    }

    /// <param name="times">[events]</param>
    /// <returns>UTC Unix seconds: the first of validation and the first of test, equal when there is no validation part.</returns>
    private (long Validation, long Test) Cuts(ReadOnlySpan<long> times)
    {
        var sorted = times.ToArray();
        Array.Sort(sorted);
        long test = TestFrom?.ToUnixTimeSeconds() ?? sorted[sorted.Length - SizeOf(TestFraction, sorted.Length)];
        if (test > sorted[^1])
            throw new InputException($"TestFrom = {Text(test)} leaves no test part; the last event is of {Text(sorted[^1])}.");
        int before = CountBefore(sorted, test);
        if (before == 0) throw NothingLeft(nameof(TestFrom), test, sorted);

        long validation = test;
        if (ValidationFrom is { } date) validation = date.ToUnixTimeSeconds();
        else if (ValidationFraction > 0) validation = sorted[Math.Max(0, before - SizeOf(ValidationFraction, sorted.Length))];
        if (validation > test)
            throw new InputException($"ValidationFrom = {Text(validation)} must not be after the first moment of the test part, {Text(test)}.");
        if (CountBefore(sorted, validation) == 0) throw NothingLeft(nameof(ValidationFrom), validation, sorted);
        return (validation, test);
    }

    private static int SizeOf(double fraction, int events) => Math.Max(1, (int)Math.Round(fraction * events));

    private static int CountBefore(long[] sorted, long time)
    {
        int at = Array.BinarySearch(sorted, time);
        if (at < 0) return ~at;
        while (at > 0 && sorted[at - 1] == time) at--;
        return at;
    }

    private static InputException NothingLeft(string option, long time, long[] sorted) => new(
        $"The cut at {Text(time)} leaves no training part, as events are from {Text(sorted[0])} to {Text(sorted[^1])}; " +
        $"set {option} later, or use another split.");

    private static string ProtocolOf(Part[] parts, long validation, long test)
    {
        int Share(Part part) => (int)Math.Round(100.0 * parts.Count(p => p == part) / parts.Length);
        string shares = $"{Share(Part.Train)} / {Share(Part.Validation)} / {Share(Part.Test)} % of the events";
        return $"Global time cut: validation from {Text(validation)}, test from {Text(test)} ({shares}); {Splitting.Split.NoRepeats}.";
    }

    private static string Text(long time) => DateTimeOffset.FromUnixTimeSeconds(time).ToString("yyyy-MM-dd HH:mm:ss 'UTC'");
}
