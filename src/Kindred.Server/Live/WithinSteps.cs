using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Server.Live;

/// <summary>A retriever that knows the first items alone, and is asked about no others.</summary>
internal sealed class WithinRetriever(IRetriever retriever, int known) : IRetriever
{
    public IModel? Model => retriever.Model;

    public IRetriever? Exhaustive => retriever.Exhaustive is { } exhaustive ? new WithinRetriever(exhaustive, known) : null;

    public int ItemCount => retriever.ItemCount;

    public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default) =>
        retriever.Retrieve(query.Within(known), items, scores, cancellationToken);
}

/// <summary>The same of one that waits for another program.</summary>
internal sealed class WithinRemoteRetriever(IRemoteRetriever retriever, int known) : IRemoteRetriever
{
    public int ItemCount => retriever.ItemCount;

    public Task<Proposal> RetrieveAsync(Query query, int count, CancellationToken cancellationToken) =>
        retriever.RetrieveAsync(query.Within(known), count, cancellationToken);
}

/// <summary>
/// A ranker or re-ranker that knows the first items alone: a later one keeps the place that it has, with the score of what is next there.
/// </summary>
internal sealed class WithinStage(IStage stage, int known) : IExplainingStage
{
    public bool HoldsForFallback => stage.HoldsForFallback;

    public int MostLeft => stage.MostLeft;

    public void Apply(in Query query, Candidates candidates)
    {
        var within = query.Within(known);
        var places = new List<int>();
        for (int place = 0; place < candidates.Count; place++) if (candidates.Items[place] >= known) places.Add(place);
        if (places.Count == 0)
        {
            stage.Apply(within, candidates);
            return;
        }
        var news = candidates.Copy();
        news.KeepWhere(place => news.Items[place] >= known);
        candidates.KeepWhere(place => candidates.Items[place] < known);
        stage.Apply(within, candidates);
        int left = candidates.Count;
        candidates.Append(news);
        var order = new List<int>(candidates.Count);
        for (int n = 0, old = 0, late = 0; order.Count < candidates.Count; n++)
            order.Add(late < places.Count && (places[late] <= n || old == left) ? left + late++ : old++);
        candidates.Reorder([.. order]);
        for (int place = candidates.Count - 1; place >= 0; place--)
        {
            if (candidates.Items[place] < known) continue;
            candidates.Scores[place] = place + 1 < candidates.Count ? candidates.Scores[place + 1]
                : place > 0 ? candidates.Scores[..place].ToArray().Min() : 0;
        }
    }

    public IReadOnlyList<Reason> ReasonsFor(in Query query, Candidates before, int place)
    {
        int item = before.Items[place];
        if (stage is not IExplainingStage explaining || item >= known) return [];
        var within = before.Copy();
        within.KeepWhere(n => within.Items[n] < known);
        return explaining.ReasonsFor(query.Within(known), within, within.PlaceOf(item));
    }
}
