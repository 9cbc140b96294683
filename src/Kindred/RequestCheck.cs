using Kindred.Data;

namespace Kindred;

/// <summary>
/// What must hold of a request whatever the data: no nulls in lists, finite numbers, and no more than <see cref="RequestLimits"/> allow.
/// </summary>
internal static class RequestCheck
{
    /// <exception cref="InputException">The first thing that does not hold, and where.</exception>
    public static void Check(RecommendRequest request)
    {
        if (request.UserId?.Length == 0) throw new InputException("userId is empty; name a user, or leave it out.");
        CheckThere("history", request.History);
        CheckThere("where", request.Where);
        CheckThere("deny", request.Deny);
        RequestLimits.Check("history", "events", request.History.Count, RequestLimits.HistoryEvents);
        for (int n = 0; n < request.History.Count; n++) Check($"history[{n}]", request.History[n]);
        CheckTexts("where", "conditions", request.Where, RequestLimits.Conditions);
        CheckTexts("allow", "items", request.Allow ?? [], RequestLimits.FilteredItems);
        CheckTexts("deny", "items", request.Deny, RequestLimits.FilteredItems);
        CheckTexts("whyNot", "items", request.WhyNot ?? [], RequestLimits.ExplainedItems);
        for (int n = 0; n < request.WhyNot?.Count; n++)
            if (request.WhyNot[n].Length == 0) throw new InputException($"whyNot[{n}] is empty; name an item.");
        if (request.Context is { } context) Check(context);
    }

    /// <exception cref="InputException">Likewise.</exception>
    public static void Check(SimilarItemsRequest request)
    {
        if (string.IsNullOrEmpty(request.ItemId))
            throw new InputException($"itemId is {(request.ItemId is null ? "null" : "empty")}; name an item.");
        CheckThere("where", request.Where);
        CheckTexts("where", "conditions", request.Where, RequestLimits.Conditions);
    }

    // a program can set what may not be null to null all the same
    private static void CheckThere(string place, object? value)
    {
        if (value is null) throw new InputException($"{place} is null; give it a value, or leave it out.");
    }

    private static void Check(string place, HistoryEvent? past)
    {
        if (past?.ItemId is null) throw new InputException($"{place} is null; name an item, or leave it out.");
        if (past.ItemId.Length == 0) throw new InputException($"{place} is empty; name an item, or leave it out.");
        if (!(past.Weight > 0 && float.IsFinite(past.Weight)))
            throw new InputException($"The weight of item '{PlainText.Shorten(past.ItemId)}' must be a number above 0, was {past.Weight}.");
    }

    private static void Check(RecommendContext context)
    {
        CheckThere("context.labels", context.Labels);
        CheckThere("context.numbers", context.Numbers);
        RequestLimits.Check("context.labels", "names", context.Labels.Count, RequestLimits.ContextValues);
        foreach (var (name, labels) in context.Labels)
        {
            string place = $"context.labels.{PlainText.Shorten(name)}";
            if (labels is null) throw new InputException($"{place} is null; give a list of texts, or leave it out.");
            CheckTexts(place, "labels", labels, RequestLimits.ContextValues);
        }
        RequestLimits.Check("context.numbers", "names", context.Numbers.Count, RequestLimits.ContextValues);
        foreach (var (name, number) in context.Numbers)
            if (!float.IsFinite(number))
                throw new InputException($"context.numbers.{PlainText.Shorten(name)} must be finite, was {number}.");
    }

    private static void CheckTexts(string place, string things, IReadOnlyList<string> texts, int most)
    {
        RequestLimits.Check(place, things, texts.Count, most);
        for (int n = 0; n < texts.Count; n++) if (texts[n] is null) throw new InputException($"{place}[{n}] is null; give a text.");
    }
}
