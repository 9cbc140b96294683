namespace Kindred.Evaluation;

/// <summary>Values by size.</summary>
internal static class Histogram
{
    private const int Bins = 20;

    /// <param name="values">[users]; NaN is left out. Bins are from 0 to 1, unless values are outside.</param>
    public static Distribution Of(string metric, double[] values)
    {
        double low = 0, high = 1;
        foreach (double value in values)
        {
            if (double.IsFinite(value)) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        }
        var counts = new int[Bins];
        foreach (double value in values)
            if (double.IsFinite(value)) counts[Math.Min(Bins - 1, (int)((value - low) / (high - low) * Bins))]++;
        return new(metric, low, high, counts);
    }
}
