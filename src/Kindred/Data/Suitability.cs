namespace Kindred.Data;

/// <summary>Can the data do it?</summary>
public enum Fit
{
    No,
    YesBut,
    Yes,
}

/// <summary>Whether data is enough for a model or a way of evaluating, and what is missing where it is not.</summary>
/// <param name="Use">A trainer's name, or what else is meant: "temporal evaluation", "item cold start", "user cold start".</param>
/// <param name="Reason">One sentence.</param>
public sealed record Suitability(string Use, Fit Fit, string Reason)
{
    private const int FewUsers = 50, FewEvents = 5, FewMoments = 10;

    private static readonly string[] Uses =
        ["popularity", "recent popularity", "item-knn", "implicit-als", "temporal evaluation", "item cold start", "user cold start"];

    internal static IReadOnlyList<Suitability> Of(DataProfile data, Interactions interactions, Catalog items, Catalog users)
    {
        if (data.Events == 0) return [.. Uses.Select(use => new Suitability(use, Fit.No, "There are no events."))];
        return
        [
            OfPopularity(data),
            OfRecentPopularity(data),
            OfNeighbours(data, interactions),
            OfFactors(data, interactions),
            OfTemporalEvaluation(data, interactions),
            OfColdStart("item cold start", "item", items),
            OfColdStart("user cold start", "user", users),
        ];
    }

    private static Suitability OfPopularity(DataProfile data)
    {
        if (data.EventsPerItem.Min == data.EventsPerItem.Max)
            return new("popularity", Fit.YesBut, $"Every item has {Many(data.EventsPerItem.Max, "event")}: popularity cannot tell them apart.");
        return data.Users < FewUsers
            ? new("popularity", Fit.YesBut, $"With {Many(data.Users, "user")}, a few of them decide what is popular.")
            : new("popularity", Fit.Yes, "It needs nothing but events.");
    }

    private static Suitability OfRecentPopularity(DataProfile data)
    {
        if (data.First is not { } first || data.Last is not { } last) return new("recent popularity", Fit.No, "The events have no times; name the time column when importing.");
        return last - first < TimeSpan.FromDays(1)
            ? new("recent popularity", Fit.YesBut, "All events are within one day: what is recent is what is popular.")
            : new("recent popularity", Fit.Yes, $"The events span {(last - first).TotalDays:0} days.");
    }

    private static Suitability OfNeighbours(DataProfile data, Interactions interactions)
    {
        if (!AnyoneHasTwoItems(interactions)) return new("item-knn", Fit.No, "No user has two items, so no two items are neighbours; more events per user are needed.");
        if (data.EventsPerUser.Median < FewEvents) return new("item-knn", Fit.YesBut, $"{EventsOf(data)}: neighbours have almost nothing to go on.");
        return data.Users < FewUsers
            ? new("item-knn", Fit.YesBut, $"With {Many(data.Users, "user")}, two items share users by chance.")
            : new("item-knn", Fit.Yes, $"{EventsOf(data)}: enough for items to share users.");
    }

    private static Suitability OfFactors(DataProfile data, Interactions interactions)
    {
        if (!AnyoneHasTwoItems(interactions)) return new("implicit-als", Fit.No, "No user has two items, so nothing connects items; more events per user are needed.");
        if (data.EventsPerUser.Median < FewEvents) return new("implicit-als", Fit.YesBut, $"{EventsOf(data)}: use few dimensions and strong regularization.");
        if (data.Users < FewUsers) return new("implicit-als", Fit.YesBut, $"With {Many(data.Users, "user")}, use few dimensions and strong regularization.");
        return data.Ratings is { } scale
            ? new("implicit-als", Fit.YesBut, $"The values are ratings from {scale.Min} to {scale.Max}: a bad rating counts as interest; keep only good ones, or compare with and without.")
            : new("implicit-als", Fit.Yes, $"{EventsOf(data)}: enough to learn embeddings from.");
    }

    private static Suitability OfTemporalEvaluation(DataProfile data, Interactions interactions)
    {
        const string Use = "temporal evaluation";
        if (!interactions.Histories.HasTimes) return new(Use, Fit.No, "The events have no times, so a split cannot follow time; name the time column when importing.");
        int moments = interactions.Histories.Times.ToArray().Distinct().Take(FewMoments).Count();
        if (moments == 1) return new(Use, Fit.No, "All events have the same time, so there is no before and after.");
        return moments < FewMoments
            ? new(Use, Fit.YesBut, $"There are only {moments} different times: the parts of a time cut can be far from the fractions asked for.")
            : new(Use, Fit.Yes, $"The events are from {data.First:yyyy-MM-dd} to {data.Last:yyyy-MM-dd}.");
    }

    /// <summary>Half the rows without any attribute are too many to call it served; a title alone says little.</summary>
    private static Suitability OfColdStart(string use, string row, Catalog catalog)
    {
        if (catalog.Texts.Count + catalog.Numbers.Count + catalog.Labels.Count == 0)
            return new(use, Fit.No, $"There are no {row} attributes; import a table of {row}s by id.");
        if (catalog.Numbers.Count + catalog.Labels.Count == 0)
            return new(use, Fit.YesBut, $"There is only text about {row}s ({string.Join(", ", catalog.Texts.Keys)}); categories, tags or numbers say more.");

        int described = Enumerable.Range(0, catalog.Count).Count(n =>
            catalog.Labels.Values.Any(column => column[n].Length > 0) || catalog.Numbers.Values.Any(column => !float.IsNaN(column.Values.Span[n])));
        string share = $"{100.0 * described / catalog.Count:0} % of the {row}s have attributes ({string.Join(", ", catalog.Labels.Keys.Concat(catalog.Numbers.Keys))})";
        return 2 * described < catalog.Count
            ? new(use, Fit.YesBut, $"Only {share}.")
            : new(use, Fit.Yes, $"{share}.");
    }

    private static bool AnyoneHasTwoItems(Interactions interactions) =>
        Enumerable.Range(0, interactions.Users.Count).Any(user => interactions.ByUser.Row(user).Length > 1);

    private static string EventsOf(DataProfile data) => $"{Many(data.EventsPerUser.Median, "event")} per user in the middle";

    private static string Many(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
