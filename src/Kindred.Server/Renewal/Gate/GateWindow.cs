using Kindred.Splitting;

namespace Kindred.Server.Renewal.Gate;

/// <summary>On which of the last events to measure: on those of a few days, or of more days where those are too few to tell.</summary>
internal static class GateWindow
{
    /// <summary>With so many users, a difference of the size that matters is often found.</summary>
    private const int EnoughUsers = 200;

    /// <summary>Beyond, training would lack what it is measured by.</summary>
    private const double MostShare = .2;

    /// <returns>A split by time whose test part has the last days, and whose validation part is as long.</returns>
    /// <param name="days">Doubled until enough users have an event in them, or a fifth of the events is.</param>
    /// <exception cref="InputException">The data cannot be split by time.</exception>
    public static Split Split(Interactions data, double days)
    {
        var sorted = TimeAxis.Sorted(data.Histories);
        for (; ; days *= 2)
        {
            long from = TimeAxis.FirstOfLastDays(sorted[^1], days);
            int before = TimeAxis.CountBefore(sorted, from);
            if (sorted.Length - before > MostShare * sorted.Length) break;
            if (UsersFrom(data, from) >= EnoughUsers) return new GlobalTimeSplit { TestDays = days, ValidationDays = days }.Split(data);
        }
        return new GlobalTimeSplit { TestFraction = MostShare, ValidationFraction = MostShare }.Split(data);
    }

    private static int UsersFrom(Interactions data, long from)
    {
        int users = 0;
        for (int user = 0; user < data.Users.Count; user++)
        {
            var times = data.Histories.TimesOf(user).Span;
            if (times.Length > 0 && times[^1] >= from) users++;
        }
        return users;
    }
}
