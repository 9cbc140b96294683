using Kindred.Models;

namespace Kindred.Pipelines;

/// <summary>Answers many queries together where a pipeline is one source, with what was seen left out or not.</summary>
internal static class PipelineBatch
{
    /// <returns>False where the pipeline is more than that: each query has to go its own way.</returns>
    public static bool TryAnswer(Pipeline pipeline, ReadOnlySpan<Query> queries, int count, RankedLists lists)
    {
        bool isOneSource = pipeline.Steps.Length - pipeline.Fallbacks == 1
            && (pipeline.ExcludesHistory || (pipeline.Stages.Count == 0 && pipeline.Parallel[0] is null));
        bool areFallbacksAlike = pipeline.Fallbacks == 0
            || (pipeline.Fallbacks == 1 && (!pipeline.ExcludesHistory || pipeline.Steps[1].Retriever.CanExcludeHistory));
        if (!isOneSource || !areFallbacksAlike || pipeline.Shedder is not null) return false;
        // those that know of histories keep to what is allowed; of others nobody knows
        if (!pipeline.Steps[0].Retriever.CanExcludeHistory)
            foreach (ref readonly var query in queries) if (query.Allowed is not null) return false;

        var asked = new Query[queries.Length];
        for (int n = 0; n < asked.Length; n++) asked[n] = queries[n] with { ExcludesHistory = pipeline.ExcludesHistory };
        var (retriever, least) = (pipeline.Steps[0].Retriever, pipeline.Steps[0].Count);
        retriever.RetrieveAll(asked, Math.Min(retriever.ItemCount, Math.Max(least, count)), lists);
        lists.Truncate(count);
        if (pipeline.Fallbacks > 0) Fill(lists, asked, count, pipeline.Steps[1]);
        return true;
    }

    private static void Fill(RankedLists lists, Query[] queries, int count, Source fallback)
    {
        // the fallback is asked for more where more is there already, so those of one length go together
        int items = fallback.Retriever.ItemCount;
        var shorter = Enumerable.Range(0, queries.Length)
            .Where(n => lists.ItemsOf(n).Length is var own && own < count && own < MostFor(queries[n], items))
            .ToLookup(n => lists.ItemsOf(n).Length);
        if (shorter.Count == 0) return;
        var listed = new HashSet<int>();
        var filling = new RankedLists();
        foreach (var group in shorter)
        {
            int[] places = [.. group];
            int asked = (int)Math.Min(fallback.Retriever.ItemCount, (long)count + group.Key);
            fallback.Retriever.RetrieveAll([.. places.Select(n => queries[n])], asked, filling);
            for (int n = 0; n < places.Length; n++) Fill(lists, places[n], count, filling.ItemsOf(n), filling.ScoresOf(n), listed);
        }
    }

    private static void Fill(
        RankedLists lists, int list, int count, ReadOnlySpan<int> items, ReadOnlySpan<float> scores, HashSet<int> listed)
    {
        var own = lists.ItemsOf(list);
        listed.Clear();
        foreach (int item in own) listed.Add(item);
        int length = own.Length;
        for (int n = 0; n < items.Length && length < count; n++)
        {
            if (listed.Contains(items[n])) continue;
            lists.Add(list, items.Slice(n, 1), scores.Slice(n, 1));
            length++;
        }
    }

    // a list that holds all but the history already has nothing to be filled up with
    private static int MostFor(in Query query, int items)
    {
        if (!query.ExcludesHistory) return items;
        var excluded = new HashSet<int>();
        foreach (int item in query.History.Span) if (item < items) excluded.Add(item);
        return items - excluded.Count;
    }
}
