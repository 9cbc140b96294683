using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Reranking.Limits;

/// <summary>Keeps the list within limits on labels: at most so many of one, at least so many of another, equal ones apart.</summary>
/// <remarks>
/// Down the candidates as they stand, each place takes the first that no maximum and no gap forbids; once the places left are no more than what
/// quotas still lack, only those that serve a quota. Maxima hold always. A gap yields before the list would end, a quota before a maximum, and
/// <see cref="OnShortfall"/> is told. Where every item has one label of the only attribute, the list is as long, and quotas are met as well, as
/// the candidates allow; with several labels an item that is not guaranteed: the best list is then a packing problem.
/// What is not chosen is removed. Cost: Count · candidates · labels of an item.
/// </remarks>
public sealed class AttributeCaps : IStage
{
    private readonly IReadOnlyList<AttributeLimits> _attributes;

    /// <param name="count">The length of the list that the limits are about.</param>
    /// <exception cref="InputException">The limits contradict each other.</exception>
    public AttributeCaps(int count, IReadOnlyList<AttributeLimits> attributes)
    {
        (Count, _attributes) = (OptionCheck.AtLeast(1, count, nameof(Count)), attributes);
        foreach (var limits in attributes)
        {
            foreach (var (label, least) in limits.Quotas)
            {
                int most = Math.Min(count, limits.MostWith(label));
                string name = limits.Labels.Labels.Id(label);
                if (least > most) throw new InputException($"A list cannot have {least} or more of {limits.Attribute} '{name}' and {most} at most.");
            }
        }
    }

    public int Count { get; }

    /// <summary>Told of every quota that a list does not meet; null: nobody is. It is called by the thread that answers.</summary>
    public Action<QuotaShortfall>? OnShortfall { get; init; }

    public void Apply(in Query query, Candidates candidates)
    {
        LimitedLabels[] state = [.. _attributes.Select(limits => new LimitedLabels(limits))];
        foreach (int item in candidates.Items) foreach (var labels in state) labels.Offer(item);
        var list = new GreedySelection(candidates.Count);
        int length = Math.Min(Count, candidates.Count);
        while (list.Count < length)
        {
            int lacking = 0;
            foreach (var labels in state) lacking += labels.Lacking;
            int next = Next(candidates.Items, list, state, lacking, length - list.Count);
            if (next < 0) break;
            list.Take(next);
            foreach (var labels in state) labels.Take(candidates.Items[next], list.Count);
        }
        candidates.Reorder(list.Taken);
        if (OnShortfall is not null) foreach (var labels in state) labels.TellShortfalls(query.User, OnShortfall);
    }

    // The first place with the least amount of trouble, in the order in which wishes yield; −1: maxima forbid all.
    private static int Next(ReadOnlySpan<int> items, GreedySelection list, LimitedLabels[] state, int lacking, int left)
    {
        int best = -1, bestGrade = -1;
        for (int place = 0; place < items.Length; place++)
        {
            if (list.IsTaken(place)) continue;
            int item = items[place], serves = 0;
            bool isApart = true, fits = true;
            foreach (var labels in state)
            {
                fits &= labels.Fits(item);
                isApart &= labels.IsApart(item, list.Count + 1);
                serves += labels.Serves(item);
            }
            // one item a place is enough unless more is lacking than there are places
            int served = lacking < left ? 0 : lacking == left ? Math.Min(1, serves) : serves;
            int grade = (2 * served) + (isApart ? 1 : 0);
            if (fits && grade > bestGrade) (best, bestGrade) = (place, grade);
        }
        return best;
    }
}
