using Kindred.Data;

namespace Kindred.Splitting;

/// <summary>What splits by time share: UTC Unix seconds in order, and how they are written.</summary>
internal static class TimeAxis
{
    /// <summary>In seconds.</summary>
    public const long Day = 24 * 60 * 60;

    /// <returns>[events], ascending.</returns>
    /// <exception cref="InputException">There are no events, no times, or only one.</exception>
    public static long[] Sorted(Histories histories)
    {
        if (histories.Count == 0) throw new InputException("There are no events to split.");
        CheckTimes(histories);
        var sorted = histories.Times.ToArray();
        Array.Sort(sorted);
        CheckRange(sorted[0], sorted[^1]);
        return sorted;
    }

    /// <exception cref="InputException">There are no times.</exception>
    public static void CheckTimes(Histories histories)
    {
        if (!histories.HasTimes)
            throw new InputException(
                "A split by time needs times, and this data has none; name the time column with --time when importing, or take "
                + "--split random or leave-last.");
    }

    /// <exception cref="InputException">There is only one time.</exception>
    public static void CheckRange(long first, long last)
    {
        if (first == last)
            throw new InputException(
                $"All events are of one moment, {Text(first)}, so that time cannot cut them; take --split random or leave-last.");
    }

    /// <param name="sorted">[events], ascending.</param>
    /// <returns>How many are earlier than <paramref name="time"/>.</returns>
    public static int CountBefore(ReadOnlySpan<long> sorted, long time)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (sorted[middle] < time) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <returns>How many of <paramref name="events"/> a share asks for, at least one.</returns>
    public static long SizeOf(double fraction, long events) => Math.Max(1, (long)Math.Round(fraction * events));

    /// <returns>The first second of the last days up to and including <paramref name="last"/>.</returns>
    public static long FirstOfLastDays(long last, double days) => last - Seconds(days) + 1;

    public static long Seconds(double days) => (long)Math.Round(days * Day);

    /// <exception cref="InputException">Not a length of time, or longer than history.</exception>
    public static void CheckDays(string option, double? days)
    {
        if (days is { } value && !(value > 0 && value <= 1_000_000))
            throw new InputException($"{option} must be > 0 and at most 1000000, was {value}.");
    }

    /// <exception cref="InputException">Negative.</exception>
    public static long CheckGap(TimeSpan gap) =>
        gap >= TimeSpan.Zero ? (long)gap.TotalSeconds : throw new InputException($"Gap must be >= 0, was {gap}.");

    /// <summary>Moments before the year 1 or after 9999, as a cut by many days can be, are written as the nearest one within.</summary>
    public static string Text(long time) => DateTimeOffset.FromUnixTimeSeconds(
        Math.Clamp(time, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds()))
        .ToString("yyyy-MM-dd HH:mm:ss 'UTC'");

    /// <returns>"7 days", "1 day", "12:00:00".</returns>
    public static string Text(TimeSpan length) =>
        length.Ticks % TimeSpan.TicksPerDay != 0 ? length.ToString() : length.Days == 1 ? "1 day" : $"{length.Days} days";
}
