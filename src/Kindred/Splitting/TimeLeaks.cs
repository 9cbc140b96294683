using Kindred.Data;

namespace Kindred.Splitting;

/// <summary>Measures how much of the future is in a holdout's training part. Needs times.</summary>
/// <remarks>
/// t(u) is the time of the earliest measured event of user u: in production, a recommender would know nothing later. Cost: a pass over the
/// events and a sort of the items' and users' first times.
/// </remarks>
internal static class TimeLeaks
{
    /// <summary>A smaller share may come from wrong clocks.</summary>
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
                $"Training data leaks from the future: {after:0 %} of the training events are later than the first {part} event, " +
                $"{ShareAfter(train, middle):0 %} later than that of the median {part} user. " +
                "Expect lower numbers in production; use a global time split.";
        double unborn = UnbornShare(train, holdout.Train.Items.Count, asked);
        if (unborn > Negligible)
            yield return
                $"Items leak from the future: at the time of a {part} user's first event, {unborn:0 %} of the training items (on average) "
                    +
                "have no event yet, so the model recommends items that did not exist.";
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
