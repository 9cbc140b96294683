using Kindred.Models;
using Kindred.Store;

namespace Kindred.Server.Live;

/// <summary>A user's history until now: what the snapshot stores, and the events after it, each in its place in time.</summary>
internal static class UserHistory
{
    /// <param name="user">In the snapshot; −1: it does not know them.</param>
    /// <param name="replaces">The events are all that the store has: what the snapshot stores is out of date.</param>
    /// <param name="events">In the order of time.</param>
    /// <param name="negatives">The last event of an item before, where it says that the user does not want the item.</param>
    public static UserState From(
        LiveView view, Interactions data, int user, bool replaces, IReadOnlyList<TailEvent> events, IReadOnlyList<TailEvent> negatives,
        EventSettings settings, DateTimeOffset now)
    {
        var unwanted = new Dictionary<int, DateTimeOffset>(); // since when
        foreach (var e in negatives) if (data.Items.TryGetIndex(e.ItemId, out int item)) unwanted[item] = e.Time;
        var later = new List<(int Item, float Weight, long Time)>(events.Count);
        foreach (var e in events)
        {
            if (!data.Items.TryGetIndex(e.ItemId, out int item)) continue;
            if (settings.IsNegative(e.Type))
            {
                unwanted[item] = e.Time;
                continue;
            }
            float weight = (float)settings.WeightOf(e.Type, e.Time, now);
            if (weight <= 0) continue;
            if (unwanted.TryGetValue(item, out var since) && since <= e.Time) unwanted.Remove(item);
            later.Add((item, weight, e.Time.ToUnixTimeSeconds()));
        }
        var stored = user < 0 || replaces ? new(user, default) : Query.Of(data, user);
        bool isKnown = user >= 0 && (!replaces || events.Count > 0) || events.Count > 0;
        if (later.Count == 0 && unwanted.Count == 0) return new(stored with { IsUserOutdated = replaces }, isKnown, view.Allowed, []);
        // a stored weight was that of the cut: it has lost as much since then as that of any event
        double decay = settings.HalfLifeDays is { } days ? double.Exp2(-Math.Max(0, (now - view.WeightsAsOf).TotalDays) / days) : 1;
        return new(Merge(stored, later, unwanted, (float)decay), isKnown, view.Allowed, [.. unwanted.Keys]);
    }

    private static Query Merge(
        in Query stored, List<(int Item, float Weight, long Time)> later, Dictionary<int, DateTimeOffset> unwanted, float decay)
    {
        int count = stored.History.Length + later.Count;
        var (items, weights, times) = (new List<int>(count), new List<float>(count), new List<long>(count));
        bool hasTimes = stored.Times.Length == stored.History.Length;
        int next = 0;
        void Add(int item, float weight, long time)
        {
            if (unwanted.ContainsKey(item)) return;
            items.Add(item);
            weights.Add(weight);
            times.Add(time);
        }
        for (int n = 0; n < stored.History.Length; n++)
        {
            long time = hasTimes ? stored.Times.Span[n] : long.MinValue;
            while (hasTimes && next < later.Count && later[next].Time < time) Add(later[next].Item, later[next].Weight, later[next++].Time);
            Add(stored.History.Span[n], stored.WeightOf(n) * decay, time);
        }
        for (; next < later.Count; next++) Add(later[next].Item, later[next].Weight, later[next].Time);
        return new(stored.User, items.ToArray(), weights.ToArray())
        {
            Times = hasTimes ? times.ToArray() : default,
            IsUserOutdated = true,
        };
    }
}
