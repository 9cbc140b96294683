namespace Kindred.Evaluation.Metrics.Ranking;

/// <summary><see cref="GradedNdcg"/> of scored rows in groups, gain 2^label − 1: what rankers are stopped by.</summary>
internal static class GroupedNdcg
{
    /// <returns>Mean over the groups; those with no label above 0 are left out.</returns>
    /// <param name="labels">[rows], grades ≥ 0: higher belongs first.</param>
    /// <param name="groupSizes">[groups], rows of each group, which follow each other.</param>
    /// <param name="scores">[rows]; of equal ones, the earlier row is ranked first.</param>
    public static double Of(ReadOnlySpan<float> labels, ReadOnlySpan<int> groupSizes, ReadOnlySpan<double> scores, int k)
    {
        var metric = new GradedNdcg(k, GainForm.Exponential);
        double sum = 0;
        int first = 0, measured = 0;
        foreach (int size in groupSizes)
        {
            double value = OfGroup(metric, labels.Slice(first, size), scores.Slice(first, size));
            first += size;
            if (double.IsNaN(value)) continue;
            sum += value;
            measured++;
        }
        return sum / measured;
    }

    private static double OfGroup(GradedNdcg metric, ReadOnlySpan<float> labels, ReadOnlySpan<double> scores)
    {
        var grades = labels.ToArray();
        int[] relevant = [.. Enumerable.Range(0, grades.Length).Where(n => grades[n] > 0)];
        if (relevant.Length == 0) return double.NaN;
        double[] falling = scores.ToArray();
        int[] order = [.. Enumerable.Range(0, grades.Length)];
        Array.Sort(order, (a, b) => falling[b].CompareTo(falling[a]) is not 0 and var way ? way : a - b);
        var gains = Array.ConvertAll(relevant, n => grades[n]);
        return metric.Measure(RankedList.Of(order, relevant, new bool[order.Length], gains));
    }
}
