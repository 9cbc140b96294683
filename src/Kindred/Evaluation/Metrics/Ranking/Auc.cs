namespace Kindred.Evaluation.Metrics.Ranking;

/// <summary>
/// Of a relevant item and one that is not, how often is the relevant one further up?
/// S. Rendle, C. Freudenthaler, Z. Gantner, L. Schmidt-Thieme, "BPR: Bayesian Personalized Ranking from Implicit Feedback", UAI 2009, §6.
/// </summary>
/// <remarks>
/// The pairs are those of the user's relevant items with all other items that are not in their history. Items that are not in the list
/// stand together at its end; two of them count one half. NaN for a user to whom every item that they did not have is relevant.
/// </remarks>
/// <param name="items">The whole catalogue: which items are not in the list must be known.</param>
internal sealed class Auc(int items) : IMetric
{
    public int K => int.MaxValue;

    public MetricDefinition Definition => new("AUC",
        "share of the pairs of a relevant and another item, both not in the history, in which the relevant one stands further up; items " +
        "that " +
        "are not in the list stand at its end and count one half against each other; mean over users.");

    public double Measure(in RankedList ranking)
    {
        var history = ranking.DistinctHistory();
        double others = items - history.Count - ranking.Relevant.Length;
        if (others <= 0) return double.NaN;

        double above = 0, pairs = 0;
        int hits = 0;
        for (int n = 0; n < ranking.Items.Length; n++)
        {
            if (ranking.Hits[n])
            {
                hits++;
                pairs += others - above;
            }
            else if (!history.Contains(ranking.Items[n]))
            {
                above++;
            }
        }
        pairs += (ranking.Relevant.Length - hits) * (others - above) / 2;
        return pairs / (ranking.Relevant.Length * others);
    }
}
