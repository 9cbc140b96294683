using Kindred.Data;

namespace Kindred.Tests.Support;

/// <summary>Interactions from a few events, for tests.</summary>
internal static class EventList
{
    /// <summary>Users and items get their indices in the order in which they first occur; each history is sorted by time, stably.</summary>
    public static Interactions Of(IEnumerable<(string User, string Item, long Time, float Weight)> events, bool timed = true)
    {
        Dictionary<string, int> users = [], items = [];
        var histories = new List<List<(int Item, long Time, float Weight)>>();
        foreach (var (userId, itemId, time, weight) in events)
        {
            if (users.TryAdd(userId, users.Count)) histories.Add([]);
            items.TryAdd(itemId, items.Count);
            histories[users[userId]].Add((items[itemId], time, weight));
        }
        var sorted = histories.Select(history => history.OrderBy(e => timed ? e.Time : 0).ToArray()).ToArray();
        int[] starts = [0, .. sorted.Select(history => history.Length)];
        for (int user = 1; user < starts.Length; user++) starts[user] += starts[user - 1];
        var all = sorted.SelectMany(history => history).ToArray();
        return new(new Vocabulary(users.Keys), new Vocabulary(items.Keys), new Histories(
            starts,
            all.Select(e => e.Item).ToArray(),
            timed ? all.Select(e => e.Time).ToArray() : default,
            all.Select(e => e.Weight).ToArray()));
    }

    /// <summary>Lines such as "ann: tea@1 jam@3": a user, then items with their times in seconds; without "@" the place in the line.</summary>
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
