using Kindred.Splitting;

namespace Kindred.Evaluation.Metrics.Beyond;

/// <summary>
/// Do groups of items — of small and large sellers, say — get places in proportion to how many they are? 1: yes, 0: one of them gets none.
/// A. Singh, T. Joachims, "Fairness of Exposure in Rankings", KDD 2018, §4.1 (demographic parity).
/// </summary>
/// <remarks>
///   e(group) = places that its items have among the first K of all lists / its items
///   smallest e / largest e
/// The paper asks that exposures are equal; the ratio says how far they are from it. Every place counts the same, where the paper discounts
/// lower ones. Items in no group are left out, and so are groups without items; NaN with fewer than two groups or without any exposure.
/// </remarks>
/// <param name="items">[items]</param>
internal sealed class ExposureParity(int k, Grouping items) : ICatalogMetric
{
    public int K { get; } = CutOff.Checked(k);

    public MetricDefinition Definition => new($"ExposureParity:{items.Name}@{K}",
        $"places among the first {K} of all lists per item, in the group of items by {items.Name} that has the fewest / the same in the " +
        "group that has the most.");

    public double Measure(Exposure exposure)
    {
        double[] places = new double[items.Groups.Count];
        int[] members = new int[items.Groups.Count];
        var groupOf = items.Of.Span;
        for (int item = 0; item < groupOf.Length; item++)
        {
            if (groupOf[item] < 0) continue;
            members[groupOf[item]]++;
            places[groupOf[item]] += exposure.Counts.Span[item];
        }
        double[] perItem = [.. places.Zip(members).Where(group => group.Second > 0).Select(group => group.First / group.Second)];
        return perItem.Length < 2 ? double.NaN : perItem.Min() / perItem.Max(); // 0 / 0 is NaN
    }
}
