using Kindred.Data;

namespace Kindred.Splitting;

/// <summary>Measures how much of the future a holdout's training part knows. Only timed data can be measured.</summary>
/// <remarks>
/// t(u) is the time of the earliest event asked of user u: what a recommender in use would know ends there. Cost: a pass over the events and
/// a sort of the items' and users' first times.
/// </remarks>
internal static class TimeLeaks
{
    /// <summary>Below this share, what leaks in is taken for late or wrong clocks.</summary>
    private const double Negligible = .01;

    /// <param name="part">What the sentences call the measured part.</param>
    public static IEnumerable<string> In(Holdout holdout, string part)
    {
        var (train, test) = (holdout.Train.Histories, holdout.Test.Histories);
        if (!train.HasTimes || !test.HasTimes || train.Count == 0) yield break;
        long[] asked = AskedFrom(test);
        long middle = asked[(asked.Length - 1) / 2];
        double after = ShareAfter(train, asked[0]);
        if (after > Negligible)
            yield return
                $"The future leaks into training: {after:0 %} of the training events are later than the first {part} event, " +
                $"{ShareAfter(train, middle):0 %} later than the first one of the middle {part} user; " +
                "do not take these numbers for those in use; a global time cut avoids that.";
        double unborn = UnbornShare(train, holdout.Train.Items.Count, asked);
        if (unborn > Negligible)
            yield return
                $"When a {part} user is asked, {unborn:0 %} of the items in training (on average) have had no event yet: " +
                "the model can recommend what nobody could have had.";
    }

    /// <returns>[users with an event]: when the first one was, ascending.</returns>
    private static long[] AskedFrom(Histories test)
    {
        long[] asked = [.. Enumerable.Range(0, test.Users).Where(u => !test.ItemsOf(u).IsEmpty).Select(u => test.TimesOf(u).Span[0])];
        Array.Sort(asked);
        return asked;
    }

    private static double ShareAfter(Histories train, long time)
    {
        long after = 0;
        foreach (long at in train.Times.Span) if (at > time) after++;
        return (double)after / train.Count;
    }

    /// <returns>Mean over users of the share of the training items whose first event is later than the user's first asked one.</returns>
    private static double UnbornShare(Histories train, int items, long[] asked)
    {
        long[] born = [.. FirstTimes(train, items).Where(time => time != long.MaxValue)];
        Array.Sort(born);
        double later = 0;
        foreach (long time in asked) later += born.Length - TimeAxis.CountBefore(born, time + 1);
        return later / asked.Length / born.Length;
    }

    /// <returns>[items]: time of the first event; the largest number where there is none.</returns>
    internal static long[] FirstTimes(Histories histories, int items)
    {
        var first = new long[items];
        Array.Fill(first, long.MaxValue);
        var happened = histories.Items.Span;
        var times = histories.Times.Span;
        for (int e = 0; e < times.Length; e++) first[happened[e]] = Math.Min(first[happened[e]], times[e]);
        return first;
    }
}
