using Kindred.Data;

namespace Kindred.Evaluation.Metrics.Beyond;

/// <summary>
/// A user of seven dramas and three comedies: does their list have both in proportion? 0: exactly.
/// H. Steck, "Calibrated Recommendations", RecSys 2018, eqs. 2–6: KL(p ‖ (1 − α)q + αp), α = .01, natural logarithm.
/// </summary>
/// <remarks>
///   p(label) = mean over the events of the history of [item has it] / labels of the item
///   q(label) = the same over the first K items of the list, each counting the same
/// Items without labels are left out; NaN when none is left on one side. An item that occurs twice in the history counts twice.
/// </remarks>
internal sealed class Miscalibration(int k, LabelColumn labels) : IMetric
{
    private const double Smoothing = .01;

    public int K { get; } = CutOff.Checked(k);

    public MetricDefinition Definition => new($"Miscalibration@{K}",
        $"KL(p || .99 q + .01 p), where p and q are the shares of the labels in the history and in the first {K} items; " +
        "mean over users with labels in both.",
        MetricDirection.Lower);

    public double Measure(in RankedList ranking)
    {
        double[] p = new double[labels.Labels.Count], q = new double[labels.Labels.Count];
        if (!TryShares(ranking.History, p) || !TryShares(ranking.Listed(K), q)) return double.NaN;
        double sum = 0;
        for (int label = 0; label < p.Length; label++)
            if (p[label] > 0) sum += p[label] * Math.Log(p[label] / (((1 - Smoothing) * q[label]) + (Smoothing * p[label])));
        return sum;
    }

    /// <param name="shares">[labels], zeros, overwritten.</param>
    private bool TryShares(ReadOnlySpan<int> items, double[] shares)
    {
        int known = 0;
        foreach (int item in items)
        {
            var own = labels[item];
            if (own.IsEmpty) continue;
            known++;
            foreach (int label in own) shares[label] += 1.0 / own.Length;
        }
        for (int label = 0; label < shares.Length && known > 0; label++) shares[label] /= known;
        return known > 0;
    }
}
