using Kindred.Data;

namespace Kindred.Comparison;

/// <summary>Can the data do it?</summary>
public enum Adequacy
{
    No,
    Limited,
    Yes,
}

/// <summary>Whether data is enough for a model or a way of evaluating, and what is missing where it is not.</summary>
/// <param name="Use">A trainer's name, or "recent popularity", "temporal evaluation", "item cold start", "user cold start".</param>
/// <param name="Reason">One sentence.</param>
public sealed record Suitability(string Use, Adequacy Fit, string Reason)
{
    private const int FewUsers = 50, FewEvents = 5, FewMoments = 10;

    internal static IReadOnlyList<Suitability> Judge(DataProfile data, Interactions interactions)
    {
        Suitability As(string use, (Adequacy Fit, string Reason) judged) =>
            data.Events > 0 ? new(use, judged.Fit, judged.Reason) : new(use, Adequacy.No, "There are no events.");
        bool paired = Enumerable.Range(0, interactions.Users.Count).Any(user => interactions.ByUser.Row(user).Length > 1);
        return
        [
            As("popularity", ForPopularity(data)),
            As("recent popularity", ForRecentPopularity(data)),
            As("item-knn", ForNeighbours(data, paired)),
            As("implicit-als", ForFactors(data, paired)),
            As("temporal evaluation", ForTemporalEvaluation(data, interactions.Histories.Times.Span)),
            As("item cold start", ForColdStart("item", interactions.ItemAttributes)),
            As("user cold start", ForColdStart("user", interactions.UserAttributes)),
        ];
    }

    private static (Adequacy, string) ForPopularity(DataProfile data)
    {
        if (data.EventsPerItem.Min == data.EventsPerItem.Max)
            return (Adequacy.Limited, $"Every item has {Many(data.EventsPerItem.Max, "event")}: popularity cannot distinguish them.");
        if (data.Users < FewUsers) return (Adequacy.Limited, $"With {Many(data.Users, "user")}, a few of them decide what is popular.");
        return (Adequacy.Yes, "It needs nothing but events.");
    }

    private static (Adequacy, string) ForRecentPopularity(DataProfile data)
    {
        if (data.Last - data.First is not { } span) return (Adequacy.No, "The events have no times; name the time column when importing.");
        if (span < TimeSpan.FromDays(1)) return (Adequacy.Limited, "All events are within one day: what is recent is what is popular.");
        return (Adequacy.Yes, $"The events span {span.TotalDays:0} days.");
    }

    /// <param name="paired">Some user has two items.</param>
    private static (Adequacy, string) ForNeighbours(DataProfile data, bool paired)
    {
        if (!paired) return (Adequacy.No, "No user has two items, so no two items are neighbours; more events per user are needed.");
        if (data.EventsPerUser.Median < FewEvents)
            return (Adequacy.Limited, $"{EventsOf(data)}: neighbours have too little to learn from.");
        if (data.Users < FewUsers) return (Adequacy.Limited, $"With {Many(data.Users, "user")}, two items share users by chance.");
        return (Adequacy.Yes, $"{EventsOf(data)}: enough for items to share users.");
    }

    /// <param name="paired">Some user has two items.</param>
    private static (Adequacy, string) ForFactors(DataProfile data, bool paired)
    {
        const string Few = "use few dimensions and strong regularization.";
        if (!paired) return (Adequacy.No, "No user has two items, so nothing connects items; more events per user are needed.");
        if (data.EventsPerUser.Median < FewEvents) return (Adequacy.Limited, $"{EventsOf(data)}: {Few}");
        if (data.Users < FewUsers) return (Adequacy.Limited, $"With {Many(data.Users, "user")}, {Few}");
        if (data.Ratings is { } scale)
            return (Adequacy.Limited,
                $"Values are ratings from {scale.Min} to {scale.Max}: a bad one counts as interest; try keeping only good ones.");
        return (Adequacy.Yes, $"{EventsOf(data)}: enough to learn embeddings from.");
    }

    private static (Adequacy, string) ForTemporalEvaluation(DataProfile data, ReadOnlySpan<long> times)
    {
        if (times.IsEmpty)
            return (Adequacy.No, "The events have no times, so a split cannot follow time; name the time column when importing.");
        var moments = new HashSet<long>();
        foreach (long time in times)
            if (moments.Add(time) && moments.Count == FewMoments)
                return (Adequacy.Yes, $"The events are from {data.First:yyyy-MM-dd} to {data.Last:yyyy-MM-dd}.");
        if (moments.Count == 1) return (Adequacy.No, "All events have the same time, so there is no before and after.");
        return (Adequacy.Limited,
            $"There are only {moments.Count} different times: the parts of a time cut can be far from what was asked for.");
    }

    /// <summary>A title alone says little, and attributes that most rows lack serve few.</summary>
    private static (Adequacy, string) ForColdStart(string row, Catalog catalog)
    {
        string[] names = [.. catalog.Labels.Keys, .. catalog.NumbersAndVectors.Select(n => n.Name)], texts = [.. catalog.Texts.Keys];
        if (names.Length + texts.Length == 0) return (Adequacy.No, $"There are no {row} attributes; import a table of {row}s by id.");
        if (names.Length == 0)
            return (Adequacy.Limited,
                $"There is only text about {row}s ({string.Join(", ", texts)}); categories, tags or numbers say more.");

        bool IsDescribed(int n) =>
            catalog.Labels.Values.Any(column => column[n].Length > 0) ||
            catalog.Numbers.Values.Any(column => !float.IsNaN(column.Values.Span[n]));
        int described = Enumerable.Range(0, catalog.Count).Count(IsDescribed);
        string share = $"{100.0 * described / catalog.Count:0} % of the {row}s have attributes ({string.Join(", ", names)}).";
        return 2 * described < catalog.Count ? (Adequacy.Limited, $"Only {share}") : (Adequacy.Yes, share);
    }

    private static string EventsOf(DataProfile data) => $"{Many(data.EventsPerUser.Median, "event")} per user in the middle";

    private static string Many(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
