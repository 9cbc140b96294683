namespace Kindred.OnlineExperiments.Estimation;

/// <summary>How several questions are answered as if they were one.</summary>
public enum TestCorrection
{
    /// <summary>The chance of any false alarm stays at α: S. Holm, Scandinavian Journal of Statistics 1979.</summary>
    Holm,

    /// <summary>The share of false alarms among all alarms stays at α: Y. Benjamini, Y. Hochberg, JRSS B 1995.</summary>
    BenjaminiHochberg,
}

/// <summary>P-values of several tests.</summary>
public static class MultipleTests
{
    /// <returns>Adjusted p-values, in the order given. NaN is no test, and stays.</returns>
    public static double[] Adjusted(IReadOnlyList<double> pValues, TestCorrection correction)
    {
        ArgumentNullException.ThrowIfNull(pValues);
        int[] order = [.. Enumerable.Range(0, pValues.Count).Where(n => !double.IsNaN(pValues[n])).OrderBy(n => pValues[n])];
        double[] adjusted = [.. pValues];
        if (correction == TestCorrection.Holm)
        {
            double largest = 0;
            for (int rank = 0; rank < order.Length; rank++)
                adjusted[order[rank]] = largest = Math.Max(largest, Math.Min(1, (order.Length - rank) * pValues[order[rank]]));
            return adjusted;
        }
        double smallest = 1;
        for (int rank = order.Length; rank >= 1; rank--)
            adjusted[order[rank - 1]] = smallest = Math.Min(smallest, order.Length * pValues[order[rank - 1]] / rank);
        return adjusted;
    }
}
