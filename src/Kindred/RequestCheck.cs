using Kindred.Data;

namespace Kindred;

/// <summary>What must hold of a request whatever the data: no nulls in lists, finite numbers, and no more than <see cref="RequestLimits"/> allow.</summary>
internal static class RequestCheck
{
    /// <exception cref="InputException">The first thing that does not hold, and where.</exception>
    public static void Check(RecommendRequest request)
    {
        if (request.Count < 1) throw new InputException($"count must be at least 1, was {request.Count}.");
        RequestLimits.Check("history", "events", request.History.Count, RequestLimits.HistoryEvents);
        CheckTexts("where", "conditions", request.Where, RequestLimits.Conditions);
        CheckTexts("allow", "items", request.Allow, RequestLimits.FilteredItems);
        CheckTexts("deny", "items", request.Deny, RequestLimits.FilteredItems);
        CheckTexts("whyNot", "items", request.WhyNot, RequestLimits.ExplainedItems);
        if (request.Context is { } context) Check(context);
    }

    /// <exception cref="InputException">The first thing that does not hold, and where.</exception>
    public static void Check(SimilarItemsRequest request)
    {
        if (request.Count < 1) throw new InputException($"count must be at least 1, was {request.Count}.");
        CheckTexts("where", "conditions", request.Where, RequestLimits.Conditions);
    }

    private static void Check(RecommendContext context)
    {
        RequestLimits.Check("context.labels", "names", context.Labels.Count, RequestLimits.ContextValues);
        foreach (var (name, labels) in context.Labels)
        {
            string place = $"context.labels.{PlainText.Shorten(name)}";
            if (labels is null) throw new InputException($"{place} is null; give a list of texts, or leave it out.");
            CheckTexts(place, "labels", labels, RequestLimits.ContextValues);
        }
        RequestLimits.Check("context.numbers", "names", context.Numbers.Count, RequestLimits.ContextValues);
        foreach (var (name, number) in context.Numbers)
        {
            if (!float.IsFinite(number))
                throw new InputException($"context.numbers.{PlainText.Shorten(name)} is too large; give a number between -3.4e38 and 3.4e38.");
        }
    }

    private static void CheckTexts(string place, string things, IReadOnlyList<string>? texts, int most)
    {
        RequestLimits.Check(place, things, texts?.Count ?? 0, most);
        for (int n = 0; n < (texts?.Count ?? 0); n++)
            if (texts![n] is null) throw new InputException($"{place}[{n}] is null; give a text.");
    }
}
