namespace Kindred.Tests.Support;

/// <summary>Interactions from a few events, for tests.</summary>
internal static class EventList
{
    /// <param name="events">Times in Unix seconds.</param>
    public static Interactions Of(IEnumerable<(string User, string Item, long Time, float Weight)> events, bool timed = true) =>
        Interactions.FromEvents(events.Select(e =>
            new Event(e.User, e.Item, timed ? DateTimeOffset.FromUnixTimeSeconds(e.Time) : null, e.Weight)), ValueKind.None);

    /// <summary>
    /// Lines such as "ann: tea@1 jam@3": a user, then items with their times in seconds; without "@" the place in the line.
    /// </summary>
    public static Interactions Parse(params string[] lines) => Of(lines.SelectMany(line =>
    {
        string[] parts = line.Split(':', 2);
        return parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((e, place) =>
        {
            string[] itemAndTime = e.Split('@');
            return (parts[0], itemAndTime[0], itemAndTime.Length > 1 ? long.Parse(itemAndTime[1]) : place, 1f);
        });
    }));
}
