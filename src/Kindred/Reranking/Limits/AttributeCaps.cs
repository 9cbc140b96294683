using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Reranking.Limits;

/// <summary>Keeps the list within limits on labels: at most so many of one, at least so many of another, equal ones apart.</summary>
/// <remarks>
/// Down the candidates as they stand, each place takes the first that no maximum and no gap forbids; once the places left are no more than
/// what quotas still lack, only those that serve a quota. Maxima hold always. A gap yields before the list would end, a quota before a
/// maximum, and
/// <see cref="OnShortfall"/> is told. Where every item has one label of the only attribute, the list is as long, and quotas are met as
/// well, as the candidates allow; with several labels an item that is not guaranteed: the best list is then a packing problem.
/// What is not chosen is removed. Cost: Count · candidates · labels of an item.
/// </remarks>
[Description("Limit how many items of a label the list has: at most, at least, and how far apart.")]
internal sealed record AttributeCaps : Reranker
{
    [Description("Length of the list."), Range(1, 10_000)]
    public int Count { get; set; } = 20;

    [Description("Limits, one for each column of labels.")]
    public required IReadOnlyList<LabelLimit> Limits { get; set; }

    /// <summary>Told of every quota that a list does not meet; null: nobody is. It is called by the thread that answers.</summary>
    [JsonIgnore]
    public Action<QuotaShortfall>? OnShortfall { get; set; }

    private protected override IStage BindTo(RerankingInputs inputs)
    {
        AttributeLimits[] limits = [.. Limits.Select(limit => new AttributeLimits(limit, inputs.LabelsOfItems(limit.Labels)))];
        foreach (var attribute in limits) attribute.CheckFor(Count);
        return new Bound(this, limits);
    }

    private sealed class Bound(AttributeCaps options, AttributeLimits[] limits) : IStage
    {
        public bool HoldsForFallback => true;

        public int MostLeft => options.Count;

        public void Apply(in Query query, Candidates candidates)
        {
            LimitedLabels[] state = [.. limits.Select(attribute => new LimitedLabels(attribute))];
            foreach (int item in candidates.Items) foreach (var labels in state) labels.Offer(item);
            var list = new GreedySelection(candidates.Count);
            int length = Math.Min(options.Count, candidates.Count);
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
            if (options.OnShortfall is { } tell) foreach (var labels in state) labels.TellShortfalls(query.User, tell);
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
}
