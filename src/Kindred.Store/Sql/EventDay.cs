namespace Kindred.Store.Sql;

/// <summary>The day (UTC) of an event's time, as days since 1970.</summary>
internal static class EventDay
{
    /// <summary>Of the column happened, in SQL. Division cuts towards 0, days begin at their start.</summary>
    public const string Sql = "(happened - CASE WHEN happened < 0 THEN 86399999 ELSE 0 END) / 86400000";

    private static readonly int Epoch = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    public static DateOnly From(long day) => DateOnly.FromDayNumber(Epoch + (int)day);

    public static long Number(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime).DayNumber - Epoch;
}
